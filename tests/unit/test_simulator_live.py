"""What the demo shows, as lines and as a board."""

import io
import time

import pytest
from rich.console import Console
from rich.live import Live

from simulator.ledger import OpenAlarm, Snapshot
from simulator.live import Board, Lines, State
from simulator.sink import Notification

TOLD = Notification(0.0, "Vigía · norte/a", "AGUA NO POTABLE (presunta) · norte/a · pH 9,1\nDesde ahora\n3\n4\n5")
ROLES = {"norte/a": "contamination", "norte/b": "drift"}


def state(elapsed_s: float, *open_alarms: OpenAlarm, told: int = 0) -> State:
    """Return a state with these alarms open and so many notifications."""
    stored = Snapshot(readings=int(10 * elapsed_s), quarantined=2, alarms=len(open_alarms), open=open_alarms)
    return State(elapsed_s, int(10 * elapsed_s) + 2, stored, (TOLD,) * told, {"norte/a": False, "norte/b": True}, ROLES)


def alarm(sensor: str, severity: str = "presunta", age_s: float = 7.0) -> OpenAlarm:
    """Return an open alarm that was raised some seconds ago."""
    return OpenAlarm(sensor, severity, int((time.time() - age_s) * 1e6), 0.87)


def drawn(*states: State) -> str:
    """Return what the board shows after these states."""
    console = Console(file=io.StringIO(), force_terminal=True, width=100, height=40, color_system=None, record=True)
    with Live(console=console, auto_refresh=False) as live:
        board = Board(live, "http://127.0.0.1:8000")
        for one in states:
            board.show(one)
    return console.export_text()


def test_lines_tell_each_notification_once_and_the_counts_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    """Two looks within the interval give one line of counts."""
    lines = Lines()
    for one in (state(0.0), state(1.0, alarm("norte/a"), told=1), state(2.0, told=1), state(5.5, told=2)):
        lines.show(one)
    assert capsys.readouterr().out.splitlines() == [
        "    0 s  2 published, 2 stored, 0 alarms open, 0 notifications",
        "    1 s  AGUA NO POTABLE (presunta) · norte/a · pH 9,1",
        "    6 s  AGUA NO POTABLE (presunta) · norte/a · pH 9,1",
        "    6 s  57 published, 57 stored, 0 alarms open, 2 notifications",
    ]


def test_the_board_says_what_the_water_really_is() -> None:
    """So that a false alarm is seen as one; of a sensor that is not ours nobody knows."""
    shown = drawn(
        state(3.0), state(5.0, alarm("norte/a", "confirmada"), alarm("norte/b"), alarm("visita/a-mano"), told=1)
    )
    rows = {line.split()[1]: line for line in shown.splitlines() if "87%" in line}
    assert {sensor: line.split("87%")[1].strip(" │") for sensor, line in rows.items()} == {
        "norte/a": "not potable",
        "norte/b": "potable, drift",
        "visita/a-mano": "unknown",
    }
    assert "7 s" in rows["norte/a"]
    assert "10 a second" in shown
    assert "in water that is not potable: 1 of 2 sensors, 1 of them in alarm" in shown
    assert "AGUA NO POTABLE (presunta) · norte/a · pH 9,1" in shown


def test_a_full_board_keeps_what_matters_most() -> None:
    """Confirmed alarms stand first; what does not fit is counted."""
    many = [alarm(f"norte/{i}", age_s=float(i)) for i in range(9)]
    shown = drawn(state(5.0, *many, alarm("norte/x", "confirmada", age_s=99.0)))
    rows = [line.split()[1] for line in shown.splitlines() if "87%" in line]
    assert rows[:2] == ["norte/x", "norte/0"]
    assert "and 2 more" in shown


def test_the_board_says_how_long_an_alert_takes() -> None:
    """From the sensor's timestamp, of the last ones: half of them, and the slowest."""
    assert "nobody has been alerted yet" in drawn(state(1.0))
    shown = drawn(State(2.0, 9, Snapshot(delays_s=(0.11, 0.31, 0.12)), (TOLD,) * 3, {}, {}))
    assert "0.12 s from measurement to alert   0.31 s at the most" in shown


def test_without_alarms_the_board_says_so() -> None:
    """Green, and no table."""
    assert "no alarm is open" in drawn(state(1.0))
