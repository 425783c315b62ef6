"""Who judges: the model found at start, and after it each good one that is put in its place, without a restart."""

import asyncio
import logging

from alerts.norms import Norms
from api.judge import Judge
from api.metrics import Metrics
from api.problems import Mistake, Problem
from ingest.bundle_watch import POLL_S, BundleWatch
from model.bundle import BundleError
from model.classifier import Classifier
from settings.schema import Model

log = logging.getLogger(__name__)


class Bench:
    """Where the judge sits, or the reason why there is none: the service starts and explains itself without one.

    Whoever needs the judge in several steps takes it once: by the next one another may sit there.
    """

    def __init__(self, settings: Model, norms: Norms, metrics: Metrics) -> None:
        """Seat the judge of the bundle that the settings name; one that cannot be used is logged."""
        self.judge: Judge | None = None
        self.reason = ""
        self._settings = settings
        self._norms = norms
        self._metrics = metrics
        try:
            self._seat(self._load())
        except BundleError as error:
            log.error("no usable model, /potabilidad answers 503: %s", error)  # noqa: TRY400 - the text says it all
        self._watch = BundleWatch(settings.dir, self.judge, self._load, metrics.registry)

    def seated(self) -> Judge:
        """Return the judge.

        Raises:
            Problem: 503 when there is none.

        """
        if self.judge is None:
            raise Problem(503, Mistake("no_model", facts={"reason": self.reason}))
        return self.judge

    async def follow(self) -> None:
        """Look for another bundle every `POLL_S` seconds until cancelled; `BundleWatch` says what is refused.

        It is loaded aside, on a thread, and seated between two steps of the event loop: no request sees half of it,
        and one that has begun keeps its judge.
        """
        while True:
            await asyncio.sleep(POLL_S)
            await asyncio.to_thread(self._watch.look)
            fresh = self._watch.fresh()
            if fresh is not None:
                self._seat(fresh)
                fresh.tell_rates()

    def _load(self) -> Judge:
        try:
            classifier = Classifier.load(self._settings.dir)
        except BundleError as error:
            self.reason = error.reason  # told only while nobody sits
            raise
        return Judge(classifier, classifier.decision(self._settings.prior), self._norms)

    def _seat(self, judge: Judge) -> None:
        self.judge = judge
        self._metrics.judging_with(judge.metadata)
