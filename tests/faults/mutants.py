"""`python -m tests.faults.mutants`: the tests tested. Each classic mistake is put into a copy and must be caught.

A change of the code that a mistake stands on makes the mistake fit no more: that is told, and counts as not caught.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import typer

ROOT: Final = Path(__file__).parents[2]
PATIENCE_S: Final = 240
LEFT_OUT: Final = shutil.ignore_patterns(".*", "build", "__pycache__", "*.db", "mlruns", "data")
FAILED: Final = 1
"""pytest's exit code when tests ran and some failed; any other says that they did not run."""
SMOKE: Final = "tests/e2e/test_faults_smoke.py"


@dataclass(frozen=True, slots=True)
class Mutant:
    """A mistake: in a file, one text for another, each of which is there once; and the test that catches it."""

    name: str
    file: str
    changes: tuple[tuple[str, str], ...]
    caught_by: str


MUTANTS: Final = (
    Mutant(
        "auto-ack",
        "ingest/subscriber.py",
        (
            (
                "        self._inbox += messages\n",
                (
                    "        self._client.ack_all([message.mid for message in messages if message.mid])\n"
                    "        self._inbox += messages\n"
                ),
            ),
            ("if message.mid and message.generation == now]", "if False]"),
        ),
        "tests/integration/test_stale_acks.py::test_a_late_ack_takes_no_other_reading_with_it",
    ),
    Mutant(
        "clean start",
        "ingest/subscriber.py",
        (("clean_start=False", "clean_start=True"),),
        f"{SMOKE}::test_nothing_is_acknowledged_that_is_not_stored",
    ),
    Mutant(
        "ack first",
        "ingest/line.py",
        (
            (
                "            changed = self._stored(partial(self._pipeline.process, batch))",
                (
                    "            self._subscriber.ack(batch)\n"
                    "            changed = self._stored(partial(self._pipeline.process, batch))"
                ),
            ),
        ),
        f"{SMOKE}::test_nothing_is_acknowledged_that_is_not_stored",
    ),
    Mutant(
        "mark before send",
        "alerts/notifier.py",
        (
            (
                "            self._recipient.sender.send(",
                (
                    "            self._handed_over.add([delivery.id for delivery in message], now_us())\n"
                    "            self._recipient.sender.send("
                ),
            ),
        ),
        f"{SMOKE}::test_a_notification_is_owed_until_it_was_sent",
    ),
    Mutant(
        "no generation guard",
        "ingest/subscriber.py",
        (("if message.mid and message.generation == now]", "if message.mid]"),),
        "tests/integration/test_stale_acks.py::test_a_late_ack_takes_no_other_reading_with_it",
    ),
    Mutant(
        "arrival order",
        "alerts/policy.py",
        (("        return reading.ordinal > state.ordinal\n", "        return True\n"),),
        "tests/integration/test_pipeline.py::test_order_is_the_sensors_own_not_that_of_arrival",
    ),
)


def main(
    only: Annotated[list[str] | None, typer.Option(help=f"One of {', '.join(one.name for one in MUTANTS)}.")] = None,
) -> None:
    """Run each mutant's test on the code as it is, where it must pass, and with the mistake, where it must fail."""
    chosen = [mutant for mutant in MUTANTS if only is None or mutant.name in only]
    with tempfile.TemporaryDirectory(prefix="vigia-mutants-") as folder:
        tree = Path(folder) / "vigia"
        shutil.copytree(ROOT, tree, ignore=LEFT_OUT)
        for test in sorted({mutant.caught_by for mutant in chosen}):
            if _run(tree, test) != 0:
                typer.echo(f"{test} fails without any mistake")
                raise typer.Exit(2)
        verdicts = [(mutant, _verdict(tree, mutant)) for mutant in chosen]
    typer.echo("| Mistake | Where | Test | Verdict |\n|---|---|---|---|")
    for mutant, verdict in verdicts:
        typer.echo(f"| {mutant.name} | {mutant.file} | {mutant.caught_by} | {verdict} |")
    if any(verdict != "caught" for _, verdict in verdicts):
        raise typer.Exit(1)


def _verdict(tree: Path, mutant: Mutant) -> str:
    path = tree / mutant.file
    sound = path.read_text(encoding="utf-8")
    broken = sound
    for old, new in mutant.changes:
        if broken.count(old) != 1:
            return "FITS NO MORE"
        broken = broken.replace(old, new)
    path.write_text(broken, encoding="utf-8")
    try:
        return {0: "SURVIVED", FAILED: "caught"}.get(_run(tree, mutant.caught_by), "DID NOT RUN")
    finally:
        path.write_text(sound, encoding="utf-8")


def _run(tree: Path, test: str) -> int:
    typer.echo(f"  {test}")
    command = [sys.executable, "-m", "pytest", "-q", "-x", "--no-header", "-p", "no:cacheprovider", test]
    env = os.environ | {"REQUIRE_BROKER": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(command, cwd=tree, env=env, capture_output=True, check=False, timeout=PATIENCE_S)
    except subprocess.TimeoutExpired:
        return FAILED  # what never comes to an end is caught too
    return done.returncode


if __name__ == "__main__":
    typer.run(main)
