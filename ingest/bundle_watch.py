"""A new model without a restart: notices a changed bundle, checks and loads it aside, and offers it between batches.

A bundle that must not be used changes nothing: the old one serves on, and the log says why, once for each attempt to
put one in place.
"""

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final, Generic, Protocol, TypeAlias, TypeVar

from prometheus_client import CollectorRegistry, Counter

from model.bundle import METADATA, TREES, BundleError, Metadata
from model.classifier import Classifier

log = logging.getLogger(__name__)

POLL_S: Final = 2.0
SAME_VERSION: Final = "same_version"
REASONS: Final = (
    *("missing", "metadata", "format", "features", "version", "checksum", "trees", "golden"),
    SAME_VERSION,
    "internal_error",
)
"""`BundleError.reason`, and two of our own: what a reading is marked with must tell one model from another."""

_Look: TypeAlias = tuple[tuple[int, int, int], ...]


class Judging(Protocol):
    """Whatever judges by a classifier."""

    @property
    def classifier(self) -> Classifier:
        """The classifier."""


Judge = TypeVar("Judge", bound=Judging)


class BundleWatch(threading.Thread, Generic[Judge]):
    """Looks at the bundle's folder every `POLL_S` seconds; ask `fresh` between batches."""

    def __init__(
        self, folder: Path, judge: Judge | None, load: Callable[[], Judge], registry: CollectorRegistry
    ) -> None:
        """Take the judge at work, if there is one; `load` makes one from the folder or raises BundleError.

        `start` it to begin.
        """
        super().__init__(name="bundle-watch", daemon=True)
        self._folder = folder
        self._load = load
        self._metadata: Metadata | None = None if judge is None else judge.classifier.metadata
        self._seen = self._stat()
        self._lock = threading.Lock()
        self._offered: Judge | None = None
        self._ended = threading.Event()
        self._refused = Counter(
            "vigia_bundle_refused_total", "Bundles that were not put to work.", ("reason",), registry=registry
        )
        self._swapped = Counter(
            "vigia_bundle_loaded_total", "Bundles put to work without a restart.", registry=registry
        )
        for reason in REASONS:
            self._refused.labels(reason)

    def fresh(self) -> Judge | None:
        """Return a judge that has not been returned before, or None; costs next to nothing."""
        if self._offered is None:
            return None
        with self._lock:
            fresh, self._offered = self._offered, None
        return fresh

    def look(self) -> None:
        """Load the bundle if its files have changed since the last look."""
        now = self._stat()
        if now == self._seen:
            return
        self._seen = now
        try:
            judge = self._load()
            self._check(judge)
        except BundleError as error:
            self._refuse(error.reason, str(error))
        except Exception as error:  # whatever a bundle does, the old one serves on and the next one is looked at
            log.exception("the bundle in %s broke our own code", self._folder)
            self._refuse("internal_error", type(error).__name__)
        else:
            self._offer(judge)

    def run(self) -> None:
        """Look until stopped."""
        while not self._ended.wait(POLL_S):
            self.look()

    def stop(self) -> None:
        """End; safe when it was never started."""
        self._ended.set()

    def _check(self, judge: Judge) -> None:
        fresh = judge.classifier.metadata
        at_work = self._metadata
        if at_work is not None and fresh != at_work and fresh.version == at_work.version:
            detail = f"{self._folder} holds another model under the version {fresh.version}, which is at work"
            raise BundleError(SAME_VERSION, detail)

    def _offer(self, judge: Judge) -> None:
        fresh, old = judge.classifier.metadata, self._metadata
        if fresh == old:
            return
        log.warning("model %s takes over from %s", fresh.version, self._version)
        self._metadata = fresh
        self._swapped.inc()
        with self._lock:
            self._offered = judge

    def _refuse(self, reason: str, detail: str) -> None:
        log.error("the bundle in %s is not put to work, %s serves on: %s", self._folder, self._version, detail)
        self._refused.labels(reason).inc()

    @property
    def _version(self) -> str:
        """The version that is at work."""
        return "none" if self._metadata is None else self._metadata.version

    def _stat(self) -> _Look:
        """Return what changes when a file is written or replaced, whichever of the two comes last."""
        seen = []
        for name in (METADATA, TREES):
            try:
                known = (self._folder / name).stat()
            except OSError:
                seen.append((0, 0, 0))
            else:
                seen.append((known.st_ino, known.st_size, known.st_mtime_ns))
        return tuple(seen)
