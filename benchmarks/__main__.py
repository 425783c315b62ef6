"""`python -m benchmarks`: every benchmark that there is, each in a process of its own, bounded in time."""

import importlib.util
import subprocess
import sys
from typing import Annotated, Final

import typer

BENCHMARKS: Final = {"drain": 200, "latency": 280, "score": 60, "http": 150, "scale": 240, "footprint": 120}
"""Each writes a section of `build/bench.json`; the number is the seconds after which it is ended."""

LONG: Final = {"week": 900}
"""Run only when asked for by name."""

app = typer.Typer(add_completion=False, pretty_exceptions_show_locals=False)


@app.command()
def main(
    only: Annotated[list[str] | None, typer.Option(help="Run these, such as `drain`; default: all but `week`.")] = None,
) -> None:
    """Run them one after another; exit 1 when one fails or takes too long."""
    failed = False
    chosen = BENCHMARKS | LONG if only else BENCHMARKS
    for name, seconds in chosen.items():
        if (only and name not in only) or importlib.util.find_spec(f"benchmarks.{name}") is None:
            continue
        typer.echo(f"== {name} (at most {seconds} s)")
        try:
            done = subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], timeout=seconds, check=False)  # noqa: S603 - our own modules
            failed |= done.returncode != 0
        except subprocess.TimeoutExpired:
            typer.echo(f"{name} took more than {seconds} s and was ended", err=True)
            failed = True
    raise typer.Exit(int(failed))


if __name__ == "__main__":
    app()
