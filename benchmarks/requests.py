"""Sends one request over and over on some connections: with wrk where it is installed, else with a client of our own.

Both wait for each answer before the next request of a connection, and count only answers of status 200.
"""

import asyncio
import json
import shutil
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import uvloop

# What wrk runs: percentiles in µs, then requests, µs, and answers that were no success.
_SCRIPT: Final = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = [==[%s]==]
done = function(summary, latency)
  local failed = summary.errors
  print(string.format("figures [%%d, %%d, %%d, %%d, %%d]", latency:percentile(50), latency:percentile(99),
    summary.requests, summary.duration, failed.status + failed.connect + failed.read + failed.timeout))
end
"""


class FailedError(Exception):
    """A server that did not answer every request with 200."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where to send what."""

    port: int
    path: str
    body: str


def client() -> str:
    """Return who sends the requests."""
    return "wrk" if shutil.which("wrk") else "own"


def measure(target: Target, connections: int, seconds: float) -> dict[str, float]:
    """Return requests/s, and p50 and p99 of the time to an answer in ms; raises FailedError."""
    if client() == "wrk":
        p50, p99, requests, took, failed = _wrk(target, connections, seconds)
        if failed:
            raise FailedError(f"{failed:.0f} answers of {target.path} were not 200")
        return {"requests/s": requests / took * 1e6, "p50 ms": p50 / 1e3, "p99 ms": p99 / 1e3}
    times = uvloop.run(_send(target, connections, seconds))
    cuts = statistics.quantiles(times, n=100)
    return {"requests/s": len(times) / seconds, "p50 ms": cuts[49] * 1e3, "p99 ms": cuts[98] * 1e3}


def _wrk(target: Target, connections: int, seconds: float) -> list[float]:
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "post.lua"
        script.write_text(_SCRIPT % target.body, encoding="utf-8")
        url = f"http://127.0.0.1:{target.port}{target.path}"
        command = ["wrk", "-t1", "--timeout", "10s", f"-c{connections}", f"-d{seconds:.0f}s", "-s", str(script), url]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603
    figures: list[float] = json.loads(said.partition("figures ")[2])
    return figures


async def _send(target: Target, connections: int, seconds: float) -> list[float]:
    body = target.body.encode()
    head = (
        f"POST {target.path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    )
    request = head.encode() + b"\r\n" + body
    end = time.perf_counter() + seconds
    loops = [_one_connection(target.port, request, end) for _ in range(connections)]
    return [took for times in await asyncio.gather(*loops) for took in times]


async def _one_connection(port: int, request: bytes, end: float) -> list[float]:
    times = []
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while (began := time.perf_counter()) < end:
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        await reader.readexactly(int(head.partition(b"content-length:")[2].split(b"\r\n")[0]))
        if not head.startswith(b"http/1.1 200"):
            raise FailedError(head.decode(errors="replace"))
        times.append(time.perf_counter() - began)
    writer.close()
    return times
