"""When a sensor has gone silent: its own rhythm, and nobody else's clock."""

from hypothesis import given
from hypothesis import strategies as st

from alerts import silence
from alerts.silence import LEARNED, SilenceState

SECOND = 1_000_000


def after(*times_s: float) -> SilenceState:
    """Return the state after readings that were taken at these seconds."""
    state = SilenceState()
    for time_s in times_s:
        state = silence.heard(state, round(time_s * SECOND))
    return state


def test_a_rhythm_is_learned_before_silence_is_judged() -> None:
    """Two readings are no rhythm."""
    assert silence.due_us(after(10, 20), 0) is None
    assert silence.due_us(after(*range(10, 10 + 60 * (LEARNED + 1), 60)), 0) is not None


def test_silence_begins_after_two_and_a_half_periods() -> None:
    """Not earlier, and once."""
    state = after(*range(0, 1200, 60)[1:])
    due = 1140 * SECOND + 150 * SECOND
    assert silence.due_us(state, 0) == due
    assert silence.waited(state, due - 1, 0) == state
    silent = silence.waited(state, due, 0)
    assert (silent.silent, silent.number) == (True, 1)
    assert silence.waited(silent, due + 10**12, 0) == silent


def test_a_fast_sensor_may_be_quiet_for_the_least_silence() -> None:
    """A hiccup of the network is no news."""
    state = after(*(n / 10 for n in range(1, 100)))
    assert silence.due_us(state, 10 * SECOND) == state.newest_us + 10 * SECOND


def test_the_next_reading_ends_it() -> None:
    """And the outage does not become the rhythm."""
    state = after(*range(60, 1200, 60))
    silent = silence.waited(state, 2_000 * SECOND, 0)
    back = silence.heard(silent, 9_000 * SECOND)
    assert not back.silent
    assert back.period_us == state.period_us


@given(st.lists(st.integers(1, 10**15), min_size=1, max_size=50))
def test_the_newest_time_only_goes_forward(times: list[int]) -> None:
    """Whatever order the times come in, no period is negative."""
    state = SilenceState()
    for time_us in times:
        before, state = state, silence.heard(state, time_us)
        assert state.newest_us == max(before.newest_us, time_us)
        assert state.period_us >= 0


def test_a_configured_period_needs_no_learning() -> None:
    """From the first reading on."""
    state = after(100)
    assert silence.due_us(state, 0, period_us=60 * SECOND) == 250 * SECOND
    assert silence.due_us(SilenceState(), 0, period_us=60 * SECOND) is None, "who never spoke is not silent"
