"""A YAML file of settings with the line of every key.

YAML 1.2 by ruamel.yaml: a duplicate key is an error instead of "the last one wins", `no` is a word and `010` is ten,
where YAML 1.1 loaders read False and eight.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import MarkedYAMLError, YAMLError


class DocumentError(Exception):
    """A file that cannot be read as settings; the text starts with file and, if known, line."""


@dataclass(frozen=True, slots=True)
class Document:
    """The values of a file, and where each stands."""

    path: Path | None
    values: CommentedMap

    @classmethod
    def empty(cls) -> Self:
        """Return the document of no file at all."""
        return cls(None, CommentedMap())

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a file.

        Raises:
            DocumentError: when it is missing, no valid YAML, has a key twice, or is not a mapping.

        """
        try:
            loaded = YAML(typ="rt").load(path.read_text(encoding="utf-8"))
        except OSError as error:
            msg = f"{path}: {error.strerror}"
            raise DocumentError(msg) from None
        except MarkedYAMLError as error:
            line = f":{error.problem_mark.line + 1}" if error.problem_mark else ""
            msg = f"{path}{line}: {(error.problem or 'not valid YAML').splitlines()[0]}"
            raise DocumentError(msg) from None
        except (YAMLError, UnicodeDecodeError) as error:
            msg = f"{path}: not valid YAML: {str(error).splitlines()[0]}"
            raise DocumentError(msg) from None
        if loaded is None:
            loaded = CommentedMap()
        if not isinstance(loaded, CommentedMap):
            msg = f"{path}:1: expected sections such as `mqtt:`"
            raise DocumentError(msg)
        return cls(path, loaded)

    def set_values(self) -> dict[str, Any]:
        """Return what the file sets; a section with every key commented out sets nothing."""
        return {name: value for name, value in self.values.items() if value is not None}

    def where(self, loc: tuple[int | str, ...]) -> str:
        """Return `file:line` of the deepest part of a location that the file has."""
        if self.path is None:
            return "settings"
        line, node = 1, self.values
        for part in loc:
            if not isinstance(node, CommentedMap) or part not in node:
                break
            line = node.lc.key(part)[0] + 1
            node = node[part]
        return f"{self.path}:{line}"
