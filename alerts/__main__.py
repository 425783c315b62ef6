"""`python -m alerts preview` shows every text; `python -m alerts test-receiver NAME` tries a receiver out."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from alerts import markdown, norms, roster, samples
from alerts.direct import Direct, wording
from alerts.sender import ReceiverError, SendError
from alerts.template_folder import TextError
from alerts.text import Text
from alerts.transition import Kind
from alerts.wording import Wording
from settings import SettingsError, load
from settings.logs import configure
from settings.schema import Language

app = typer.Typer(add_completion=False, pretty_exceptions_show_locals=False, help="See and try notifications.")
Config = Annotated[Path | None, typer.Option(help="Settings file instead of vigia.yaml.")]


@app.command()
def preview(
    config: Config = None,
    language: Annotated[Language | None, typer.Option(help="Instead of the language of the settings.")] = None,
    kind: Annotated[Kind | None, typer.Option(help="Only this kind of alarm.")] = None,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="As receivers of format markdown get it.")] = False,
) -> None:
    """Print every notification as it would be sent, with made-up facts; exit 2 when a template cannot be used."""
    shown: Callable[[Text], str] = lambda text: markdown.from_plain(text.body) if as_markdown else text.body  # noqa: E731
    try:
        alerts = load(config).alerts
        words = Wording(language or alerts.language, alerts.timezone, alerts.page, norms.load(), alerts.templates)
        for one in samples.deliveries():
            if kind in {None, one.kind}:
                typer.echo(f"--- {one.kind}, {one.change}, {one.severity}\n{shown(words.text(one))}\n")
        for each in [kind] if kind else Kind:
            typer.echo(f"--- {each}, digest\n{shown(words.digest(samples.storm(each)))}\n")
        if kind is None:
            typer.echo(f"--- test-receiver\n{shown(words.test('turno'))}")
    except (SettingsError, TextError) as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(2) from None


@app.command("test-receiver")
def send_test(name: Annotated[str, typer.Argument(help="Its name in the settings.")], config: Config = None) -> None:
    """Send one test message; exit 1 when it was not handed over, 2 when the settings cannot be used."""
    try:
        settings = load(config)
        configure(settings.log)
        named = {one.name: one for one in settings.alerts.receivers}
        if name not in named:
            known = ", ".join(named) or "none"
            typer.echo(f"error: no receiver is named {name}; there are: {known}", err=True)
            raise typer.Exit(2)
        address = roster.address(named[name], settings.alerts)
        recipient = Direct.at(address, settings.alerts.send_timeout, wording(address, norms.load()))
        text = recipient.wording.test(name)
    except (SettingsError, ReceiverError, TextError) as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(2) from None
    try:
        recipient.send(text)
    except SendError as error:
        typer.echo(f"receiver {name}: not handed over: {error}", err=True)
        raise typer.Exit(1) from None
    typer.echo(f"receiver {name}: handed over")


if __name__ == "__main__":
    app()
