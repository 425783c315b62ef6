"""What is owed to a receiver: one notification, and all that there is to say in it."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Delivery:
    """One notification owed to one receiver, with all that its text needs. Times are UTC microseconds."""

    id: int
    attempts: int
    created_us: int
    next_us: int
    alarm_id: int
    sensor: str
    kind: str
    change: str
    severity: str
    raised_us: int
    at_us: int
    decided_us: int
    facts: dict[str, Any]
