"""`python -m alerts` as somebody types it."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


class Receiver(ThreadingHTTPServer):
    """Answers with one status and keeps what it was sent."""

    daemon_threads = True
    status = 200

    def __init__(self) -> None:
        """Listen on a free port."""
        super().__init__(("127.0.0.1", 0), _Handler)
        self.messages: list[str] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        """Keep the message and answer."""
        self.server.messages.append(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["message"])
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Return a receiver that accepts everything."""
    with Receiver() as made:
        yield made
        made.shutdown()


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the program without any settings of this computer."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("VIGIA_")}
    command = [sys.executable, "-m", "alerts", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, env=clean, capture_output=True, text=True, timeout=60, check=False)


def config(folder: Path, port: int, more: str = "") -> Path:
    """Return a settings file with one receiver, whose URL has a token."""
    path = folder / "vigia.yaml"
    path.write_text(
        f"alerts:\n  receivers: [{{name: turno, url: 'json://user:s3cr3t@127.0.0.1:{port}/t0ken'}}]\n{more}",
        encoding="utf-8",
    )
    return path


def test_preview_shows_every_kind_and_change() -> None:
    """Without any settings."""
    shown = run("preview").stdout
    for part in ("agua_no_potable, escalated, confirmada", "falla_sensor, cleared, tecnica", "sin_datos, digest"):
        assert f"--- {part}\n" in shown
    assert "PRUEBA de Vigía" in shown


def test_preview_of_one_kind_in_english_as_markdown() -> None:
    """For the one who writes a template."""
    shown = run("preview", "--language", "en", "--kind", "sin_datos", "--markdown").stdout
    assert "**NO DATA · maipu-centro/p-07 · nothing for 2 min 30 s**\n" in shown
    assert "WATER" not in shown


def test_preview_says_where_a_template_is_broken(tmp_path: Path) -> None:
    """File and line."""
    (tmp_path / "es").mkdir()
    (tmp_path / "es" / "sin_datos.txt").write_text("x\n{{ oops }}", encoding="utf-8")
    ended = run("preview", "--config", config(tmp_path, 1, f"  templates: {tmp_path}\n"))
    assert (ended.returncode, ended.stderr) == (
        2,
        f"error: {tmp_path}/es/sin_datos.txt:2: 'oops' is undefined\n",
    )


def test_a_test_message_arrives_and_says_so(receiver: Receiver, tmp_path: Path) -> None:
    """One message, and no alarm."""
    ended = run("test-receiver", "turno", "--config", config(tmp_path, receiver.server_port))
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "receiver turno: handed over\n", "")
    (message,) = receiver.messages
    assert message.startswith("PRUEBA de Vigía · receptor turno · no hay ninguna alarma\n")


def test_a_test_message_that_is_refused_says_so_without_the_url(receiver: Receiver, tmp_path: Path) -> None:
    """Its URL holds secrets."""
    receiver.status = 500
    ended = run("test-receiver", "turno", "--config", config(tmp_path, receiver.server_port))
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == "receiver turno: not handed over: refused or out of reach\n"


def test_a_receiver_of_another_name_is_not_there(tmp_path: Path) -> None:
    """And those that are are named."""
    ended = run("test-receiver", "jefe", "--config", config(tmp_path, 1))
    assert (ended.returncode, ended.stderr) == (2, "error: no receiver is named jefe; there are: turno\n")
