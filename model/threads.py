"""One thread for scoring: batches are small, and threads that wait for each other cost more than the work.

On two busy cores a single row took 3.7 to 8 ms with OpenBLAS and OpenMP at two threads each, 0.3 to 0.6 ms with one;
on quiet ones there is no difference.
"""

from threadpoolctl import threadpool_limits


def single() -> None:
    """Limit numpy's and XGBoost's native thread pools of this process to one thread; for entry points of services."""
    threadpool_limits(limits=1)  # type: ignore[no-untyped-call]
