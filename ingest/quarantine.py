"""`python -m ingest quarantine`: what was refused and why, and what of it can be accepted after all."""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError

from ingest import allowed, database
from ingest.allowed import AllowedError
from ingest.reading import Limits
from ingest.refused import Quarantine, Row
from ingest.republish import PublishError, Republisher
from settings import Settings, SettingsError, load

SECOND = 1_000_000  # microseconds

app = typer.Typer(add_completion=False, pretty_exceptions_show_locals=False, no_args_is_help=True)
Config = Annotated[Path | None, typer.Option(help="Settings file instead of vigia.yaml.")]
Reason = Annotated[str | None, typer.Option(help="Only what was refused for this reason.")]


@app.callback(help="Look at what was refused, take it elsewhere, or try it again.")
def main() -> None:
    """Group the commands."""


@app.command("list")
def show(
    config: Config = None,
    reason: Reason = None,
    number: Annotated[int, typer.Option("--number", "-n", min=0, help="So many of the last ones.")] = 20,
) -> None:
    """Print how many were refused for each reason, and the last ones."""
    with _opened(config) as (_, quarantine):
        counted = quarantine.reasons()
        typer.echo("\n".join(f"{count:>8}  {name}" for name, count in counted.items()) or "nothing was ever refused")
        table = Table("id", "received (UTC)", "topic", "reason", "field", "detail", box=None)
        for row in quarantine.newest(number, reason):
            detail = row.detail.rstrip().rpartition("\n")[2]  # of a traceback the last line says what it was
            cells = (str(row.id), row.received, row.topic, row.reason, row.field, detail)
            table.add_row(*(_printable(cell) for cell in cells))
        if table.row_count:
            console = Console(markup=False, highlight=False)
            console.print(table)


@app.command()
def export(config: Config = None, reason: Reason = None) -> None:
    """Print everything that was refused, a JSON object a line; `payload` is text, or base64 where it is none."""
    with _opened(config) as (_, quarantine):
        for row in quarantine.rows(reason):
            typer.echo(json.dumps(_exported(row), ensure_ascii=False))


@app.command()
def replay(
    config: Config = None,
    reason: Reason = None,
    dry: Annotated[bool, typer.Option("--dry-run", help="Only say what would be sent.")] = False,  # noqa: FBT002 - typer turns it into a flag
) -> None:
    """Send what today's rules accept to the broker again, from where ingest takes it like any other reading.

    What is stored already is not sent, so this may be run as often as one likes; each reading keeps its own time.
    """
    with _opened(config) as (settings, quarantine):
        accepted = [(row.id, again) for row in quarantine.rows(reason) for again in quarantine.again(row)]
        # A message of many elements stands in the quarantine once for each that was refused.
        fresh = {again: id_ for id_, again in reversed(accepted)}
        if fresh and not dry:
            with Republisher(settings.mqtt) as broker:
                for again in reversed(fresh):
                    broker.publish(again.topic, again.payload)
        cut = sum(row.cut for row in quarantine.rows(reason))
    typer.echo(f"{len(fresh)} readings {'would be sent' if dry else 'sent'} again")
    if cut:
        typer.echo(f"{cut} messages were longer than what is kept of them, and cannot be replayed")


@contextmanager
def _opened(config: Path | None) -> Iterator[tuple[Settings, Quarantine]]:
    """Open the store for reading; exit 2 with a sentence when something cannot be used, 1 when the broker cannot."""
    try:
        settings = load(config)
        ingest = settings.ingest
        limits = Limits(
            int(ingest.future_tolerance * SECOND), int(ingest.window * SECOND), allowed.read(ingest.allowed)
        )
        url = make_url(settings.store.url)
        if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
            typer.echo(f"error: there is no store at {url!r}", err=True)
            raise typer.Exit(2)
        reader = database.reader(settings.store.url)
        try:
            yield settings, Quarantine(reader, limits)
        finally:
            reader.dispose()
    except (SettingsError, AllowedError) as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(2) from None
    except DBAPIError as error:
        typer.echo(f"error: the store cannot be read: {error.orig}", err=True)
        raise typer.Exit(2) from None
    except PublishError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(1) from None


def _exported(row: Row) -> dict[str, object]:
    try:
        payload = {"payload": row.payload.decode()}
    except UnicodeDecodeError:
        payload = {"payload_base64": base64.b64encode(row.payload).decode()}
    facts = {"id": row.id, "received": row.received, "topic": row.topic}
    return facts | {"reason": row.reason, "field": row.field, "detail": row.detail, "cut": row.cut} | payload


def _printable(text: str) -> str:
    """Return text in which nothing can move a terminal's cursor or turn the order of letters round."""
    return "".join(letter if letter.isprintable() else "�" for letter in text)
