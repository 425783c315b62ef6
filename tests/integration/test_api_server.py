"""The program itself: `python -m api` on a free port, spoken to over real sockets."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

ROOT = Path(__file__).parents[2]


def start(module: str, bundle: Path, *options: str) -> tuple[subprocess.Popen[str], list[str]]:
    """Start the program; return it with its log up to the rates, or to its end."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("VIGIA_")}
    process = subprocess.Popen(
        [sys.executable, "-m", module, "--port", "0", *options],
        cwd=ROOT,
        env={**environment, "VIGIA_MODEL__DIR": str(bundle)},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr
    lines = []
    for line in process.stderr:
        lines.append(line)
        if "detection" in line:
            break
    return process, lines


@pytest.fixture(scope="module", params=["api", "api.main"])
def service(request: pytest.FixtureRequest, small_bundle: Path) -> Iterator[list[str]]:
    """Run the program, by either of its names; return the first lines of its log."""
    process, lines = start(request.param, small_bundle)
    yield lines
    process.terminate()
    _, rest = process.communicate(timeout=20)
    assert process.returncode == 0
    assert "Traceback" not in rest


def address(lines: list[str]) -> tuple[str, int]:
    """Return where the service says that its page is."""
    url = next(word for line in lines for word in line.split() if word.startswith("http://"))
    host, port = url.removeprefix("http://").rstrip("/").split(":")
    return host, int(port)


def test_it_can_be_ended_before_it_serves(small_bundle: Path) -> None:
    """From its first lines on, also where no signal has a default: as process 1 of a container."""
    process, _ = start("api", small_bundle)
    process.terminate()
    process.communicate(timeout=20)
    assert process.returncode == 0


def exchange(service: list[str], request: bytes) -> bytes:
    """Return all that the service answers to raw bytes before it closes."""
    with socket.create_connection(address(service), timeout=10) as connection:
        connection.sendall(request)
        received = b""
        while chunk := connection.recv(65_536):
            received += chunk
    return received


def test_the_first_lines_tell_version_model_page_and_rates(service: list[str]) -> None:
    """Before anything is asked of it."""
    text = "".join(service)
    assert "Vigía 0.1.0, model 0-small" in text
    assert "page http://127.0.0.1:" in text
    assert "false alarms" in text


def test_a_sample_is_judged_over_a_socket(service: list[str]) -> None:
    """The address in the log is the one to use."""
    host, port = address(service)
    answer = httpx2.post(f"http://{host}:{port}/potabilidad/", json={"ph": 7.5})
    assert answer.status_code == 200
    assert answer.content == b'{"potabilidad": 1}'


def test_what_is_no_http_gets_400_and_the_service_lives_on(service: list[str]) -> None:
    """Here the start of a TLS handshake."""
    assert exchange(service, b"\x16\x03\x01 hello\r\n\r\n").startswith(b"HTTP/1.1 400")
    host, port = address(service)
    assert httpx2.get(f"http://{host}:{port}/livez").status_code == 200


def test_a_proxy_may_say_how_the_client_came(service: list[str]) -> None:
    """Links then lead where the client can follow."""
    host, port = address(service)
    page = httpx2.get(f"http://{host}:{port}/comprobacion", headers={"X-Forwarded-Proto": "https"}).text
    assert f"https://{host}:{port}/potabilidad" in page


def test_a_large_body_is_refused_before_it_is_read(service: list[str]) -> None:
    """The announced gigabyte is never waited for."""
    head = b"POST /potabilidad HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\nConnection: close\r\n\r\n"
    assert exchange(service, head).startswith(b"HTTP/1.1 413")


def test_a_taken_port_ends_the_program_with_the_reason(small_bundle: Path) -> None:
    """Exit status 3 is uvicorn's for a failed start."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        process, lines = start("api", small_bundle, "--port", str(taken.getsockname()[1]))
        assert process.wait(timeout=20) == 3
        assert process.stderr
        process.stderr.close()
    assert "address already in use" in "".join(lines).lower()


def test_wrong_settings_are_named(small_bundle: Path) -> None:
    """In one line, without a traceback."""
    process, lines = start("api", small_bundle, "--host", "127.0.0.1", "--config", "no-such.yaml")
    assert process.wait(timeout=20) == 2
    assert process.stderr
    process.stderr.close()
    assert "no-such.yaml" in "".join(lines)
