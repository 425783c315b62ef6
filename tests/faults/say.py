"""Lines with the seconds since the beginning."""

import time

import typer


class Clock:
    """Tells where a campaign is."""

    def __init__(self) -> None:
        """Begin now."""
        self._began = time.monotonic()

    def say(self, line: str) -> None:
        """Print a line."""
        typer.echo(f"{time.monotonic() - self._began:6.1f} s  {line}")
