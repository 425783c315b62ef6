"""Samples that come together are scored together, and nobody who waits is forgotten."""

import asyncio
from pathlib import Path

import pytest

from alerts import norms
from api.judge import Judge
from model.classifier import Classifier
from model.sample import Matrix, Values, values_of
from model.verdict import Vector

GOOD = values_of({"ph": 7.5})
BAD = values_of({"ph": 10.0})


class Watched(Classifier):
    """A classifier that notes how many rows each call had, and fails on demand."""

    sizes: list[int]
    broken = False

    def log_odds(self, rows: Matrix) -> Vector:
        """Score as ever."""
        if self.broken:
            raise RuntimeError("trees on fire")
        self.sizes = [*getattr(self, "sizes", []), len(rows)]
        return super().log_odds(rows)


@pytest.fixture
def classifier(small_bundle: Path) -> Watched:
    """Return a watched classifier that has scored nothing but its golden set."""
    watched = Watched.load(small_bundle)
    watched.sizes = []
    return watched


def judge(classifier: Classifier) -> Judge:
    """Return a judge at the bundle's own prior."""
    return Judge(classifier, classifier.decision(), norms.load())


async def verdicts(judging: Judge, *samples: Values) -> list[bool | BaseException]:
    """Return the verdicts on samples that come in the same turn of the event loop."""
    return await asyncio.gather(*(judging.potable(values) for values in samples), return_exceptions=True)


def test_samples_of_one_turn_are_one_call_and_keep_their_order(classifier: Watched) -> None:
    """Three clients at once cost one call into XGBoost."""
    assert asyncio.run(verdicts(judge(classifier), GOOD, BAD, GOOD)) == [True, False, True]
    assert classifier.sizes == [3]


def test_a_failure_reaches_everyone_who_waits_and_the_next_sample_is_judged(classifier: Watched) -> None:
    """Nobody hangs for ever."""

    async def scenario() -> None:
        judging = judge(classifier)
        classifier.broken = True
        assert [type(one) for one in await verdicts(judging, GOOD, BAD)] == [RuntimeError, RuntimeError]
        classifier.broken = False
        assert await verdicts(judging, GOOD) == [True]

    asyncio.run(scenario())


def test_a_client_that_hangs_up_takes_nobody_with_it(classifier: Watched) -> None:
    """Its sample is scored with the others and told to nobody."""

    async def scenario() -> None:
        judging = judge(classifier)
        leaving = asyncio.create_task(judging.potable(GOOD))
        staying = asyncio.create_task(judging.potable(BAD))
        await asyncio.sleep(0)
        leaving.cancel()
        assert await staying is False

    asyncio.run(scenario())


def test_an_explanation_agrees_with_the_verdict(classifier: Watched) -> None:
    """And names what drove it."""
    explained = asyncio.run(judge(classifier).explain(BAD))
    assert explained.potable is False
    assert explained.probability > 0.5
    assert explained.contributions[0].name == "ph"
    assert {e.norm.name for e in explained.exceedances} == {"NCh 409/1.Of2005", "EPA SMCL"}
