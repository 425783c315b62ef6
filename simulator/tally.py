"""How many readings were sent, and how many the broker took."""

import threading

# A waiting thread looks up so often, lest a stop go unnoticed while the broker is away.
LOOK_UP_S = 0.2


class Tally:
    """The count of all connections together; `in_flight` messages have not been answered yet."""

    def __init__(self) -> None:
        """Begin at nought."""
        self.changed = threading.Condition()
        self.sent = 0
        self.published = 0
        self.refused = 0
        self.in_flight = 0

    def began(self, *, reading: bool) -> None:
        """Count a message that is handed to the client."""
        with self.changed:
            self.in_flight += 1
            self.sent += reading

    def ended(self, *, reading: bool, refused: bool) -> None:
        """Count the broker's answer to a message."""
        with self.changed:
            self.in_flight -= 1
            self.refused += refused
            self.published += reading and not refused
            self.changed.notify_all()

    def wait_below(self, most: int, stop: threading.Event, patience_s: float | None = None) -> bool:
        """Wait until at most so many messages are un-acknowledged; return False when stopped or out of patience."""
        waited = 0.0
        with self.changed:
            while self.in_flight > most:
                if stop.is_set() or (patience_s is not None and waited >= patience_s):
                    return False
                if not self.changed.wait(LOOK_UP_S):
                    waited += LOOK_UP_S
        return True
