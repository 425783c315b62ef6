"""The process that sends: what it hands over, how it fails, and that it outlives nobody and betrays no secret."""

import io
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from alerts import carrier, courier, samples
from alerts.courier import Courier
from alerts.direct import Direct
from alerts.sender import ReceiverError, SendError
from alerts.text import Text
from alerts.transition import Kind
from tests.receivers import HANG, WORDING, Receiver, address
from tests.waiting import wait_until

ROOT = Path(__file__).parents[2]
CANARY = "canario"
UNTRIED = replace(samples.deliveries()[0], sensor="norte/p-01")

ENDLESS = """{% if delivery.sensor == 'norte/p-01' %}
{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}
{% endif %}agua"""
"""A template that is quick when it is tried out, and takes an hour for one sensor."""

ORPHAN = """
import os, signal, sys
from alerts.courier import Courier
from tests.receivers import address
courier = Courier([address("turno", sys.argv[1])], 60.0)
courier.check()
print(courier.pid, flush=True)
sys.stdin.read(1)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def carried(receiver: Receiver) -> Iterator[Courier]:
    """Return a courier to one receiver, with a secret in its URL."""
    url = receiver.url.replace("json://", f"json://vigia:{CANARY}@")
    with closing(Courier([address("turno", url)], timeout=5.0)) as made:
        made.check()
        yield made


def test_with_nobody_to_send_to_there_is_no_process() -> None:
    """It takes 50 MB."""
    with closing(Courier([], timeout=5.0)) as made:
        made.check()
        assert made.pid is None


def test_texts_are_handed_over(carried: Courier, receiver: Receiver) -> None:
    """In order, as one waits for each."""
    for word in ("uno", "dos"):
        carried.recipient("turno", 5).send(Text("t", word))
    assert receiver.arrived == ["uno", "dos"]


def test_one_that_hangs_delays_nobody_else(receiver: Receiver) -> None:
    """Each text has a thread of its own over there."""
    with Receiver() as hanging:
        hanging.answer = lambda _message: HANG
        with closing(Courier([address("hangs", hanging.url), address("turno", receiver.url)], 2.0)) as made:
            made.check()
            with pytest.raises(SendError, match="no answer within 2 s"):
                made.recipient("hangs", 5).send(Text("t", "uno"))
            made.recipient("turno", 5).send(Text("t", "dos"))
        hanging.shutdown()
    assert receiver.arrived == ["dos"]


def test_what_is_refused_is_said_without_the_url(carried: Courier, receiver: Receiver) -> None:
    """And the next one may be taken."""
    receiver.answer = lambda _message: 500
    with pytest.raises(SendError) as caught:
        carried.recipient("turno", 5).send(Text("t", "uno"))
    assert str(caught.value) == "refused or out of reach"
    receiver.answer = lambda _message: 200
    carried.recipient("turno", 5).send(Text("t", "dos"))
    assert receiver.arrived == ["dos"]


def test_a_url_that_apprise_does_not_know_is_refused_without_saying_it() -> None:
    """Before anything is to be sent."""
    made = Courier([address("turno", f"nosuch://{CANARY}")], timeout=5.0)
    with closing(made), pytest.raises(ReceiverError) as caught:
        made.check()
    assert str(caught.value) == "receiver turno: not a URL that Apprise understands"


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="this system has no such /proc")
def test_nobody_can_read_the_url(carried: Courier) -> None:
    """A command line is for everybody on the computer, an environment for whatever a plugin starts."""
    for shown in ("cmdline", "environ"):
        assert CANARY.encode() not in Path(f"/proc/{carried.pid}/{shown}").read_bytes()


def test_a_process_that_dies_costs_one_attempt(carried: Courier, receiver: Receiver) -> None:
    """Whatever it died of: the next text starts it again."""
    killed = carried.pid
    assert killed

    def kill(_message: str) -> int:
        os.kill(killed, signal.SIGKILL)
        return HANG

    receiver.answer = kill
    with pytest.raises(SendError, match="has ended"):
        carried.recipient("turno", 5).send(Text("t", "uno"))
    receiver.answer = lambda _message: 200
    carried.recipient("turno", 5).send(Text("t", "dos"))
    assert carried.pid != killed
    assert receiver.arrived == ["dos"]


def test_a_process_that_says_nothing_is_ended(
    carried: Courier, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It holds to the time limit itself, so one that does not is stuck."""
    monkeypatch.setattr(courier, "GRACE", -4.5)
    stuck = carried.pid
    assert stuck
    os.kill(stuck, signal.SIGSTOP)
    with pytest.raises(SendError, match="no answer from the process"):
        carried.recipient("turno", 5).send(Text("t", "uno"))
    monkeypatch.undo()
    turno = carried.recipient("turno", 5)
    wait_until(lambda: _handed_over(lambda: turno.send(Text("t", "dos"))), "the next text")
    assert carried.pid != stuck
    assert receiver.arrived == ["dos"]


def test_it_ends_with_whoever_started_it(receiver: Receiver) -> None:
    """However that ends."""
    command = [sys.executable, "-c", ORPHAN, receiver.url]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert _runs(pid)
        parent.communicate("x")
    wait_until(lambda: not _runs(pid), "the end of the process")


def test_it_says_nothing_where_nobody_reads_any_more() -> None:
    """Whoever started it has ended at once, for a reason of its own that must not stand among tracebacks."""
    command = [sys.executable, "-m", "alerts.carrier"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, cwd=ROOT, text=True, **pipes) as alone:  # type: ignore[call-overload]
        alone.stdout.close()
        alone.stdin.write(json.dumps({"receivers": [], "timeout": 1.0, "number": 0}) + "\n")
        alone.stdin.close()
        assert alone.stderr.read() == ""
    assert alone.returncode == 0


def test_deliveries_are_put_into_words_over_there(receiver: Receiver) -> None:
    """In each receiver's language; several become one message."""
    spanish, english = address("turno", receiver.url), address("jefe", receiver.url, language="en")
    with closing(Courier([spanish, english], timeout=5.0)) as made:
        made.check()
        made.recipient("turno", 5).tell(samples.deliveries()[:1])
        made.recipient("jefe", 5).tell(samples.deliveries()[:1])
        made.recipient("turno", 5).tell(samples.storm(Kind.SILENCE))
    alone, in_english, together = receiver.arrived
    assert alone == WORDING.text(samples.deliveries()[0]).body
    assert in_english.startswith("WATER NOT POTABLE")
    assert together == WORDING.digest(samples.storm(Kind.SILENCE)).body


def test_what_the_utilitys_template_cannot_say_is_said_in_the_shipped_words(
    receiver: Receiver, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """And the log here says what is wrong with it, as a log over there would be nobody's."""
    broken = _own(tmp_path, "{% if delivery.sensor == 'norte/p-01' %}{{ oops }}{% endif %}agua")
    told = address("turno", receiver.url, templates=str(tmp_path))
    with closing(Courier([told], timeout=5.0)) as made:
        made.check()
        made.recipient("turno", 5).tell([UNTRIED])
    assert receiver.arrived == [WORDING.text(UNTRIED).body]
    [record] = [one for one in caplog.records if one.name == "alerts.direct"]
    assert record.levelname == "ERROR"
    assert record.getMessage() == f"receiver turno: {broken}:1: 'oops' is undefined; sent in the shipped words"


def test_a_template_without_end_costs_an_alarm_its_words(
    receiver: Receiver, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Not its sending; the next message has the utility's own words again, from the same process."""
    endless = _own(tmp_path, ENDLESS)
    with closing(Courier([address("turno", receiver.url, templates=str(tmp_path))], timeout=5.0)) as made:
        made.check()
        first = made.pid
        made.recipient("turno", 5).tell([UNTRIED])
        made.recipient("turno", 5).tell(samples.deliveries()[:1])
        assert made.pid == first
    assert receiver.arrived == [WORDING.text(UNTRIED).body, "agua"]
    assert f"{endless}: no end after 3 s; sent in the shipped words" in caplog.text


def test_templates_that_are_gone_cost_an_alarm_nothing_but_its_words(
    receiver: Receiver, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever has moved their folder finds out when the process starts again, which may be at any time."""
    _own(tmp_path / "textos", "agua")
    with closing(Courier([address("turno", receiver.url, templates=str(tmp_path / "textos"))], timeout=5.0)) as made:
        made.check()
        assert made.pid
        shutil.rmtree(tmp_path / "textos")
        os.kill(made.pid, signal.SIGKILL)
        turno = made.recipient("turno", 5)
        wait_until(lambda: _handed_over(lambda: turno.tell([UNTRIED])), "the shipped words")
    assert receiver.arrived == [WORDING.text(UNTRIED).body]
    assert "textos: no such folder; sent in the shipped words" in caplog.text


def test_a_template_that_was_made_endless_holds_up_a_new_start_once(receiver: Receiver, tmp_path: Path) -> None:
    """Not once for each of eight receivers: a message is not waited for so long, and would never be handed over."""
    _own(tmp_path, "agua")
    people = [address(f"turno-{n}", receiver.url, templates=str(tmp_path)) for n in range(7)]
    people.append(address("turno", receiver.url, templates=str(tmp_path)))
    with closing(Courier(people, timeout=5.0)) as made:
        made.check()
        assert made.pid
        (tmp_path / "es" / "agua_no_potable.txt").write_text(ENDLESS.replace("'norte/p-01'", "delivery.sensor"))
        os.kill(made.pid, signal.SIGKILL)
        turno = made.recipient("turno", 5)
        wait_until(lambda: _handed_over(lambda: turno.tell([UNTRIED])), "the shipped words")
    assert receiver.arrived == [WORDING.text(UNTRIED).body]


def test_a_broken_text_is_refused_at_once(tmp_path: Path) -> None:
    """Not at three in the morning; the language that only one receiver reads is tried too."""
    _own(tmp_path, "{{ oops }}", "en")
    people = [address(name, "json://127.0.0.1/", name, str(tmp_path)) for name in ("es", "en")]
    made = Courier(people, timeout=5.0)
    with closing(made), pytest.raises(ReceiverError, match=r"en/agua_no_potable\.txt:1: 'oops' is undefined"):
        made.check()


def test_a_folder_of_templates_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """Before anything is to be sent."""
    made = Courier([address("turno", "json://127.0.0.1/", templates=str(tmp_path / "none"))], timeout=5.0)
    with closing(made), pytest.raises(ReceiverError, match="no such folder"):
        made.check()


def test_a_plugin_that_breaks_is_an_answer(caplog: pytest.LogCaptureFixture) -> None:
    """What kind of error for whoever waits, where it broke for the log."""

    class Broken:
        name = "turno"

        def send(self, text: Text) -> None:
            raise ZeroDivisionError(text.body)

    pipe = io.BytesIO()
    line = {"number": 7, "text": {"title": "t", "body": "b", "tone": "failure"}}
    carrier.hand_over(Direct(Broken(), WORDING), line, carrier.Answers(pipe))
    assert json.loads(pipe.getvalue()) == {"number": 7, "error": "ZeroDivisionError"}
    assert "in send" in caplog.text


def _own(folder: Path, text: str, language: str = "es") -> Path:
    """Return the utility's own text of an alarm on the water."""
    path = folder / language / "agua_no_potable.txt"
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    return path


def _handed_over(attempt: Callable[[], None]) -> bool:
    try:
        attempt()
    except SendError:
        return False
    return True


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
