"""Faults of the model's files while ingest runs: a flipped bit, half a file, and another version."""

import shutil
import time

from model import bundle
from model.bundle import METADATA, TREES
from tests.faults.fault import LASTS_S
from tests.faults.process import until
from tests.faults.rig import CHAMPION, PATIENCE_S, Rig


def bundle_flipped(rig: Rig) -> None:
    """Turn a bit of the trees on the disk."""
    path = rig.bundle / TREES
    whole = bytearray(path.read_bytes())
    whole[rig.chance.randrange(len(whole))] ^= 1 << rig.chance.randrange(8)
    path.write_bytes(whole)
    _touched(rig)


def bundle_truncated(rig: Rig) -> None:
    """Cut the metadata off."""
    path = rig.bundle / METADATA
    path.write_bytes(path.read_bytes()[: rig.chance.randrange(5_000)])
    _touched(rig)


def bundle_replaced(rig: Rig) -> None:
    """Put another version into place, which takes over without a restart, and then the old one again."""
    shipped = bundle.read(CHAMPION)
    for version in (f"{shipped.metadata.version}-b", shipped.metadata.version):
        metadata = shipped.metadata.model_copy(update={"version": version})
        bundle.write(rig.bundle, metadata, shipped.trees, "# The same trees\n")
        until(lambda: rig.store.version() == version, PATIENCE_S, f"readings judged by {version}")  # noqa: B023


def _touched(rig: Rig) -> None:
    (rig.bundle / METADATA).touch()
    time.sleep(LASTS_S)
    assert rig.consumer.ready(), "a bad bundle on the disk must leave the good one at work"
    for name in (TREES, METADATA):
        shutil.copy(CHAMPION / name, rig.bundle / name)
