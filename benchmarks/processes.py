"""What a server and the processes it has started cost, as Linux tells it in /proc."""

import os
from pathlib import Path
from typing import Final

# Places in /proc/<pid>/stat behind the name, which stands in parentheses and may hold anything.
_PARENT: Final = 1
_USER: Final = 11
_SYSTEM: Final = 12


def can_tell() -> bool:
    """Return whether this system has such a /proc."""
    return Path("/proc/self/stat").exists()


def cpu_seconds(pid: int) -> float:
    """Return the processor time that a process and those it has started have taken so far."""
    ticks = sum(int(stat[_USER]) + int(stat[_SYSTEM]) for stat in _family(pid).values())
    return ticks / os.sysconf("SC_CLK_TCK")


def resident_mb(pid: int) -> float:
    """Return the megabytes of memory that a process and those it has started hold; what they share counts once."""
    return sum(_share_kb(member) for member in _family(pid)) * 1024 / 1e6


def started_by(pid: int) -> list[int]:
    """Return the ids of the processes that a process has started, and those of theirs, as long as they run."""
    return [member for member in _family(pid) if member != pid]


def own_mb() -> float:
    """Return the megabytes of memory that this process holds, without a look at all others; 0 where none can tell."""
    statm = Path("/proc/self/statm")
    return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6 if statm.exists() else 0.0


def _share_kb(pid: int) -> int:
    """Return what a process holds alone, and its share of what it holds with others; 0 for one that has ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def _family(pid: int) -> dict[int, list[str]]:
    """Return a process and those it has started, with what /proc says of each."""
    everybody = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            everybody[int(folder.name)] = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has ended in the meantime
    family, members = {}, [pid]
    while members:
        one = members.pop()
        if one in everybody:
            family[one] = everybody[one]
            members += [child for child, stat in everybody.items() if int(stat[_PARENT]) == one]
    return family
