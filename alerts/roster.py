"""Everybody who is notified, made from the settings: as addressees of deliveries, and as recipients of messages."""

from collections.abc import Callable

from alerts.addressee import Addressee, Duty
from alerts.courier import Address
from alerts.quiet_hours import QuietHours
from alerts.recipient import Recipient
from alerts.transition import Kind, Severity
from settings.schema import Alerts, Receiver

MINUTE = 60_000_000  # microseconds


def addressees(alerts: Alerts) -> list[Addressee]:
    """Return who is to hear of what, and when."""
    return [
        Addressee(
            name=one.name,
            severity=Severity(one.severity),
            kinds=frozenset(map(Kind, one.kinds)),
            sites=frozenset(one.sites),
            quiet_hours=QuietHours.parse(one.quiet_hours, alerts.timezone) if one.quiet_hours else None,
            second=one.escalation,
        )
        for one in alerts.receivers
    ]


def duty(alerts: Alerts) -> Duty:
    """Return who is told, when again, and when the second list."""
    repeat_us = tuple(int(minutes * MINUTE) for minutes in alerts.repeat)
    return Duty(tuple(addressees(alerts)), repeat_us, int(alerts.escalate_after * MINUTE))


def addresses(alerts: Alerts) -> list[Address]:
    """Return where everybody is reached."""
    return [address(one, alerts) for one in alerts.receivers]


def address(one: Receiver, alerts: Alerts) -> Address:
    """Return where a receiver of the settings is reached, and in which words."""
    return Address(
        one.name,
        one.url.get_secret_value(),
        one.format == "markdown",
        one.language or alerts.language,
        alerts.timezone,
        alerts.page,
        str(alerts.templates.resolve()) if alerts.templates else None,  # the process that sends has a folder of its own
    )


def recipients(alerts: Alerts, made: Callable[[str, int], Recipient]) -> list[Recipient]:
    """Return who is told; `made` makes one by the receiver's name and by how many notices become one message."""
    return [made(one.name, one.digest) for one in alerts.receivers]
