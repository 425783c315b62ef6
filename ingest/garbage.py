"""Python's cycle collector, held still where readings pass.

A pass over all that numpy, scipy and SQLAlchemy leave in memory stops the line for about 40 ms, whenever it likes. What
is there at start stays, so it is frozen; what readings leave behind is freed by reference counts; and the few cycles
that exceptions make are collected among the newest objects alone, when the line looks up.
"""

import gc


def hold_still() -> None:
    """Collect once, take everything that is left for permanent, and let the collector start by itself no more."""
    gc.collect()
    gc.freeze()
    gc.disable()


def sweep() -> None:
    """Collect what was left since the last sweep; what survives is taken for permanent."""
    gc.collect(1)
    gc.freeze()
