"""A reading with its verdict, on its way from the classifier to the policy and the store."""

from dataclasses import dataclass

from ingest.reading import Message, Reading


@dataclass(frozen=True, slots=True)
class Scored:
    """A reading of a message, and its verdict; `log_odds` of not potable is at the training share."""

    message: Message
    reading: Reading
    log_odds: float
    not_potable: bool
