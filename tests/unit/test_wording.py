"""The text that somebody reads at three in the morning."""

from dataclasses import replace

import pytest

from alerts import norms
from alerts.outbox import Delivery
from alerts.wording import Wording

PRESUNTA = Delivery(
    id=1,
    attempts=0,
    created_us=0,
    next_us=0,
    alarm_id=12,
    sensor="maipu-centro/p-07",
    change="raised",
    severity="presunta",
    raised_us=1_795_338_123_000_000,
    at_us=1_795_341_723_000_000,
    facts={
        "values": {
            "ph": 5.1,
            "Hardness": 200.0,
            "Solids": 20791.3,
            "Chloramines": None,
            "Sulfate": 402.0,
            "Conductivity": 500.0,
            "Organic_carbon": 12.0,
            "Trihalomethanes": 70.0,
            "Turbidity": 3.4,
        },
        "probability": 0.9712,
        "threshold": 0.5,
        "contributions": [
            {"name": "Solids", "value": 20791.3, "log_odds": -1.4},
            {"name": "Sulfate", "value": 402.0, "log_odds": 1.23},
            {"name": "Chloramines", "value": None, "log_odds": 0.5},
            {"name": "ph", "value": 5.1, "log_odds": 0.1},
        ],
        "model": "2026.11.23-00000000",
    },
)


def wording(language: str) -> Wording:
    """Return the wording of a language, with the shipped norms."""
    return Wording(language, "America/Santiago", "http://127.0.0.1:8000/", norms.load())


SPANISH = """\
AGUA NO POTABLE (presunta) · maipu-centro/p-07 · sulfato 402 mg/L
Primera señal: tome una muestra de control. Se confirma sola si las lecturas siguen así.
Desde 22-11-2026 06:02:03 (UTC-03:00)
Probabilidad de no potable: 97 % (se avisa desde 50 %)
Lo que más pesó: sólidos disueltos 20.791 mg/L (−1,4); sulfato 402 mg/L (+1,2); cloraminas sin dato (+0,5)
Contexto, fuera del valor de NCh 409/1.Of2005: pH 5,10 (6,5); sólidos disueltos 20.791 mg/L (1.500)
Contexto, fuera del valor de EPA SMCL: pH 5,10 (6,5); sólidos disueltos 20.791 mg/L (500); sulfato 402 mg/L (250)
Modelo 2026.11.23-00000000 · alarma 12
http://127.0.0.1:8000/alarmas/12"""

ENGLISH = """\
WATER NOT POTABLE (confirmed) · maipu-centro/p-07 · sulfate 402 mg/L
Confirmed by several readings: act by the procedure for water that is not potable.
Since 22-11-2026 06:02:03 (UTC-03:00)
Probability of not potable: 97% (alarms from 50%)
What weighed most: dissolved solids 20,791 mg/L (−1.4); sulfate 402 mg/L (+1.2); chloramines missing (+0.5)
Context, beyond the value of NCh 409/1.Of2005: pH 5.10 (6.5); dissolved solids 20,791 mg/L (1,500)
Context, beyond the value of EPA SMCL: pH 5.10 (6.5); dissolved solids 20,791 mg/L (500); sulfate 402 mg/L (250)
Model 2026.11.23-00000000 · alarm 12
http://127.0.0.1:8000/alarmas/12"""

CLEARED = """\
AGUA OTRA VEZ POTABLE · maipu-centro/p-07
La alarma terminó: las lecturas son potables y ya no hay evidencia en contra.
Estuvo abierta desde 22-11-2026 06:02:03 (UTC-03:00) hasta 22-11-2026 07:02:03 (UTC-03:00)
Modelo 2026.11.23-00000000 · alarma 12
http://127.0.0.1:8000/alarmas/12"""


def test_a_presunta_in_spanish() -> None:
    """Whole, as it is sent."""
    assert wording("es").text(PRESUNTA).body == SPANISH


def test_a_confirmation_in_english() -> None:
    """Whole, as it is sent."""
    assert wording("en").text(replace(PRESUNTA, change="confirmed", severity="confirmada")).body == ENGLISH


def test_the_end_of_an_alarm() -> None:
    """Whole, as it is sent."""
    assert wording("es").text(replace(PRESUNTA, change="cleared")).body == CLEARED


@pytest.mark.parametrize("language", ["es", "en"])
def test_the_first_140_characters_say_verdict_sensor_and_value(language: str) -> None:
    """Telegram, WhatsApp and SMS drop titles, and a lock screen shows no more; ids may be 64 characters long."""
    far = replace(PRESUNTA, sensor="s" * 32 + "/" + "p" * 32)
    head = wording(language).text(far).body[:140]
    assert far.sensor in head
    assert "402 mg/L" in head


@pytest.mark.parametrize(("share", "shown"), [(0.9999, "> 99 %"), (0.0001, "< 1 %"), (0.5, "50 %")])
def test_a_probability_never_reads_as_certainty(share: float, shown: str) -> None:
    """The model is not that sure of anything."""
    assert wording("es").percent(share) == shown
