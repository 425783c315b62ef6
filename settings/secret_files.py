"""Secrets from files: `VIGIA_MQTT__PASSWORD_FILE=/run/secrets/x` sets what `VIGIA_MQTT__PASSWORD` would.

A variable is seen by whoever may list the process or inspect the container; a file has permissions of its own.
"""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

SUFFIX: Final = "_FILE"


class SecretFileError(Exception):
    """Files that cannot be used; one line per mistake, each with the variable's name."""


def values(environment: Mapping[str, str], variables: Collection[str]) -> dict[str, str]:
    """Return, under the name of the setting's variable, what each file says that a `…_FILE` variable names.

    The line end after the value, which editors and `echo` leave there, does not belong to it. As with the settings'
    own variables, one that is empty says nothing.

    Raises:
        SecretFileError: names each file that cannot be read, and each setting that comes as a file and as a value.

    """
    found, mistakes = {}, []
    set_here = {name.upper(): value for name, value in environment.items() if value}
    for variable in sorted(variables):
        file = set_here.get(variable + SUFFIX)
        if file is None:
            continue
        if variable in set_here:
            mistakes.append(f"{variable + SUFFIX}: {variable} is set as well; only one of the two can hold")
            continue
        try:
            found[variable] = Path(file).read_text(encoding="utf-8").rstrip("\r\n")
        except OSError as error:
            mistakes.append(f"{variable + SUFFIX}: {file}: {error.strerror}")
        except UnicodeDecodeError:
            mistakes.append(f"{variable + SUFFIX}: {file}: not UTF-8")
    if mistakes:
        raise SecretFileError("\n".join(mistakes))
    return found
