"""What a competitor writes down of a trial, in its own process: how many messages, when, and at what cost."""

import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self


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
    """Says `ready` and `done` on standard output; leaves `record.json`, and `times.txt` where times are wanted."""

    def __init__(self, task: Task) -> None:
        """Count nothing yet."""
        self._task = task
        self._dealt = 0
        self._notes: list[tuple[int, Sequence[bytes]]] = []
        self._began = self._cpu = 0

    def begin(self) -> None:
        """Start the clock: the competitor connects now."""
        self._began, self._cpu = time.monotonic_ns(), time.process_time_ns()

    def ready(self) -> None:
        """Say that it is subscribed."""
        _say("ready")

    def dealt(self, payloads: Sequence[bytes]) -> None:
        """Count messages that are dealt with as of now: decided, committed, to be acknowledged."""
        now = time.monotonic_ns()
        if self._task.times:
            self._notes.append((now, payloads))
        self._dealt += len(payloads)
        if self._dealt - len(payloads) < self._task.expected <= self._dealt:
            self._finish(now)

    def _finish(self, now: int) -> None:
        cpu = time.process_time_ns() - self._cpu
        facts = {"seconds": (now - self._began) / 1e9, "cpu_us": cpu / 1e3 / self._dealt, "dealt": self._dealt}
        (self._task.folder / "record.json").write_text(json.dumps(facts), encoding="ascii")
        with (self._task.folder / "times.txt").open("w", encoding="ascii") as file:
            for at, payloads in self._notes:
                file.writelines(f"{_number(payload)} {at}\n" for payload in payloads)
        _say("done")


def _number(payload: bytes) -> int:
    return int(json.loads(payload)["seq"])


def _say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()
