"""What can be set, and from where: `vigia.yaml` < `VIGIA_SECTION__KEY` < options; built once in an entry point."""

from settings.load import SettingsError, load
from settings.schema import Settings

__all__ = ["Settings", "SettingsError", "load"]
