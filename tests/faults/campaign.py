"""The order of events: a calm while, each crash point, each fault, and the books closed."""

import signal
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from ingest.crash import POINTS
from tests.faults import invariants
from tests.faults.faults import FAULTS, FOR_RECEIVERS, NEEDS_DISK, UNNOTICED
from tests.faults.invariants import Finding
from tests.faults.process import LateError, until
from tests.faults.rig import Rig, Window

CALM_S: Final = 15.0
CRASHES: Final = 5
BACK_OFF_S: Final = 5.0
"""What failed last is tried again within it."""
LIKELY: Final = {"outbox-claimed": 0.1, "after-send": 0.1}
USUAL: Final = 0.05
"""Per batch, so that a process dies after some twenty, not at its first."""
CRASH_S: Final = 60.0
READY_S: Final = 10.0
"""The objective: ingest serves again so soon after it was killed or the broker is back."""


@dataclass(slots=True)
class Outcome:
    """What a kind of fault was like: how often, how long it lasted, how long until all was well, what went wrong."""

    kind: str
    lasted: list[float] = field(default_factory=list)
    recovered: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Report:
    """All of a campaign."""

    outcomes: list[Outcome]
    findings: list[Finding]
    memory: list[tuple[float, int, int]]

    @property
    def clean(self) -> bool:
        """Whether nothing went wrong."""
        return not any(one.violations for one in self.findings) and not any(one.failures for one in self.outcomes)


class Campaign:
    """Runs the phases, and remembers."""

    def __init__(self, rig: Rig, say: Callable[[str], None], ready_s: float = READY_S) -> None:
        """Take a rig that runs; `say` tells people where we are, and `ready_s` is how soon all must be well again."""
        self._rig = rig
        self._ready_s = ready_s
        self._say = say
        self._outcomes: dict[str, Outcome] = {}
        self._memory: list[tuple[float, int, int]] = []

    def calm(self, seconds: float = CALM_S) -> None:
        """Let it run without any fault."""
        self._rig.publisher.resume()
        self._say(f"calm for {seconds:.0f} s")
        time.sleep(seconds)

    def crashes(self, points: Iterable[str] = POINTS, each: int = CRASHES) -> None:
        """Let it die at each point so many times."""
        self._rig.consumer.kill()
        try:
            for point in points:
                for _ in range(each):
                    self._crash(point)
        finally:
            self._rig.consumer.start()
        self._well(self._outcomes.setdefault("after all crashes", Outcome("after all crashes")))

    def faults(self, kinds: Iterable[str]) -> None:
        """Run faults in this order."""
        for kind in kinds:
            if kind in NEEDS_DISK and not self._rig.disk.mounted:
                self._say(f"{kind}: left out, it needs the right to mount a disk of its own")
            else:
                self._fault(kind)

    def watch(self) -> None:
        """Note memory and threads of ingest."""
        self._memory.append((time.time(), *self._rig.consumer.memory_and_threads()))

    def close(self) -> Report:
        """Let everything end, and check the invariants."""
        self._say("draining, then the books")
        end = self._outcomes.setdefault("(the end)", Outcome("(the end)"))
        try:
            self._rig.drained()
        except LateError as error:
            end.failures.append(str(error))
        exits = self._rig.consumer.unexpected
        if exits:
            end.failures.append(f"ended by itself: {exits}")
        report = Report(list(self._outcomes.values()), invariants.check(self._rig), self._memory)
        if not report.clean:
            self._rig.keep()
        return report

    def _crash(self, point: str) -> None:
        """Start a process that will die at a point, which takes over from one that has died at another."""
        rig, consumer = self._rig, self._rig.consumer
        outcome = self._outcomes.setdefault(f"crash:{point}", Outcome(f"crash:{point}"))
        began, clock = time.time(), time.monotonic()
        consumer.start(f"{point}:{LIKELY.get(point, USUAL)}")
        try:
            # It may die before anybody has asked it whether it is ready.
            until(lambda: consumer.has_ended() or consumer.ready(), CRASH_S, "ready before it died")
            self._is_back(outcome, time.monotonic() - clock)
            code = consumer.wait(CRASH_S)
            if code != -signal.SIGKILL:
                outcome.failures.append(f"exit code {code}")
        except LateError as error:
            outcome.failures.append(str(error))
            consumer.kill()
        outcome.lasted.append(time.monotonic() - clock)
        rig.troubled.append(Window(began, time.time()))
        self._say(f"crash:{point}: after {outcome.lasted[-1]:.1f} s, {rig.store.count()} stored")

    def _fault(self, kind: str) -> None:
        rig = self._rig
        outcome = self._outcomes.setdefault(kind, Outcome(kind))
        began = time.time()
        try:
            FAULTS[kind](rig)
        except (AssertionError, LateError) as error:
            outcome.failures.append(str(error))
        outcome.lasted.append(time.time() - began)
        rig.calm()
        back = self._well(outcome)
        if kind in FOR_RECEIVERS:
            time.sleep(BACK_OFF_S)
        if kind not in UNNOTICED:
            rig.troubled.append(Window(began, time.time()))
        self._say(f"{kind}: {outcome.lasted[-1]:.1f} s, ready again after {back:.1f} s, {rig.store.count()} stored")

    def _well(self, outcome: Outcome) -> float:
        """Wait until ingest is ready and stores what comes; return the seconds until it was ready."""
        try:
            back = self._rig.recovered()
            self._rig.caught_up()
        except LateError as error:
            outcome.failures.append(str(error))
            back = float("inf")
            # The next fault must find it at work.
            self._rig.consumer.end()
            self._rig.consumer.start()
        self._is_back(outcome, back)
        return back

    def _is_back(self, outcome: Outcome, after_s: float) -> None:
        outcome.recovered.append(after_s)
        if after_s > self._ready_s:
            outcome.failures.append(f"ready only after {after_s:.1f} s")
