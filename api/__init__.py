"""POST /potabilidad, and the window on alarms and sensors."""

from typing import Final

VERSION: Final = "0.1.0"
"""The version of the service; a test keeps it equal to the one in pyproject.toml, which no image carries."""
