"""When it is a sensor's turn to keep a checkpoint of its state (pure); see `ingest.past` for what they are for.

Numbers here may be columns of them.
"""

from typing import Any, Final

EVERY: Final = 64
"""Readings from one checkpoint of a sensor to the next."""


def turn(readings: Any, place: Any) -> Any:  # noqa: ANN401 - numbers, or columns of them
    """Return the number of the checkpoint that a sensor is at after so many readings.

    When it changes with a batch, the state before the batch is kept: what is late is late by little. Sensors that began
    together take turns by their `place`, or a thousand checkpoints would be due in the same second.
    """
    return (readings + place) // EVERY


def has_come(readings: Any, place: Any) -> Any:  # noqa: ANN401 - numbers, or columns of them
    """Return whether the number has changed with the last of so many readings."""
    return (readings + place) % EVERY == 0
