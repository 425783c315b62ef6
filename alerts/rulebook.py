"""The rule for each sensor (pure): the bundle's and the settings', but for sites and sensors that have their own."""

from collections.abc import Mapping
from typing import Any, Self

from alerts.rule import Rule
from settings.schema import Alerts, Policy

SECOND = 1_000_000  # microseconds


class Rulebook:
    """Rules by sensor; a sensor's own word goes before its site's, and that before everybody's."""

    def __init__(self, rule: Rule, own: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        """Take everybody's rule, and by site or site/sensor what differs from it."""
        self._rule = rule
        self._own = own or {}
        self._of: dict[str, Rule] = {}

    @classmethod
    def made(cls, alerts: Alerts, h: float) -> Self:
        """Make it from the settings; `h` is the bundle's evidence that confirms."""
        rule = Rule(h, 0, 0)._replace(**_fields(alerts))
        return cls(rule, {one.of: _fields(one) for one in alerts.overrides})

    def of(self, sensor: str) -> Rule:
        """Return the rule for a sensor (sitio/sensor)."""
        rule = self._of.get(sensor)
        if rule is None:
            site = self._own.get(sensor.partition("/")[0], {})
            rule = self._of[sensor] = self._rule._replace(**{**site, **self._own.get(sensor, {})})
        return rule


def _fields(policy: Policy) -> dict[str, Any]:
    """Return what a section of the settings says of a rule."""
    seconds = {
        "off_delay_us": policy.off_delay,
        "presunta_interval_us": policy.presunta_interval,
        "least_silence_us": policy.least_silence,
        "period_us": policy.period,
    }
    fields: dict[str, Any] = {name: int(value * SECOND) for name, value in seconds.items() if value is not None}
    if policy.evidence is not None:
        fields["h"] = policy.evidence
    if policy.n_of_m is not None:
        fields["n"], fields["m"] = policy.n_of_m
    return fields
