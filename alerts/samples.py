"""A delivery of each kind and change with made-up facts: to try templates at start, and to preview them."""

from dataclasses import replace
from typing import Any, Final

from alerts.delivery import Delivery
from alerts.transition import Kind, Severity
from alerts.wording import Wording
from model.sample import NAMES

RAISED_US: Final = 1_795_338_123_000_000
"""22-11-2026, 06:02:03 in Santiago."""

MINUTE: Final = 60_000_000
PARTS: Final = {"Solids": -1.4, "Sulfate": 1.23, "Chloramines": 0.5, "ph": 0.1}
VALUES: Final = (5.1, 200.0, 20_791.3, None, 402.0, 500.0, 12.0, 70.0, 3.4)

_MODEL: Final = {"model": "2026.11.23-00000000"}
_WATER: Final = {
    "values": dict(zip(NAMES, VALUES, strict=True)),
    "probability": 0.9712,
    "threshold": 0.5,
    "contributions": [
        {"name": name, "value": VALUES[NAMES.index(name)], "log_odds": log_odds} for name, log_odds in PARTS.items()
    ],
} | _MODEL
_SILENCE: Final = {"period_s": 60.0, "last_us": RAISED_US - 150_000_000} | _MODEL
_FAULTS: Final = (
    {"cause": "impossible", "field": "ph", "count": 1} | _MODEL,
    {"cause": "stuck", "field": "", "count": 20} | _MODEL,
    {"cause": "rejected", "field": "", "count": 3} | _MODEL,
)

_CHANGES: Final = (
    ("raised", Severity.PRESUNTA, 0),
    ("confirmed", Severity.CONFIRMADA, 5),
    ("raised", Severity.CONFIRMADA, 0),
    ("reminded", Severity.PRESUNTA, 10),
    ("repeated", Severity.PRESUNTA, 15),
    ("repeated", Severity.CONFIRMADA, 15),
    ("escalated", Severity.CONFIRMADA, 30),
    ("released", Severity.CONFIRMADA, 45),
    ("cleared", Severity.CONFIRMADA, 60),
)
_TECHNICAL: Final = (("raised", 0), ("released", 45), ("cleared", 60))


def deliveries() -> list[Delivery]:
    """Return one of each: every kind, every change, every cause of a fault."""
    return [
        *(delivery(Kind.WATER, change, severity, minutes, _WATER) for change, severity, minutes in _CHANGES),
        *(delivery(Kind.FAULT, "raised", Severity.TECNICA, 0, facts) for facts in _FAULTS),
        *(delivery(Kind.FAULT, change, Severity.TECNICA, minutes, _FAULTS[1]) for change, minutes in _TECHNICAL[1:]),
        *(delivery(Kind.SILENCE, change, Severity.TECNICA, minutes, _SILENCE) for change, minutes in _TECHNICAL),
    ]


def storm(kind: Kind) -> list[Delivery]:
    """Return what becomes a digest: seven sensors of one site, in their first minutes."""
    examples: dict[Kind, dict[str, Any]] = {Kind.WATER: _WATER, Kind.FAULT: _FAULTS[1], Kind.SILENCE: _SILENCE}
    severity = Severity.PRESUNTA if kind is Kind.WATER else Severity.TECNICA
    one = delivery(kind, "raised", severity, 0, examples[kind])
    return [replace(one, id=number, alarm_id=number, sensor=f"maipu-centro/p-{number:02}") for number in range(1, 8)]


def try_out(wording: Wording) -> None:
    """Render every text once, so that a broken template is an error at start; raises TextError."""
    for one in deliveries():
        wording.text(one)
    for kind in Kind:
        wording.digest(storm(kind))
    wording.test("turno")


def delivery(kind: Kind, change: str, severity: Severity, minutes: int, facts: dict[str, Any]) -> Delivery:
    """Return a delivery of an alarm that was raised so many minutes before."""
    return Delivery(
        id=1,
        attempts=0,
        created_us=RAISED_US,
        next_us=RAISED_US,
        alarm_id=12,
        sensor="maipu-centro/p-07",
        kind=kind,
        change=change,
        severity=severity,
        raised_us=RAISED_US,
        at_us=RAISED_US + minutes * MINUTE,
        decided_us=RAISED_US + minutes * MINUTE,
        facts=facts,
    )
