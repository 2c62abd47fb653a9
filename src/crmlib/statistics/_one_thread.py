"""Threads: those of the libraries below are kept to one, where they would do harm."""

from __future__ import annotations

from threadpoolctl import threadpool_limits


def one_thread() -> threadpool_limits:
    """Keep scikit-learn and the linear algebra to one thread while this lasts.

    The threads of scikit-learn add up in any order, which would give other
    last digits at each run, and on samples they wait for one another longer
    than they work; small products of matrices are split for nothing.
    """
    return threadpool_limits(limits=1)  # type: ignore[no-untyped-call]  # it has no types
