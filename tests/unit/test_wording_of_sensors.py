"""The texts about sensors and those of many alarms: whole, as they are sent."""

from dataclasses import replace
from typing import Any

import pytest

from alerts import norms, samples
from alerts.delivery import Delivery
from alerts.transition import Kind, Severity
from alerts.wording import LISTED, Wording

WORDINGS = {
    language: Wording(language, "America/Santiago", "http://127.0.0.1:8000/", norms.load()) for language in ("es", "en")
}
STUCK = {"cause": "stuck", "field": "", "count": 20, "model": "m1"}
IMPOSSIBLE = {"cause": "impossible", "field": "ph", "count": 1, "model": "m1"}
NAMELESS = {"cause": "impossible", "field": "", "count": 1, "model": "m1"}
REJECTED = {"cause": "rejected", "field": "", "count": 3, "model": "m1"}
OVER = {"cause": "", "field": "", "count": 0, "model": "m1"}
SILENT = {"period_s": 60.0, "last_us": samples.RAISED_US - 150_000_000, "model": "m1"}


def delivery(kind: Kind, change: str, minutes: int, facts: dict[str, Any]) -> Delivery:
    """Return a delivery so many minutes after its alarm was raised."""
    return samples.delivery(kind, change, Severity.TECNICA, minutes, facts)


TEXTS = [
    (
        delivery(Kind.FAULT, "raised", 0, STUCK),
        """\
FALLA DE SENSOR · maipu-centro/p-07 · 20 lecturas idénticas
Un instrumento sano nunca repite tanto: revise el sensor. Lo que envía no dice nada del agua.
Mientras siga así, el agua de este punto no está vigilada.
Desde 22-11-2026 06:02:03 (UTC-03:00)
Alarma 12
http://127.0.0.1:8000/alarmas/12""",
        """\
SENSOR FAULT · maipu-centro/p-07 · 20 identical readings
A sound instrument never repeats itself like that: check the sensor. What it sends says nothing of the water.
While this goes on, the water at this point is not watched.
Since 22-11-2026 06:02:03 (UTC-03:00)
Alarm 12
http://127.0.0.1:8000/alarmas/12""",
    ),
    (
        delivery(Kind.FAULT, "raised", 0, IMPOSSIBLE),
        """\
FALLA DE SENSOR · maipu-centro/p-07 · valor imposible de pH
Ningún instrumento sano mide eso: revise el sensor. Lecturas así no se juzgan.
Si no llegan otras, el agua de este punto no está vigilada.
Desde 22-11-2026 06:02:03 (UTC-03:00)
Alarma 12
http://127.0.0.1:8000/alarmas/12""",
        """\
SENSOR FAULT · maipu-centro/p-07 · impossible value of pH
No sound instrument measures that: check the sensor. Such readings are not judged.
Unless others arrive, the water at this point is not watched.
Since 22-11-2026 06:02:03 (UTC-03:00)
Alarm 12
http://127.0.0.1:8000/alarmas/12""",
    ),
    (
        delivery(Kind.FAULT, "repeated", 15, REJECTED),
        """\
FALLA DE SENSOR · maipu-centro/p-07 · 3 lecturas rechazadas seguidas
Recordatorio: la alarma sigue abierta y nadie la ha reconocido.
No se entiende lo que envía: revise el sensor y su configuración. Lecturas así no se juzgan.
Si no llegan otras, el agua de este punto no está vigilada.
Desde 22-11-2026 06:02:03 (UTC-03:00)
Alarma 12
http://127.0.0.1:8000/alarmas/12""",
        """\
SENSOR FAULT · maipu-centro/p-07 · 3 readings rejected in a row
Reminder: the alarm is still open, and nobody has acknowledged it.
What it sends cannot be understood: check the sensor and its configuration. Such readings are not judged.
Unless others arrive, the water at this point is not watched.
Since 22-11-2026 06:02:03 (UTC-03:00)
Alarm 12
http://127.0.0.1:8000/alarmas/12""",
    ),
    (
        delivery(Kind.FAULT, "escalated", 30, NAMELESS),
        """\
FALLA DE SENSOR · maipu-centro/p-07 · valor imposible
Aviso escalado a la segunda lista: nadie ha reconocido esta alarma.
Ningún instrumento sano mide eso: revise el sensor. Lecturas así no se juzgan.
Si no llegan otras, el agua de este punto no está vigilada.
Desde 22-11-2026 06:02:03 (UTC-03:00)
Alarma 12
http://127.0.0.1:8000/alarmas/12""",
        """\
SENSOR FAULT · maipu-centro/p-07 · impossible value
Escalated to the second list: nobody has acknowledged this alarm.
No sound instrument measures that: check the sensor. Such readings are not judged.
Unless others arrive, the water at this point is not watched.
Since 22-11-2026 06:02:03 (UTC-03:00)
Alarm 12
http://127.0.0.1:8000/alarmas/12""",
    ),
    (
        delivery(Kind.FAULT, "cleared", 60, OVER),
        """\
SENSOR OTRA VEZ BUENO · maipu-centro/p-07 · la falla duró 1 h
Sus lecturas son otra vez creíbles y vuelven a vigilar el agua.
Falló desde 22-11-2026 06:02:03 (UTC-03:00) hasta 22-11-2026 07:02:03 (UTC-03:00)
Alarma 12
http://127.0.0.1:8000/alarmas/12""",
        """\
SENSOR WORKS AGAIN · maipu-centro/p-07 · the fault lasted 1 h
Its readings can be believed again, and the water is watched again.
It was at fault from 22-11-2026 06:02:03 (UTC-03:00) to 22-11-2026 07:02:03 (UTC-03:00)
Alarm 12
http://127.0.0.1:8000/alarmas/12""",
    ),
    (
        delivery(Kind.SILENCE, "raised", 0, SILENT),
        """\
SIN DATOS · maipu-centro/p-07 · nada desde hace 2 min 30 s
El agua de este punto no está vigilada: revise energía, red y sensor.
Última lectura 22-11-2026 05:59:33 (UTC-03:00); suele enviar cada 1 min
El silencio no cierra ninguna alarma: si había una abierta, sigue abierta.
Alarma 12
http://127.0.0.1:8000/alarmas/12""",
        """\
NO DATA · maipu-centro/p-07 · nothing for 2 min 30 s
The water at this point is not watched: check power, network and sensor.
Last reading 22-11-2026 05:59:33 (UTC-03:00); it usually sends every 1 min
Silence closes no alarm: if one was open, it still is.
Alarm 12
http://127.0.0.1:8000/alarmas/12""",
    ),
    (
        delivery(Kind.SILENCE, "repeated", 15, SILENT),
        """\
SIN DATOS · maipu-centro/p-07 · nada desde hace 17 min 30 s
Recordatorio: la alarma sigue abierta y nadie la ha reconocido.
El agua de este punto no está vigilada: revise energía, red y sensor.
Última lectura 22-11-2026 05:59:33 (UTC-03:00); suele enviar cada 1 min
El silencio no cierra ninguna alarma: si había una abierta, sigue abierta.
Alarma 12
http://127.0.0.1:8000/alarmas/12""",
        """\
NO DATA · maipu-centro/p-07 · nothing for 17 min 30 s
Reminder: the alarm is still open, and nobody has acknowledged it.
The water at this point is not watched: check power, network and sensor.
Last reading 22-11-2026 05:59:33 (UTC-03:00); it usually sends every 1 min
Silence closes no alarm: if one was open, it still is.
Alarm 12
http://127.0.0.1:8000/alarmas/12""",
    ),
    (
        delivery(Kind.SILENCE, "released", 45, SILENT),
        """\
SIN DATOS · maipu-centro/p-07 · nada desde hace 47 min 30 s
Aviso retenido por una pausa que ya terminó: la alarma sigue abierta.
El agua de este punto no está vigilada: revise energía, red y sensor.
Última lectura 22-11-2026 05:59:33 (UTC-03:00); suele enviar cada 1 min
El silencio no cierra ninguna alarma: si había una abierta, sigue abierta.
Alarma 12
http://127.0.0.1:8000/alarmas/12""",
        """\
NO DATA · maipu-centro/p-07 · nothing for 47 min 30 s
Held back by a pause that is over: the alarm is still open.
The water at this point is not watched: check power, network and sensor.
Last reading 22-11-2026 05:59:33 (UTC-03:00); it usually sends every 1 min
Silence closes no alarm: if one was open, it still is.
Alarm 12
http://127.0.0.1:8000/alarmas/12""",
    ),
    (
        delivery(Kind.SILENCE, "cleared", 60, SILENT),
        """\
OTRA VEZ CON DATOS · maipu-centro/p-07 · la alarma duró 1 h
El sensor envía de nuevo y su agua vuelve a estar vigilada.
Sin datos desde 22-11-2026 06:02:03 (UTC-03:00) hasta 22-11-2026 07:02:03 (UTC-03:00)
Alarma 12
http://127.0.0.1:8000/alarmas/12""",
        """\
DATA AGAIN · maipu-centro/p-07 · the alarm lasted 1 h
The sensor sends again, and its water is watched again.
No data from 22-11-2026 06:02:03 (UTC-03:00) to 22-11-2026 07:02:03 (UTC-03:00)
Alarm 12
http://127.0.0.1:8000/alarmas/12""",
    ),
]


@pytest.mark.parametrize(("one", "spanish", "english"), TEXTS, ids=[str(number) for number in range(len(TEXTS))])
def test_a_text_about_a_sensor(one: Delivery, spanish: str, english: str) -> None:
    """What is wrong, what to do, and that nobody watches the water meanwhile."""
    assert WORDINGS["es"].text(one).body == spanish
    assert WORDINGS["en"].text(one).body == english


def test_many_presuntas_in_one_message() -> None:
    """How many of what and where, then one line each."""
    three = samples.storm(Kind.WATER)[:3]
    spanish = """\
3 × AGUA NO POTABLE (presunta) · maipu-centro
Sin confirmar: tome muestras de control. Lo que se confirme llega en un aviso propio.
· maipu-centro/p-01 · sulfato 402 mg/L
· maipu-centro/p-02 · sulfato 402 mg/L
· maipu-centro/p-03 · sulfato 402 mg/L
http://127.0.0.1:8000/alarmas"""
    english = """\
3 × WATER NOT POTABLE (suspected) · maipu-centro
Not confirmed: take control samples. What is confirmed comes in a notice of its own.
· maipu-centro/p-01 · sulfate 402 mg/L
· maipu-centro/p-02 · sulfate 402 mg/L
· maipu-centro/p-03 · sulfate 402 mg/L
http://127.0.0.1:8000/alarmas"""
    assert WORDINGS["es"].digest(three).body == spanish
    assert WORDINGS["en"].digest(three).body == english


def test_many_silent_sensors_some_of_which_are_back() -> None:
    """Each line says which, as they are not all the same."""
    first, second, third, *_ = samples.storm(Kind.SILENCE)
    back = replace(first, change="cleared", at_us=first.at_us + 60_000_000)
    spanish = """\
3 × SIN DATOS, 1 × OTRA VEZ CON DATOS · maipu-centro, pajaritos
Varios sensores a la vez: revise primero la red y el broker.
· SIN DATOS · maipu-centro/p-01 · nada desde hace 2 min 30 s
· SIN DATOS · maipu-centro/p-02 · nada desde hace 2 min 30 s
· SIN DATOS · pajaritos/p-03 · nada desde hace 2 min 30 s
· OTRA VEZ CON DATOS · maipu-centro/p-01 · la alarma duró 1 min
http://127.0.0.1:8000/alarmas"""
    english = """\
3 × NO DATA, 1 × DATA AGAIN · maipu-centro, pajaritos
Several sensors at once: check network and broker first.
· NO DATA · maipu-centro/p-01 · nothing for 2 min 30 s
· NO DATA · maipu-centro/p-02 · nothing for 2 min 30 s
· NO DATA · pajaritos/p-03 · nothing for 2 min 30 s
· DATA AGAIN · maipu-centro/p-01 · the alarm lasted 1 min
http://127.0.0.1:8000/alarmas"""
    four = [first, second, replace(third, sensor="pajaritos/p-03"), back]
    assert WORDINGS["es"].digest(four).body == spanish
    assert WORDINGS["en"].digest(four).body == english


def test_a_long_digest_says_how_many_more_there_are() -> None:
    """Some services cut a text off without a word."""
    one = samples.storm(Kind.FAULT)[0]
    many = [replace(one, sensor=f"sitio-{number}/{'p' * 64}") for number in range(LISTED + 7)]
    body = WORDINGS["es"].digest(many).body
    assert body.startswith("27 × FALLA DE SENSOR · 27 sitios\n")
    assert body.endswith("\ny 7 más, en la página\nhttp://127.0.0.1:8000/alarmas")
    assert len(body) < 4000


def test_of_one_alarm_the_newest_text_is_sent() -> None:
    """Three reminders that waited for the morning say the same; in a digest each alarm has one line."""
    raised, other, *_ = samples.storm(Kind.SILENCE)
    repeated = replace(raised, change="repeated")
    assert WORDINGS["es"].message([raised, repeated]) == WORDINGS["es"].text(repeated)
    assert WORDINGS["es"].message([raised, other, repeated]) == WORDINGS["es"].digest([repeated, other])


def test_a_test_message_says_that_it_is_one() -> None:
    """Nobody runs to the waterworks for it."""
    assert (
        WORDINGS["es"].test("turno").body
        == """\
PRUEBA de Vigía · receptor turno · no hay ninguna alarma
Si lee esto, los avisos le llegan. No tiene que hacer nada.
http://127.0.0.1:8000/"""
    )
    assert (
        WORDINGS["en"].test("turno").body
        == """\
TEST of Vigía · receiver turno · there is no alarm
If you read this, notifications reach you. There is nothing to do.
http://127.0.0.1:8000/"""
    )
