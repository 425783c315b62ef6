"""Which rule holds for which sensor, and the explainable way to confirm."""

import pytest
from pydantic import ValidationError

from alerts.evidence import Evidence, updated
from alerts.rule import Rule
from alerts.rulebook import Rulebook
from settings.schema import Alerts, Override

SECOND = 1_000_000


def rulebook(**alerts: object) -> Rulebook:
    """Return the rules of these settings, for a bundle whose `h` is 5."""
    return Rulebook.made(Alerts.model_validate(alerts), 5.0)


def test_everybody_has_the_bundles_evidence_and_the_settings_times() -> None:
    """Unless something else is said."""
    rule = rulebook(off_delay=60, presunta_interval=30).of("norte/a")
    assert (rule.h, rule.off_delay_us, rule.presunta_interval_us, rule.m) == (5.0, 60 * SECOND, 30 * SECOND, 0)


def test_a_sensors_own_word_goes_before_its_sites() -> None:
    """And both before the general one; what they do not mention stays."""
    book = rulebook(
        off_delay=60,
        overrides=[
            {"of": "norte", "evidence": 7, "off_delay": 10},
            {"of": "norte/a", "evidence": 9, "period": 5, "n_of_m": [3, 5]},
        ],
    )
    own, site, other = book.of("norte/a"), book.of("norte/b"), book.of("sur/a")
    assert (own.h, own.off_delay_us, own.period_us, own.n, own.m) == (9.0, 10 * SECOND, 5 * SECOND, 3, 5)
    assert (site.h, site.off_delay_us, site.period_us) == (7.0, 10 * SECOND, 0)
    assert (other.h, other.off_delay_us) == (5.0, 60 * SECOND)
    assert book.of("norte2/a").h == 5.0, "a part of a name is not the name"


@pytest.mark.parametrize(("of", "n_of_m"), [("a/b/c", None), ("", None), ("<b>", None), ("a", (6, 5)), ("a", (1, 61))])
def test_what_makes_no_sense_is_refused(of: str, n_of_m: tuple[int, int] | None) -> None:
    """At start, not at the first alarm."""
    with pytest.raises(ValidationError):
        Override(of=of, n_of_m=n_of_m)


@pytest.mark.parametrize(
    ("sentence", "spec", "confirmed", "gone"),
    [
        ("two of five are not enough", "x.x..", False, False),
        ("three of five are", "x.x.x", True, False),
        ("what is older than five does not count", "xx....x", False, False),
        ("nothing is left when the last five were good", "xxx.....", False, True),
    ],
)
def test_n_of_m_is_counted_on_the_last_verdicts(sentence: str, spec: str, confirmed: bool, gone: bool) -> None:  # noqa: FBT001 - a row
    """Whatever the evidence says meanwhile."""
    rule = Rule(h=5.0, off_delay_us=0, presunta_interval_us=0, n=3, m=5)
    state = Evidence()
    for verdict in spec:
        state = updated(state, 0.0, rule.h, not_potable=verdict == "x")
    assert (rule.confirms(state), rule.is_gone(state)) == (confirmed, gone), sentence
