"""Which sensors may be heard of, where somebody keeps a list of them."""

import re
from pathlib import Path
from typing import Final

NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}/[A-Za-z0-9_-]{1,64}")


class AllowedError(Exception):
    """A list that cannot be used; the text begins with file and, if there is one, line."""


def read(file: Path | None) -> frozenset[str] | None:
    """Return the sensors of a file, a sitio/sensor a line with `#` for remarks, or None where there is no list.

    Raises:
        AllowedError: the file cannot be read, names nobody, or has a line that is no sensor.

    """
    if file is None:
        return None
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise AllowedError(f"{file}: {getattr(error, 'strerror', None) or 'not UTF-8'}") from error
    named = {number: line.partition("#")[0].strip() for number, line in enumerate(lines, 1)}
    for number, name in named.items():
        if name and not NAME.fullmatch(name):
            raise AllowedError(f"{file}:{number}: not a sitio/sensor of [A-Za-z0-9_-]")
    found = frozenset(filter(None, named.values()))
    if not found:
        raise AllowedError(f"{file}: names no sensor, so every reading would be refused")
    return found
