"""Vigía as a competitor: `python -m ingest` as it is, with a subscriber that notes when batches are acknowledged.

The line acknowledges a batch right after its commit, when what changed is already in the notifier's hands.
"""

from collections.abc import Sequence
from typing import Any, Final

from benchmarks.record import Record, Task
from ingest import __main__, service
from ingest.reading import Message
from ingest.subscriber import Subscriber

RECORD: Final = Record(Task.given())


class Observed(Subscriber):
    """A subscriber that keeps the record."""

    def start(self) -> None:
        """Start the clock with it."""
        RECORD.begin()
        super().start()

    def ack(self, batch: Sequence[Message]) -> None:
        """Note the batch, then acknowledge it."""
        RECORD.dealt([message.payload for message in batch])
        super().ack(batch)

    def _on_subscribe(self, *args: Any) -> None:  # noqa: ANN401 - paho's
        super()._on_subscribe(*args)
        RECORD.ready()


if __name__ == "__main__":
    vars(service)["Subscriber"] = Observed
    __main__.app([])
