"""What a server and the processes it has started cost, as Linux tells it in /proc."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

# Places in /proc/<pid>/stat behind the name, which stands in parentheses and may hold anything.
_PARENT: Final = 1
_USER: Final = 11
_SYSTEM: Final = 12
_PAGES: Final = 21


def can_tell() -> bool:
    """Return whether this system has such a /proc."""
    return Path("/proc/self/stat").exists()


def cpu_seconds(pid: int) -> float:
    """Return the processor time that a process and those it has started have taken so far."""
    ticks = sum(int(stat[_USER]) + int(stat[_SYSTEM]) for stat in _family(pid))
    return ticks / os.sysconf("SC_CLK_TCK")


def resident_mb(pid: int) -> float:
    """Return the megabytes of memory that a process and those it has started hold."""
    return sum(int(stat[_PAGES]) for stat in _family(pid)) * os.sysconf("SC_PAGE_SIZE") / 1e6


def own_mb() -> float:
    """Return the megabytes of memory that this process holds, without a look at all others; 0 where none can tell."""
    statm = Path("/proc/self/statm")
    return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6 if statm.exists() else 0.0


def _family(pid: int) -> Iterator[list[str]]:
    everybody = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            everybody[int(folder.name)] = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has ended in the meantime
    members = [pid]
    while members:
        one = members.pop()
        if one in everybody:
            yield everybody[one]
            members += [child for child, stat in everybody.items() if int(stat[_PARENT]) == one]
