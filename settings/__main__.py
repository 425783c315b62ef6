"""`python -m settings check` reads the settings and says what is wrong; `example` prints a commented vigia.yaml."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from settings.load import SettingsError, load
from settings.schema import Settings

app = typer.Typer(add_completion=False, pretty_exceptions_show_locals=False, help="Check or explain the settings.")


@app.command()
def check(config: Annotated[Path | None, typer.Option(help="File to read instead of vigia.yaml.")] = None) -> None:
    """Read file and environment as the programs do; exit 2 and name each mistake, or print what holds."""
    try:
        settings = load(config)
    except SettingsError as error:
        typer.echo(error, err=True)
        raise typer.Exit(2) from None
    typer.echo(settings.model_dump_json(indent=2))  # pydantic prints secrets as stars


@app.command()
def example() -> None:
    """Print a vigia.yaml with every setting, its default and its meaning, commented out."""
    typer.echo("\n".join(_lines(Settings, "")))


def _lines(section: type[BaseModel], indent: str) -> Iterator[str]:
    for name, field in section.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield f"\n{name}:  # {(field.annotation.__doc__ or '').splitlines()[0]}"
            yield from _lines(field.annotation, indent + "  ")
        else:
            yield f"{indent}# {name}: {shown_default(field)}  # {field.description}"


def shown_default(field: FieldInfo) -> str:
    """Return a default as it would stand in YAML."""
    value = field.default
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    return str(list(value)) if isinstance(value, tuple) else str(value)


if __name__ == "__main__":
    app()
