"""What became of a message on its way from decoding to the policy and the store: scored readings, or refusals."""

from typing import NamedTuple

from ingest.reading import TOPIC, Message, Reading
from ingest.rejection import DecodeError, Reason


class Scored(NamedTuple):
    """A reading of a message, and its verdict; `log_odds` of not potable is at the training share."""

    message: Message
    reading: Reading
    log_odds: float
    not_potable: bool

    @property
    def sensor(self) -> str:
        """Who sent it."""
        return self.reading.sensor


class Refused(NamedTuple):
    """A message, or one element of it, that goes to the quarantine."""

    message: Message
    error: DecodeError

    @property
    def sensor(self) -> str:
        """Who sent it, or nothing where that cannot be said or is not the sensor's fault."""
        topic = TOPIC.fullmatch(self.message.topic)
        ours = self.error.reason in {Reason.CONFLICT, Reason.INTERNAL_ERROR} or self.message.retained
        return f"{topic[1]}/{topic[2]}" if topic and not ours else ""

    @property
    def impossible(self) -> bool:
        """Whether it holds a value that no working instrument reports."""
        return self.error.reason in {Reason.OUT_OF_RANGE, Reason.NOT_FINITE}


def conflict(one: Scored) -> Refused:
    """Return the refusal of a reading whose key is taken by other values."""
    detail = "a reading with the same time or (boot, seq) and other values is stored already"
    return Refused(one.message, DecodeError(Reason.CONFLICT, detail))
