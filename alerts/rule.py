"""The settings of the alarm policy for one sensor."""

from typing import NamedTuple

from alerts.evidence import REMEMBERED, Evidence


class Rule(NamedTuple):
    """When an alarm is confirmed and when it ends; see settings.Alerts. Times in microseconds.

    `h` is the evidence that confirms, in log-odds. With `m` > 0 the explainable alternative holds instead: `n` bad
    ones among the last `m` readings. `period_us` is the sensor's period where it is configured, 0 where learned.
    """

    h: float
    off_delay_us: int
    presunta_interval_us: int
    least_silence_us: int = 0
    n: int = 0
    m: int = 0
    period_us: int = 0

    def confirms(self, evidence: Evidence) -> bool:
        """Return whether this is enough to say that the water is not potable."""
        if self.m:
            return self._bad(evidence).bit_count() >= self.n
        return evidence.s >= self.h

    def is_gone(self, evidence: Evidence) -> bool:
        """Return whether nothing is left of what spoke against the water."""
        return not self._bad(evidence) if self.m else evidence.s == 0.0

    def _bad(self, evidence: Evidence) -> int:
        return evidence.recent & ((1 << min(self.m, REMEMBERED)) - 1)
