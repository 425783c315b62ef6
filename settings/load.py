"""Builds the settings once, in an entry point, and says of each mistake where it stands."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, EnvSettingsSource, InitSettingsSource, PydanticBaseSettingsSource
from pydantic_settings.exceptions import SettingsError as SourceError

from settings import secret_files
from settings.document import Document, DocumentError
from settings.schema import Settings
from settings.secret_files import SUFFIX, SecretFileError

DEFAULT_FILE = Path("vigia.yaml")
PREFIX = "VIGIA_"
NO_SETTINGS = frozenset({"VIGIA_CRASH_AT"})
"""Variables that tests alone set; see ingest/crash.py."""


class SettingsError(Exception):
    """Settings that cannot be used; one line per mistake, each with file:line:key or the variable's name."""


def load(config: Path | None = None, options: Mapping[str, Mapping[str, Any]] | None = None) -> Settings:
    """Return the settings: the file, over it `VIGIA_…`, over that the options of the command line.

    `VIGIA_…_FILE` names a file that holds the value. Without `config`, `vigia.yaml` in this folder is read if it is
    there. An option that is None was not given.

    Raises:
        SettingsError: names every mistake: unknown or duplicate keys, unknown variables, unreadable files, values.

    """
    given = {
        section: {key: value for key, value in keys.items() if value is not None}
        for section, keys in (options or {}).items()
    }
    known = variables()
    known |= {variable + SUFFIX for variable in known} | NO_SETTINGS
    unknown = sorted(name for name in os.environ if name.upper().startswith(PREFIX) and name.upper() not in known)
    if unknown:
        raise SettingsError("\n".join(f"{name}: there is no such setting" for name in unknown))
    try:
        document = _document(config)
        secrets = secret_files.values(os.environ, variables())
        return _layered(given, secrets, document)()
    except (DocumentError, SecretFileError) as error:
        raise SettingsError(str(error)) from None
    except SourceError as error:
        raise SettingsError(f"{PREFIX}…: {error}: not valid JSON") from None
    except ValidationError as error:
        mistakes = error.errors(include_url=False, include_input=False)
        raise SettingsError("\n".join(_sentence(m, document, given) for m in mistakes)) from None


def variables() -> frozenset[str]:
    """Return the names of all environment variables that set something."""
    return frozenset(_variables(Settings, PREFIX))


def _variables(model: type[BaseModel], prefix: str) -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield prefix + name.upper()
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _variables(field.annotation, f"{prefix}{name.upper()}__")


def _document(config: Path | None) -> Document:
    if config is None and not DEFAULT_FILE.exists():
        return Document.empty()
    return Document.read(config or DEFAULT_FILE)


def _layered(given: dict[str, Any], secrets: Mapping[str, str], document: Document) -> type[Settings]:
    class Layered(Settings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic-settings passes all by name
            env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - ours reads the secrets' files as well
            dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
            file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            file = InitSettingsSource(settings_cls, document.set_values())
            environment = EnvSettingsSource(settings_cls)
            # Which variables may be set is settled by now; those that name files would read as unknown keys here.
            environment.env_vars = {
                **{name: value for name, value in environment.env_vars.items() if name.upper() in variables()},
                **{variable.lower(): value for variable, value in secrets.items()},
            }
            return InitSettingsSource(settings_cls, given), environment, file

    return Layered


def _sentence(mistake: ErrorDetails, document: Document, given: Mapping[str, Any]) -> str:
    loc = mistake["loc"]
    message = "there is no such setting" if mistake["type"] == "extra_forbidden" else mistake["msg"]
    key = ".".join(str(part) for part in loc)
    variable = PREFIX + "__".join(str(part).upper() for part in loc[:2])
    if len(loc) > 1 and loc[1] in given.get(str(loc[0]), {}):
        where = "command line"
    elif os.environ.get(variable):
        where = variable
    elif os.environ.get(variable + SUFFIX):
        where = variable + SUFFIX
    else:
        where = document.where(loc)
    return f"{where}: {key}: {message}" if key else f"{where}: {message}"
