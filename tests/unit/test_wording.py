"""The text about water that somebody reads at three in the morning: whole, as it is sent."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts import norms, samples
from alerts.delivery import Delivery
from alerts.transition import Kind, Severity
from alerts.wording import Wording

WORDINGS = {
    language: Wording(language, "America/Santiago", "http://127.0.0.1:8000/", norms.load()) for language in ("es", "en")
}
PRESUNTA = samples.deliveries()[0]

SPANISH = """\
Desde 22-11-2026 06:02:03 (UTC-03:00)
Probabilidad de no potable: 97 % (se avisa desde 50 %)
Lo que más pesó (+ contra el agua, − a favor): sólidos disueltos 20.791 mg/L (−1,4); sulfato 402 mg/L (+1,2); \
cloraminas sin dato (+0,5)
Contexto, fuera del valor de NCh 409/1.Of2005: pH 5,10 (norma 6,5); sólidos disueltos 20.791 mg/L (norma 1.500)
Contexto, fuera del valor de EPA SMCL: pH 5,10 (norma 6,5); sólidos disueltos 20.791 mg/L (norma 500); \
sulfato 402 mg/L (norma 250)
Modelo 2026.11.23-00000000 · alarma 12
http://127.0.0.1:8000/alarmas/12"""

ENGLISH = """\
Since 22-11-2026 06:02:03 (UTC-03:00)
Probability of not potable: 97% (alarms from 50%)
What weighed most (+ against the water, − for it): dissolved solids 20,791 mg/L (−1.4); sulfate 402 mg/L (+1.2); \
chloramines missing (+0.5)
Context, beyond the value of NCh 409/1.Of2005: pH 5.10 (norm 6.5); dissolved solids 20,791 mg/L (norm 1,500)
Context, beyond the value of EPA SMCL: pH 5.10 (norm 6.5); dissolved solids 20,791 mg/L (norm 500); \
sulfate 402 mg/L (norm 250)
Model 2026.11.23-00000000 · alarm 12
http://127.0.0.1:8000/alarmas/12"""

PRESUNTAS = {
    ("es", "raised"): """\
AGUA NO POTABLE (presunta) · maipu-centro/p-07 · sulfato 402 mg/L
Primera señal, sin confirmar: tome una muestra de control. Si se confirma, llega otro aviso.""",
    ("es", "reminded"): """\
AGUA NO POTABLE (presunta) · maipu-centro/p-07 · sulfato 402 mg/L
Recordatorio: la alarma sigue abierta y llegó otra lectura no potable. Tome una muestra de control.""",
    ("es", "repeated"): """\
AGUA NO POTABLE (presunta) · maipu-centro/p-07 · sulfato 402 mg/L
Recordatorio: la alarma sigue abierta y nadie la ha reconocido.
Sigue sin confirmar: tome una muestra de control. Si se confirma, llega otro aviso.""",
    ("es", "escalated"): """\
AGUA NO POTABLE (presunta) · maipu-centro/p-07 · sulfato 402 mg/L
Aviso escalado a la segunda lista: nadie ha reconocido esta alarma.
Sigue sin confirmar: tome una muestra de control. Si se confirma, llega otro aviso.""",
    ("en", "raised"): """\
WATER NOT POTABLE (suspected) · maipu-centro/p-07 · sulfate 402 mg/L
First sign, not confirmed: take a control sample. If it is confirmed, another notice follows.""",
    ("en", "reminded"): """\
WATER NOT POTABLE (suspected) · maipu-centro/p-07 · sulfate 402 mg/L
Reminder: the alarm is still open, and another reading was not potable. Take a control sample.""",
    ("en", "repeated"): """\
WATER NOT POTABLE (suspected) · maipu-centro/p-07 · sulfate 402 mg/L
Reminder: the alarm is still open, and nobody has acknowledged it.
Still not confirmed: take a control sample. If it is confirmed, another notice follows.""",
    ("en", "escalated"): """\
WATER NOT POTABLE (suspected) · maipu-centro/p-07 · sulfate 402 mg/L
Escalated to the second list: nobody has acknowledged this alarm.
Still not confirmed: take a control sample. If it is confirmed, another notice follows.""",
}

CONFIRMADAS = {
    ("es", "raised"): """\
AGUA NO POTABLE (confirmada) · maipu-centro/p-07 · sulfato 402 mg/L
Confirmada por varias lecturas: actúe según el procedimiento de agua no potable.""",
    ("es", "confirmed"): """\
AGUA NO POTABLE (confirmada) · maipu-centro/p-07 · sulfato 402 mg/L
Confirmada por varias lecturas: actúe según el procedimiento de agua no potable.""",
    ("es", "repeated"): """\
AGUA NO POTABLE (confirmada) · maipu-centro/p-07 · sulfato 402 mg/L
Recordatorio: la alarma sigue abierta y nadie la ha reconocido.
Confirmada por varias lecturas: actúe según el procedimiento de agua no potable.""",
    ("es", "escalated"): """\
AGUA NO POTABLE (confirmada) · maipu-centro/p-07 · sulfato 402 mg/L
Aviso escalado a la segunda lista: nadie ha reconocido esta alarma.
Confirmada por varias lecturas: actúe según el procedimiento de agua no potable.""",
    ("es", "released"): """\
AGUA NO POTABLE (confirmada) · maipu-centro/p-07 · sulfato 402 mg/L
Aviso retenido por una pausa que ya terminó: la alarma sigue abierta.
Confirmada por varias lecturas: actúe según el procedimiento de agua no potable.""",
    ("en", "released"): """\
WATER NOT POTABLE (confirmed) · maipu-centro/p-07 · sulfate 402 mg/L
Held back by a pause that is over: the alarm is still open.
Confirmed by several readings: act by the procedure for water that is not potable.""",
    ("en", "raised"): """\
WATER NOT POTABLE (confirmed) · maipu-centro/p-07 · sulfate 402 mg/L
Confirmed by several readings: act by the procedure for water that is not potable.""",
    ("en", "confirmed"): """\
WATER NOT POTABLE (confirmed) · maipu-centro/p-07 · sulfate 402 mg/L
Confirmed by several readings: act by the procedure for water that is not potable.""",
    ("en", "repeated"): """\
WATER NOT POTABLE (confirmed) · maipu-centro/p-07 · sulfate 402 mg/L
Reminder: the alarm is still open, and nobody has acknowledged it.
Confirmed by several readings: act by the procedure for water that is not potable.""",
    ("en", "escalated"): """\
WATER NOT POTABLE (confirmed) · maipu-centro/p-07 · sulfate 402 mg/L
Escalated to the second list: nobody has acknowledged this alarm.
Confirmed by several readings: act by the procedure for water that is not potable.""",
}

CLEARED = {
    "es": """\
AGUA OTRA VEZ POTABLE · maipu-centro/p-07 · la alarma duró 1 h 5 min
La alarma terminó: las lecturas son potables y ya no hay evidencia en contra. Decide el laboratorio.
Estuvo abierta desde 22-11-2026 06:02:03 (UTC-03:00) hasta 22-11-2026 07:07:03 (UTC-03:00)
Modelo 2026.11.23-00000000 · alarma 12
http://127.0.0.1:8000/alarmas/12""",
    "en": """\
WATER POTABLE AGAIN · maipu-centro/p-07 · the alarm lasted 1 h 5 min
The alarm has ended: readings are potable, and no evidence is left against the water. The laboratory decides.
It was open from 22-11-2026 06:02:03 (UTC-03:00) to 22-11-2026 07:07:03 (UTC-03:00)
Model 2026.11.23-00000000 · alarm 12
http://127.0.0.1:8000/alarmas/12""",
}


@pytest.mark.parametrize(("language", "change"), PRESUNTAS)
def test_a_presunta(language: str, change: str) -> None:
    """What it is, what to do, and then the grounds."""
    tail = SPANISH if language == "es" else ENGLISH
    body = WORDINGS[language].text(replace(PRESUNTA, change=change)).body
    assert body == f"{PRESUNTAS[language, change]}\n{tail}"


@pytest.mark.parametrize(("language", "change"), CONFIRMADAS)
def test_a_confirmada(language: str, change: str) -> None:
    """Another thing to do."""
    tail = SPANISH if language == "es" else ENGLISH
    body = WORDINGS[language].text(replace(PRESUNTA, change=change, severity=Severity.CONFIRMADA)).body
    assert body == f"{CONFIRMADAS[language, change]}\n{tail}"


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("es", "Lectura atrasada: se midió el 22-11-2026 05:02:03 (UTC-03:00) y llegó recién ahora."),
        ("en", "A late reading: it was taken on 22-11-2026 05:02:03 (UTC-03:00) and came only now."),
    ],
)
def test_a_late_reading_says_when_it_was_taken(language: str, said: str) -> None:
    """Below since when; whoever reads it must not take it for water of this minute."""
    late = replace(PRESUNTA, facts=PRESUNTA.facts | {"late_us": PRESUNTA.raised_us - 60 * 60_000_000})
    head, tail = PRESUNTAS[language, "raised"], (SPANISH if language == "es" else ENGLISH)
    since, grounds = tail.split("\n", 1)
    assert WORDINGS[language].text(late).body == f"{head}\n{since}\n{said}\n{grounds}"


@pytest.mark.parametrize("language", CLEARED)
def test_the_end_of_an_alarm(language: str) -> None:
    """And how long it lasted."""
    ended = replace(PRESUNTA, change="cleared", severity=Severity.CONFIRMADA, at_us=PRESUNTA.at_us + 65 * 60_000_000)
    text = WORDINGS[language].text(ended)
    assert (text.body, text.tone) == (CLEARED[language], "success")


@pytest.mark.parametrize("language", WORDINGS)
@pytest.mark.parametrize("delivery", samples.deliveries())
def test_the_first_140_characters_say_verdict_sensor_and_value(language: str, delivery: Delivery) -> None:
    """Telegram, WhatsApp and SMS drop titles, and a lock screen shows no more; ids may be 64 characters long."""
    far = replace(delivery, sensor="s" * 32 + "/" + "p" * 32)
    first, *_ = WORDINGS[language].text(far).body.splitlines()
    verdict, sensor, value = first.split(" · ")
    assert (verdict.isspace(), sensor, bool(value)) == (False, far.sensor, True)
    assert len(first) <= 140


@pytest.mark.parametrize("language", WORDINGS)
def test_an_alarm_on_water_is_told_even_without_its_grounds(language: str) -> None:
    """Whatever a transition was not given: the alarm is worth more than what drove it."""
    bare = WORDINGS[language].text(replace(PRESUNTA, facts={"model": "m1"})).body
    assert bare.splitlines()[0].endswith("· maipu-centro/p-07")


IDS = st.text(st.characters(codec="utf-8", exclude_categories=("Z", "C")), min_size=1, max_size=64)


@given(site=IDS, sensor=IDS, kind=st.sampled_from(Kind))
def test_no_id_is_ever_taken_for_a_template(site: str, sensor: str, kind: Kind) -> None:
    """Ids are data; decoding lets no such id through, and if it did, it would be printed as it is."""
    name = f"{{{{ 7 * 7 }}}}{site}/{{% raw %}}{sensor}"
    one = next(one for one in samples.deliveries() if one.kind == kind)
    assert name in WORDINGS["es"].text(replace(one, sensor=name)).body.splitlines()[0]


def test_no_value_is_ever_taken_for_a_template() -> None:
    """Nor a fact."""
    facts = PRESUNTA.facts | {"model": "{{ 7 * 7 }}"}
    assert "Modelo {{ 7 * 7 }} ·" in WORDINGS["es"].text(replace(PRESUNTA, facts=facts)).body
