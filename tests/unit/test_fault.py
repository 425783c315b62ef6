"""When a sensor is at fault: the rows read like the specification."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts import fault
from alerts.fault import GOOD, REFUSED, STUCK, Cause, FaultState


def run(spec: str) -> list[Cause | None]:
    """Return the open cause after each step: `!` impossible, `?` refused, `=` the same values again, `.` others."""
    state, causes = FaultState(), []
    digest = 0
    for step in spec:
        if step in "!?":
            state = fault.refused(state, impossible=step == "!")
        else:
            digest += step == "."
            state = fault.read(state, digest)
        causes.append(state.cause)
    return causes


@pytest.mark.parametrize(
    ("sentence", "spec", "cause"),
    [
        ("good readings are no fault", "." * 50, None),
        ("one impossible value is", "..!", Cause.IMPOSSIBLE),
        ("one refusal of another kind is not", "..?", None),
        ("nor are two with a good reading between", "??.??.", None),
        ("three in a row are", "?" * REFUSED, Cause.REFUSED),
        ("values that repeat a while are no fault", "." + "=" * (STUCK - 2), None),
        ("for too long they are", "." + "=" * (STUCK - 1), Cause.STUCK),
        ("the first cause stays while the fault is open", "!???", Cause.IMPOSSIBLE),
        ("a few good readings do not end it", "!" + "." * (GOOD - 1), Cause.IMPOSSIBLE),
        ("enough in a row do", "!" + "." * GOOD, None),
        ("repeated values are no good readings", "." + "=" * (STUCK - 1) + "=" * 50, Cause.STUCK),
        ("other values end a stuck sensor's fault", "." + "=" * (STUCK - 1) + "." * GOOD, None),
    ],
)
def test_fault(sentence: str, spec: str, cause: Cause | None) -> None:
    """One row, one sentence."""
    assert run(spec)[-1] is cause, sentence


@given(st.text("!?=.", max_size=200))
def test_faults_are_counted_as_they_begin(spec: str) -> None:
    """For any history, the number goes up exactly when one is raised."""
    state, digest = FaultState(), 0
    for step in spec:
        before = state
        digest += step == "."
        state = fault.refused(state, impossible=step == "!") if step in "!?" else fault.read(state, digest)
        raised = before.cause is None and state.cause is not None
        assert state.number == before.number + raised
