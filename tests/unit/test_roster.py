"""Receivers of the settings become addressees and recipients."""

import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from pydantic import ValidationError

from alerts import roster
from alerts.delivery import Delivery
from alerts.sender import SendError
from alerts.text import Text
from alerts.transition import Kind, Severity
from settings.__main__ import shown_default
from settings.schema import Alerts, Receiver

README = Path(__file__).parents[2] / "README.md"


class Nobody:
    """A recipient who is not told."""

    def __init__(self, name: str, many: int) -> None:
        """Keep both."""
        self.name = name
        self.many = many

    def tell(self, message: Sequence[Delivery]) -> None:
        """Refuse."""
        raise SendError(message[0].sensor)

    def send(self, text: Text) -> None:
        """Refuse."""
        raise SendError(text.title)


def alerts(**receiver: object) -> Alerts:
    """Return settings with one receiver."""
    return Alerts.model_validate({"receivers": [{"url": "json://127.0.0.1/", "name": "turno"} | receiver]})


def test_a_url_alone_hears_of_everything_at_once() -> None:
    """The careful default."""
    (one,) = roster.addressees(alerts())
    assert (one.name, one.severity, one.kinds, one.sites) == ("turno", Severity.PRESUNTA, frozenset(Kind), frozenset())
    assert one.not_before(Kind.SILENCE, 5) == 5


def test_every_choice_of_a_receiver_is_taken_over() -> None:
    """Names and all."""
    (one,) = roster.addressees(
        alerts(severity="presunta", kinds=["falla_sensor"], sites=["centro"], quiet_hours="22:00-07:00")
    )
    assert (one.kinds, one.sites) == (frozenset({Kind.FAULT}), frozenset({"centro"}))
    assert one.quiet_hours is not None
    assert str(one.quiet_hours.zone) == "America/Santiago"


def test_each_receiver_reads_its_own_language() -> None:
    """Or that of the settings."""
    both = Alerts.model_validate({"receivers": ["json://a", {"url": "json://b", "language": "en", "digest": 0}]})
    spanish, english = roster.addresses(both)
    assert (spanish.language, english.language) == ("es", "en")
    assert (spanish.timezone, spanish.page, spanish.templates) == (both.timezone, both.page, None)
    assert [(one.name, one.many) for one in roster.recipients(both, Nobody)] == [(spanish.name, 5), (english.name, 0)]


@pytest.mark.parametrize(
    ("receiver", "said"),
    [
        ({"quiet_hours": "22-7"}, "quiet_hours"),
        ({"quiet_hours": "24:00-07:00"}, "quiet_hours"),
        ({"kinds": []}, "kinds"),
        ({"kinds": ["agua"]}, "kinds"),
        ({"language": "fr"}, "language"),
        ({"severity": "confirmada", "kinds": ["sin_datos"]}, "would hear of nothing"),
    ],
)
def test_a_choice_that_cannot_be_is_refused(receiver: dict[str, object], said: str) -> None:
    """When the settings are read."""
    with pytest.raises(ValidationError, match=said):
        alerts(**receiver)


def test_a_zone_that_does_not_exist_is_refused() -> None:
    """When the settings are read, not when the first text is written."""
    with pytest.raises(ValidationError, match="there is no time zone America/Maipu"):
        Alerts(timezone="America/Maipu")


def test_a_folder_of_texts_is_found_from_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As `textos` in the settings means one where ingest runs, not where the process that sends does."""
    monkeypatch.chdir(tmp_path)
    (one,) = roster.addresses(alerts().model_copy(update={"templates": Path("textos")}))
    assert one.templates == str(tmp_path / "textos")


def test_readme_lists_every_choice_of_a_receiver() -> None:
    """Name, default and meaning."""
    section = README.read_text(encoding="utf-8").partition("### Receivers")[2].partition("\n## ")[0]
    listed = re.findall(r"^\| `(\w+)` \| `?(.*?)`? \| (.*) \|$", section, re.MULTILINE)
    assert listed == [
        (name, "" if field.is_required() else shown_default(field), field.description)
        for name, field in Receiver.model_fields.items()
    ]
