"""What a competitor writes down of a trial, in its own process: how many messages, when, and at what cost."""

import json
import os
import sys
import time
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from benchmarks import processes

EVERY_S: Final = 10
"""Seconds between two looks at the memory."""


@dataclass(frozen=True, slots=True)
class Task:
    """What a competitor is told on its command line: the broker, its session, how many messages, and its folder.

    With `times` it notes when each message was dealt with; without, only how many there were.
    """

    host: str
    port: int
    client_id: str
    expected: int
    times: bool
    folder: Path

    @classmethod
    def given(cls) -> Self:
        """Read it from the environment, where `benchmarks.trial` has put it."""
        return cls(**{**json.loads(os.environ["BENCHMARK_TASK"]), "folder": Path(os.environ["BENCHMARK_FOLDER"])})


class Record:
    """Says `ready` and `done` on standard output; leaves `record.json`, and `times.bin` where times are wanted.

    Times: two numbers of 64 bits for each batch, ns of the monotonic clock and messages so far. Messages come in the
    order in which they were published, and each once: the number of the last one is compared.
    """

    def __init__(self, task: Task) -> None:
        """Count nothing yet."""
        self._task = task
        self._dealt = 0
        self._times = array("q")
        self._began = self._cpu = 0
        self._resident_mb: list[float] = []
        self._looked = 0

    def begin(self) -> None:
        """Start the clock: the competitor connects now."""
        self._began, self._cpu = time.monotonic_ns(), time.process_time_ns()

    def ready(self) -> None:
        """Say that it is subscribed."""
        _say("ready")

    def dealt(self, payloads: Sequence[bytes]) -> None:
        """Count messages that are dealt with as of now: decided, committed, to be acknowledged."""
        now = time.monotonic_ns()
        self._dealt += len(payloads)
        if self._task.times:
            self._times.extend((now, self._dealt))
            if now - self._looked > EVERY_S * 10**9:
                self._looked = now
                self._resident_mb.append(processes.own_mb())
        if self._dealt - len(payloads) < self._task.expected <= self._dealt:
            self._finish(now, _number(payloads[-1]))

    def _finish(self, now: int, last: int) -> None:
        cpu = time.process_time_ns() - self._cpu
        facts = {
            "seconds": (now - self._began) / 1e9,
            "cpu_us": cpu / 1e3 / self._dealt,
            "dealt": self._dealt,
            "resident_mb": self._resident_mb,
        }
        if self._task.times:
            if last != self._dealt:
                sys.exit(f"message {last} was the {self._dealt}th: the times of this trial mean nothing")
            (self._task.folder / "times.bin").write_bytes(self._times.tobytes())
        (self._task.folder / "record.json").write_text(json.dumps(facts), encoding="ascii")
        _say("done")


def _number(payload: bytes) -> int:
    return int(json.loads(payload)["seq"])


def _say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()
