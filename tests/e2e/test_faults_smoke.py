"""A small part of `make faults`: real processes, real faults, and the books that must balance afterwards."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults import rig as rigs
from tests.faults.campaign import Campaign, Report
from tests.faults.rig import Rig
from tests.faults.table import lines
from tests.waiting import PATIENCE_S, wait_until

SEED = 20261123

pytestmark = pytest.mark.usefixtures("mosquitto_here")


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    """Return a rig in which nobody speaks yet."""
    with rigs.running(tmp_path, SEED, sensors=20, rate=300.0) as made:
        yield made


def said(report: Report) -> str:
    """Return the tables, for whoever has to find out what broke."""
    return "\n".join(lines(report))


def test_dying_at_the_worst_moments_loses_and_repeats_nothing(rig: Rig) -> None:
    """Between score, commit and acknowledgement, and between sending and marking."""
    campaign = Campaign(rig, print, PATIENCE_S)
    campaign.calm(3.0)
    campaign.crashes(["after-score", "mid-transaction", "after-commit", "outbox-claimed", "after-send"], each=1)
    report = campaign.close()
    assert report.clean, said(report)


def test_a_bad_day_of_network_and_store_changes_no_alarm(rig: Rig) -> None:
    """Connections reset on both sides, a store locked and replaced, readings said twice, and things that are none."""
    campaign = Campaign(rig, print, PATIENCE_S)
    campaign.calm(3.0)
    campaign.faults(["publisher-cut", "store-locked", "net-reset", "store-replaced", "readings-twice", "payload-fuzz"])
    report = campaign.close()
    assert report.clean, said(report)


def test_nothing_is_acknowledged_that_is_not_stored(rig: Rig) -> None:
    """While another program holds the store ingest receives and waits; killed then, it gets everything again."""
    with contextlib.closing(sqlite3.connect(rig.consumer.store, timeout=30, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        rig.publisher.resume()
        wait_until(lambda: rig.consumer.metric("vigia_received_total") > 200)
        wait_until(lambda: not rig.consumer.ready())
        rig.publisher.pause()
        rig.consumer.kill()
        other.execute("ROLLBACK")
    rig.consumer.start()
    report = Campaign(rig, print, PATIENCE_S).close()
    assert report.clean, said(report)


def test_a_notification_is_owed_until_it_was_sent(rig: Rig) -> None:
    """Whoever dies just before sending sends after the next start."""
    rig.consumer.kill()
    rig.consumer.start("outbox-claimed")
    rig.publisher.resume()
    assert rig.consumer.wait() < 0
    rig.publisher.pause()
    assert rig.steady.told == []
    rig.consumer.start()
    report = Campaign(rig, print, PATIENCE_S).close()
    assert rig.steady.told
    assert report.clean, said(report)
