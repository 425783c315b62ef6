"""The texts' templates: those shipped, and over them those that the utility keeps in a folder of its own."""

import traceback
from functools import partial
from pathlib import Path
from typing import Any, Final

from jinja2 import FileSystemLoader, StrictUndefined, TemplateError, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from alerts.notation import Notation
from alerts.time_limit import OutOfTimeError, within

SHIPPED: Final = Path(__file__).parent / "templates"

LONGEST: Final = 3.0
"""Seconds that one of the utility's own may take; ours take 0.0003."""


class TextError(Exception):
    """A template that cannot be used; the text starts with file and, if known, line."""


class TemplateFolder:
    """Renders templates by name, `es/sin_datos.txt` for one; the utility's own file wins over the shipped one."""

    def __init__(self, own: Path | None, notation: Notation) -> None:
        """Open the folders.

        Raises:
            TextError: when the utility's is missing, or has a file that no shipped one has the name of.

        """
        if own is not None:
            _check(own)
        self._own = own is not None
        # Plain text: there is nothing to escape, and what a template is given is data that is never rendered again.
        self._environment = ImmutableSandboxedEnvironment(
            loader=FileSystemLoader([own, SHIPPED] if own else [SHIPPED]),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            autoescape=False,
        )
        self._environment.filters |= {
            "number": notation.number,
            "percent": notation.percent,
            "local": notation.local,
            "duration": notation.duration,
        }

    def render(self, name: str, facts: dict[str, Any]) -> str:
        """Return the text of a template.

        Raises:
            TextError: the template is broken, asks for what it is not given, says nothing, or comes to no end.

        """
        try:
            template = self._environment.get_template(name)
            work = partial(template.render, facts)
            text = (within(LONGEST, work) if self._own else work()).strip()
        except TemplateSyntaxError as error:
            raise TextError(f"{error.filename or name}:{error.lineno}: {error.message}") from error
        except OutOfTimeError:
            raise TextError(f"{template.filename}: no end after {LONGEST:g} s") from None
        except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError) as error:
            raise TextError(f"{_place(error) or name}: {error}") from error
        if not text:
            raise TextError(f"{name}: the text is empty")
        return text


def _check(own: Path) -> None:
    if not own.is_dir():
        raise TextError(f"{own}: no such folder")
    for path in sorted(own.rglob("*.txt")):
        if not (SHIPPED / path.relative_to(own)).exists():
            known = ", ".join(sorted(str(one.relative_to(SHIPPED)) for one in SHIPPED.rglob("*.txt")))
            raise TextError(f"{path}: no text has this name; there are {known}")


def _place(error: Exception) -> str:
    """Return `file:line` of the template where an error came up; Jinja puts templates into the traceback."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.endswith(".txt")]
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else ""
