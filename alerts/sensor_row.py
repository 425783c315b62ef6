"""A sensor's standing as the columns of its row, and back."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import RowMapping

from alerts.evidence import Evidence
from alerts.fault import Cause, FaultState
from alerts.policy import WaterState
from alerts.sensor import SensorState
from alerts.silence import SilenceState
from alerts.transition import Severity


def columns(state: SensorState) -> dict[str, Any]:
    """Return the values to write."""
    water, evidence, fault, silence = state.water, state.water.evidence, state.fault, state.silence
    return {
        "boot": water.boot,
        "ordinal": water.ordinal,
        "time_us": water.time_us,
        "s": evidence.s,
        "llr_count": evidence.readings,
        "llr_last": evidence.last,
        "llr_mean": evidence.mean,
        "llr_variance": evidence.variance,
        "llr_covariance": evidence.covariance,
        "recent": evidence.recent,
        "number": water.number,
        "severity": water.severity,
        "potable_for_us": water.potable_for_us,
        "notified_us": water.notified_us,
        "told": water.told,
        "cleared_us": water.cleared_us,
        "fault_number": fault.number,
        "fault_cause": fault.cause,
        "refused": fault.refused,
        "equal": fault.equal,
        "good": fault.good,
        "digest": fault.digest,
        "silence_number": silence.number,
        "silent": silence.silent,
        "gaps": silence.gaps,
        "period_us": silence.period_us,
        "newest_us": silence.newest_us,
    }


def state(row: Mapping[str, Any] | RowMapping) -> SensorState:
    """Return the standing that a row holds."""
    evidence = Evidence(
        s=row["s"],
        readings=row["llr_count"],
        last=row["llr_last"],
        mean=row["llr_mean"],
        variance=row["llr_variance"],
        covariance=row["llr_covariance"],
        recent=row["recent"],
    )
    water = WaterState(
        boot=row["boot"],
        ordinal=row["ordinal"],
        time_us=row["time_us"],
        evidence=evidence,
        number=row["number"],
        severity=Severity(row["severity"]) if row["severity"] else None,
        potable_for_us=row["potable_for_us"],
        notified_us=row["notified_us"],
        told=row["told"],
        cleared_us=row["cleared_us"],
    )
    fault = FaultState(
        number=row["fault_number"],
        cause=Cause(row["fault_cause"]) if row["fault_cause"] else None,
        refused=row["refused"],
        equal=row["equal"],
        good=row["good"],
        digest=row["digest"],
    )
    silence = SilenceState(
        number=row["silence_number"],
        silent=row["silent"],
        gaps=row["gaps"],
        period_us=row["period_us"],
        newest_us=row["newest_us"],
    )
    return SensorState(water, fault, silence)
