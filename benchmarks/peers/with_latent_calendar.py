"""Foretell the hours of customers' weeks by latent-calendar, for benchmarks/timing_hour.py.

``with_latent_calendar.py visits.npz``: counts of the hours of the week by
customer, all and those of the last 90 days apart.  The number of components
is the one that foretells the last 90 days best from what came before.
"""

from __future__ import annotations

import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
from latent_calendar import LatentCalendar
from latent_calendar.model.latent_calendar import ConjugateModel

COMPONENTS = (1, 2, 4, 6, 10)


def main(path: Path) -> None:
    """Fit, and write what is foretold of each customer."""
    with np.load(path) as given:
        early, late = given["early"], given["late"]
    losses = {}
    for n_components in COMPONENTS:
        foretold = make(n_components).fit(early).predict(early)
        losses[n_components] = -(late * np.log(foretold)).sum() / late.sum()
    best = min(losses, key=losses.__getitem__)
    everything = early + late
    prior = ((everything > 0).sum(axis=0) + 1) / (len(everything) + 1)  # its own, and one more
    np.savez(
        path.with_name("foretold.npz"),
        latent=make(best).fit(everything).predict(everything),
        conjugate=ConjugateModel(a=prior).fit(everything).predict(everything),
        n_components=best,
        version=version("latent-calendar"),
    )


def make(n_components: int) -> LatentCalendar:
    """Make its model, with 30 iterations to converge."""
    return LatentCalendar(n_components=n_components, max_iter=30, random_state=0)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
