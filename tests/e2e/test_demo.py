"""`make demo` as a newcomer sees it: it runs by itself, its printed lines work, and it leaves nothing behind."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.waiting import wait_until

PATIENCE_S = 60.0

pytestmark = pytest.mark.usefixtures("mosquitto_here")


class Demo:
    """A running demo, read line by line."""

    def __init__(self, **env: str) -> None:
        """Start it with these variables over the environment."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "simulator.demo"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | env,
        )

    def line(self, wanted: str) -> str:
        """Return the next line that contains a text; fails at the end of the output."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if wanted in line:
                return line.strip()
        raise AssertionError(f"{wanted!r} is not printed; standard error: {self.errors()}")

    def errors(self) -> str:
        """Return what it wrote to standard error until its end."""
        assert self.process.stderr is not None
        return self.process.stderr.read()

    def balance(self) -> dict[str, Any]:
        """Return the JSON of the last line, after a clean end."""
        out, err = self.process.communicate(timeout=PATIENCE_S)
        assert self.process.returncode == 0, err
        parsed: dict[str, Any] = json.loads(out.splitlines()[-1])
        return parsed


@contextlib.contextmanager
def demo(**env: str) -> Iterator[Demo]:
    """Start a demo, and end it with the test whatever happens."""
    running = Demo(**env)
    try:
        yield running
    finally:
        running.process.terminate()
        running.process.communicate(timeout=PATIENCE_S)


def shell(line: str) -> subprocess.CompletedProcess[str]:
    """Run a line as if it had been pasted into a terminal."""
    return subprocess.run(line, shell=True, capture_output=True, text=True, timeout=PATIENCE_S, check=True)  # noqa: S602


def nothing_runs_in(folder: str) -> bool:
    """Return whether no process has the demo's folder on its command line."""
    listed = subprocess.run(["/bin/ps", "-A", "-o", "args="], capture_output=True, text=True, check=True).stdout
    return folder not in listed


def test_a_short_demo_balances_and_its_printed_lines_work() -> None:
    """Nothing is lost, people are told, and whoever pastes the two lines gets what they promise."""
    with demo(DEMO_SECONDS="12") as running:
        page = running.line("  page  ").split()[1]
        folder = running.line("  logs  ").split()[1]
        assert json.loads(shell(running.line("curl ")).stdout) in ({"potabilidad": 0}, {"potabilidad": 1})
        publish = running.line("mosquitto_pub ")
        if shutil.which("mosquitto_pub"):
            shell(publish)
        assert running.line("AGUA NO POTABLE")
        balance = running.balance()
    assert balance["lost"] == 0
    assert balance["published"] == balance["stored"] == balance["readings"] + balance["quarantined"] > 0
    assert balance["alarms"] > 0
    assert balance["notifications"] > 0
    assert balance["owed"] == 0
    assert page.startswith("http://127.0.0.1:")
    wait_until(lambda: nothing_runs_in(folder), "the end of the demo's processes")
    assert not os.path.exists(folder)  # noqa: PTH110


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_demo_with_its_balance(number: signal.Signals) -> None:
    """Ctrl-C, a terminated process and a closed terminal end it in order."""
    with demo() as running:
        folder = running.line("  logs  ").split()[1]
        running.line("published")
        running.process.send_signal(number)
        assert running.balance()["lost"] == 0
    wait_until(lambda: nothing_runs_in(folder), "the end of the demo's processes")


def test_a_killed_demo_leaves_no_process_behind() -> None:
    """Not even SIGKILL orphans the broker, the consumer or the HTTP service."""
    with demo() as running:
        folder = running.line("  logs  ").split()[1]
        running.process.kill()
    wait_until(lambda: nothing_runs_in(folder), "the end of the demo's processes")
    shutil.rmtree(folder)


def test_a_program_that_dies_is_reported_with_its_log(tmp_path: os.PathLike[str]) -> None:
    """Exit code 1, which program it was, and why."""
    with demo(VIGIA_MODEL__DIR=str(tmp_path)) as running:
        _, errors = running.process.communicate(timeout=PATIENCE_S)
    assert running.process.returncode == 1
    assert "ingest ended with exit code" in errors
    assert "model.json" in errors
    shutil.rmtree(errors.splitlines()[-1].removeprefix("all logs: "))
