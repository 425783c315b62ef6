"""A plain text as Markdown that reads the same: the first line bold, nothing else marked up (pure).

Whatever a sensor, a site or a template says is data here: each character that Markdown could take for a mark is
escaped, so an id with underscores stays an id.
"""

import re
from typing import Final

_MARKS: Final = re.compile(r"([\\`*_\[\]<>~|#!]|^[-+=])")
_LINK: Final = re.compile(r"https?://[^\s<>]+")


def from_plain(text: str) -> str:
    """Return the Markdown of a text; a line that is a web address alone becomes a link."""
    first, *rest = text.split("\n")
    return "\n".join([f"**{_escaped(first)}**", *map(_line, rest)])


def _line(line: str) -> str:
    return f"<{line}>" if _LINK.fullmatch(line) else _escaped(line)


def _escaped(line: str) -> str:
    return _MARKS.sub(r"\\\1", line)
