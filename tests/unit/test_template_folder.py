"""Texts in the utility's own words, and what is said of a mistake in them."""

import threading
from pathlib import Path

import pytest

from alerts import norms, samples, template_folder
from alerts.notation import Notation
from alerts.template_folder import TemplateFolder, TextError
from alerts.wording import Wording
from tests.waiting import wait_until

NOTATION = Notation("es", "America/Santiago")


def own(folder: Path, text: str, name: str = "es/sin_datos.txt") -> Path:
    """Return a folder with one text of the utility's own."""
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def wording(folder: Path) -> Wording:
    """Return Spanish in the utility's words."""
    return Wording("es", "America/Santiago", "http://127.0.0.1:8000", norms.load(), folder)


def test_its_own_text_wins_and_the_others_are_the_shipped_ones(tmp_path: Path) -> None:
    """By name, with all that the shipped one can say."""
    words = wording(own(tmp_path, "CALLADO · {{ delivery.sensor }}\nDesde {{ delivery.raised_us | local }}\n"))
    samples.try_out(words)
    silence = samples.deliveries()[-1]
    assert words.text(silence).body == "CALLADO · maipu-centro/p-07\nDesde 22-11-2026 06:02:03 (UTC-03:00)"
    assert words.text(samples.deliveries()[0]).body.startswith("AGUA NO POTABLE")
    assert words.shipped().text(silence).body.startswith("OTRA VEZ CON DATOS")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("uno\n{% if %}\n", "sin_datos.txt:2: Expected an expression"),
        ("uno\n\n{{ delivery.sensr }}", "sin_datos.txt:3: "),
        ("{{ 1 | localtime }}", "sin_datos.txt:1: No filter named 'localtime'"),
        ("{{ 'mañana' | local }}", "sin_datos.txt:1: "),
        ("{{ ''.__class__.__mro__ }}", "sin_datos.txt:1: access to attribute '__class__'"),
        ('{% include "es/otro.txt" %}', "sin_datos.txt:1: "),
        ("{% if delivery.change == 'repeated' %}x{% endif %}", "es/sin_datos.txt: the text is empty"),
    ],
)
def test_a_mistake_is_named_with_file_and_line(tmp_path: Path, text: str, said: str) -> None:
    """At start, where every text is tried."""
    with pytest.raises(TextError) as caught:
        samples.try_out(wording(own(tmp_path, text)))
    assert said in str(caught.value)


def test_a_text_without_end_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And what works on it ends."""
    monkeypatch.setattr(template_folder, "LONGEST", 0.1)
    endless = "uno\n{% for a in range(99999) %}{% for b in range(99999) %}\n{% endfor %}{% endfor %}"
    before = set(threading.enumerate())
    with pytest.raises(TextError, match=r"es/sin_datos\.txt: no end after 0\.1 s"):
        samples.try_out(wording(own(tmp_path, endless)))
    wait_until(lambda: set(threading.enumerate()) <= before, "the end of the work")


def test_a_mistake_in_the_digest_or_the_test_message_is_found_too(tmp_path: Path) -> None:
    """They are texts like the others."""
    for name in ("es/resumen.txt", "es/prueba.txt", "es/recordatorio.txt"):
        folder = own(tmp_path / name.replace("/", "-"), "{{ nothing }}", name)
        with pytest.raises(TextError, match=f"{name}:1: 'nothing' is undefined"):
            samples.try_out(wording(folder))


def test_a_file_that_replaces_nothing_is_refused(tmp_path: Path) -> None:
    """A slip in its name would otherwise mean the shipped text, silently."""
    with pytest.raises(TextError, match=r"sin_dato\.txt: no text has this name; there are .*es/sin_datos\.txt"):
        TemplateFolder(own(tmp_path, "x", "es/sin_dato.txt"), NOTATION)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """As above."""
    with pytest.raises(TextError, match="no such folder"):
        TemplateFolder(tmp_path / "textos", NOTATION)
