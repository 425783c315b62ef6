"""Puts a process's clock forward or back while it runs, by the number of seconds in a file.

Python imports a module of this name at start from PYTHONPATH. Only the wall clock jumps: the monotonic one never does.
"""

import os
import time
from pathlib import Path

if "FAULTS_CLOCK" in os.environ:
    _file = Path(os.environ["FAULTS_CLOCK"])
    _true_ns = time.time_ns

    def _jumped_ns() -> int:
        return _true_ns() + int(float(_file.read_text(encoding="ascii") or 0) * 1e9)

    time.time_ns = _jumped_ns
    time.time = lambda: _jumped_ns() / 1e9
