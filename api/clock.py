"""The time of the HTTP service."""

import time


def now_us() -> int:
    """Return the time in UTC microseconds since 1970, as the store keeps times."""
    return time.time_ns() // 1_000
