"""What is handed over to somebody: words, ready to be read."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Tone: TypeAlias = Literal["failure", "warning", "success", "info"]
"""How loud a service shows a notification: its colour or sign. The words are Apprise's."""


@dataclass(frozen=True, slots=True)
class Text:
    """A notification: the title is a bonus that some services drop, the body says everything by itself."""

    title: str
    body: str
    tone: Tone = "failure"
