"""Many notifications at once become one message, without delaying the first (pure).

Lost power in a site or a lost broker silences many sensors within a minute. The first notice goes out at once; those
that follow about sensors gather for a minute, and many that are owed at once are one message. What is confirmed is
never part of that: it goes out by itself, in its turn.
"""

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

from alerts.backoff import LONGEST
from alerts.delivery import Delivery
from alerts.transition import Kind, Severity

GATHER_US: Final = 60_000_000
"""How long notices about sensors gather after one was sent."""

LONGEST_US: Final = int(LONGEST * 1_000_000)
"""What failed is tried again after so long at the latest."""

Topic: TypeAlias = tuple[str, str]
"""What may share a message: kind and site; silence is one topic everywhere, as the broker serves all sites."""


def topic(delivery: Delivery) -> Topic:
    """Return what a delivery is about."""
    site = "" if delivery.kind == Kind.SILENCE else delivery.sensor.partition("/")[0]
    return delivery.kind, site


def ready_us(delivery: Delivery, told_us: Mapping[Topic, int], many: int, now_us: int) -> int:
    """Return when a delivery may be sent: about sensors, not within a minute of the last of its topic.

    `told_us` says when something of a topic was last sent; `many` is how many make a digest, 0 if nothing does.
    Where a clock that was ahead has been set right since, nothing waits for as long as it was ahead.
    """
    if delivery.attempts:
        due_us = min(delivery.next_us, now_us + LONGEST_US)
    else:
        due_us = delivery.next_us - max(0, delivery.decided_us - now_us)
    if not many or delivery.kind == Kind.WATER:
        return due_us
    last_us = min(now_us, told_us.get(topic(delivery), -GATHER_US))
    return max(due_us, last_us + GATHER_US)


def messages(due: Sequence[Delivery], many: int) -> list[list[Delivery]]:
    """Return what goes out together, in the order of the oldest of each: `many` of a topic or more, or of one alarm.

    A confirmed alarm ends the gathering of presuntas of its site: what came after it must not be read before it. With
    `many` = 0 everything goes out alone.
    """
    if not many:
        return [[delivery] for delivery in due]
    gathered: list[list[Delivery]] = []
    gathering: dict[Topic, list[Delivery]] = {}
    for delivery in due:
        if delivery.severity == Severity.CONFIRMADA:
            gathering.pop(topic(delivery), None)
            gathered.append([delivery])
        elif topic(delivery) in gathering:
            gathering[topic(delivery)].append(delivery)
        else:
            gathering[topic(delivery)] = [delivery]
            gathered.append(gathering[topic(delivery)])
    together = [group for group in gathered if len(group) >= many]
    apart = [alarm for group in gathered if len(group) < many for alarm in _alarms(group)]
    return sorted(together + apart, key=lambda message: message[0].id)


def _alarms(group: Sequence[Delivery]) -> list[list[Delivery]]:
    """Return the deliveries of a group by alarm: three reminders that waited for the morning are one message."""
    alarms: dict[int, list[Delivery]] = {}
    for delivery in group:
        alarms.setdefault(delivery.alarm_id, []).append(delivery)
    return list(alarms.values())
