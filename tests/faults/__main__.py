"""`python -m tests.faults`: faults injected, invariants counted; `--seed N --only KIND` repeats a part of a run."""

import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated, Final

import typer

from tests.faults import rig as rigs
from tests.faults import table
from tests.faults.campaign import CRASHES, READY_S, Campaign, Report
from tests.faults.faults import ENDS_INGEST, FAULTS
from tests.faults.rig import Rig
from tests.faults.say import Clock

SOAK_CALM_S: Final = 20.0


def main(  # noqa: PLR0913, PLR0917 - options of a command
    seed: Annotated[int | None, typer.Option(help="Repeat the run of this seed.")] = None,
    only: Annotated[list[str] | None, typer.Option(help=f"Kind of fault: crashes, {', '.join(FAULTS)}.")] = None,
    times: Annotated[int, typer.Option(help="How often each kind.")] = 1,
    crashes: Annotated[int, typer.Option(help="How often each crash point.")] = CRASHES,
    rate: Annotated[float, typer.Option(help="Readings per second.")] = 500.0,
    sensors: Annotated[int, typer.Option(help="How many sensors speak.")] = 40,
    readings: Annotated[int, typer.Option(help="Least readings to publish.")] = 0,
    soak: Annotated[float, typer.Option(help="Minutes of random faults, one each 20 s, instead of the list.")] = 0.0,
    ready: Annotated[float, typer.Option(help="Seconds within which ingest must be ready after a fault.")] = READY_S,
    folder: Annotated[Path | None, typer.Option(help="Where logs, store and ledger are left.")] = None,
) -> None:
    """Run; exit 1 when an invariant is broken."""
    chosen = random.SystemRandom().randrange(10**6) if seed is None else seed
    place = folder or Path(tempfile.mkdtemp(prefix="vigia-faults-"))
    clock = Clock()
    clock.say(f"seed {chosen}; files in {place}")
    unknown = set(only or ()) - FAULTS.keys() - {"crashes"}
    if unknown:
        raise typer.BadParameter(f"no such fault: {', '.join(sorted(unknown))}")
    with rigs.running(place, chosen, sensors, rate) as rig:
        campaign = Campaign(rig, clock.say, ready)
        campaign.calm()
        if soak:
            _soak(campaign, rig, 60.0 * soak)
        else:
            if only is None or "crashes" in only:
                campaign.crashes(each=crashes)
            kinds = [kind for kind in FAULTS if only is None or kind in only] * times
            rig.chance.shuffle(kinds)
            campaign.faults(kinds)
            while rig.publisher.acknowledged < readings:
                campaign.calm(5.0)
        report = campaign.close()
    _tell(report, chosen, place)


def _soak(campaign: Campaign, rig: Rig, seconds: float) -> None:
    ends = time.monotonic() + seconds
    # A process that starts anew has flat memory: the faults of a soak leave this one alive.
    kinds = [kind for kind in FAULTS if kind not in ENDS_INGEST]
    while time.monotonic() < ends:
        campaign.watch()
        campaign.faults([rig.chance.choice(kinds)])
        campaign.calm(SOAK_CALM_S)


def _tell(report: Report, seed: int, place: Path) -> None:
    text = "\n".join(table.lines(report))
    (place / "report.md").write_text(text + "\n", encoding="utf-8")
    typer.echo(text)
    typer.echo(f"\nseed {seed}: {'all held' if report.clean else 'BROKEN'}; files in {place}")
    if not report.clean:
        sys.exit(1)


if __name__ == "__main__":
    typer.run(main)
