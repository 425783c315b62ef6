"""When to try again (pure)."""

import random

FIRST = 1.0
LONGEST = 300.0


def delay(attempts: int, chance: random.Random) -> float:
    """Return seconds until the next attempt after `attempts` failed ones: 1 s doubling to 5 min, with jitter.

    Jitter takes off up to half, so that receivers that failed together do not come back together.
    """
    full = min(LONGEST, FIRST * 2.0 ** min(attempts - 1, 20))
    return full * (1.0 - 0.5 * chance.random())
