"""What becomes of an announced window, and which windows a filter shows."""

import pytest

from alerts.hold import Hold, Reason
from api.hold_document import announced, is_about
from api.problems import Problem
from api.statement import Announcement
from tests.arranged import MINUTE, NOON


def announcement(**said: object) -> Announcement:
    """Return an announcement of Ana's for the site norte."""
    given = {"quien": "Ana", "sitio": "norte", "motivo": "calibracion"} | said
    return Announcement.model_validate(given, strict=False)


def test_a_window_begins_now_when_nothing_else_is_said() -> None:
    """On a site, or on one sensor of it."""
    hold = announced(announcement(hasta="2026-11-22T13:00:00Z", nota="tampón"), NOON)
    assert hold == Hold(0, "norte", Reason.CALIBRATION, None, NOON, NOON + 60 * MINUTE, "Ana", "tampón", NOON)
    ahead = announced(announcement(sensor="a", desde="2026-11-22T12:30:00Z", hasta="2026-11-22T13:00:00Z"), NOON)
    assert (ahead.scope, ahead.from_us) == ("norte/a", NOON + 30 * MINUTE)


def test_only_what_is_out_of_service_may_have_no_end() -> None:
    """Nobody would remember to end a calibration."""
    assert announced(announcement(motivo="fuera_de_servicio"), NOON).until_us is None
    with pytest.raises(Problem) as caught:
        announced(announcement(motivo="mantencion"), NOON)
    assert caught.value.mistakes[0].reason == "no_end"


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"hasta": "2026-11-22T12:00:00Z"}, "ended_already"),
        ({"desde": "2026-11-22T13:00:00Z", "hasta": "2026-11-22T13:00:00Z"}, "ends_first"),
        ({"desde": "2026-11-22T14:00:00Z", "hasta": "2026-11-22T13:00:00Z"}, "ends_first"),
    ],
)
def test_an_end_is_ahead_of_us_and_of_its_beginning(said: dict[str, str], reason: str) -> None:
    """A window that is past would keep back what people have been told."""
    with pytest.raises(Problem) as caught:
        announced(announcement(**said), NOON)
    assert (caught.value.mistakes[0].about, caught.value.mistakes[0].reason) == ("hasta", reason)


@pytest.mark.parametrize(
    ("sentence", "scope", "site", "sensor", "shown"),
    [
        ("no filter shows all", "norte/a", None, None, True),
        ("a site shows those of its sensors", "norte/a", "norte", None, True),
        ("but no other site's", "norte/a", "nor", None, False),
        ("a sensor shows its own", "norte/a", "norte", "a", True),
        ("and that of its whole site", "norte", "norte", "a", True),
        ("but no other sensor's", "norte/a", "norte", "b", False),
    ],
)
def test_filter(sentence: str, scope: str, site: str | None, sensor: str | None, shown: bool) -> None:  # noqa: FBT001 - a row
    """One row, one sentence of the specification."""
    hold = Hold(1, scope, Reason.CALIBRATION, None, 0, None, "Ana", "", 0)
    assert is_about(hold, site, sensor) is shown, sentence
