"""The planted truth: what each customer is like."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np
import pandas as pd

from crmlib.datasets._catalogue import CATEGORIES, COMPLEMENTS

if TYPE_CHECKING:
    import numpy.typing as npt

STUDENT_TOPS = 0.5
"""Share of the female students in their twenties whose favourite is tops."""


@attrs.frozen(kw_only=True)
class Behaviour:
    """How a kind of customer buys.

    Parameters
    ----------
    share : float
        Of all customers.
    joined_days, left_days : tuple of (int, int)
        First order, and last possible order, in days before the end; from
        the far to the near end of an even spread.
    gap_days : float
        Mean time between two orders.
    baseline, effect : float
        Probability to buy within 14 days, and what a message adds to it.
    """

    share: float
    joined_days: tuple[int, int]
    left_days: tuple[int, int]
    gap_days: float
    baseline: float
    effect: float


BEHAVIOURS = {
    "loyal": Behaviour(
        share=0.12, joined_days=(540, 360), left_days=(0, 0), gap_days=25,
        baseline=0.35, effect=0.06,
    ),
    "regular": Behaviour(
        share=0.25, joined_days=(540, 200), left_days=(0, 0), gap_days=60,
        baseline=0.16, effect=0.12,
    ),
    "new": Behaviour(
        share=0.12, joined_days=(45, 1), left_days=(0, 0), gap_days=40,
        baseline=0.12, effect=0.12,
    ),
    "one-time": Behaviour(
        share=0.20, joined_days=(500, 60), left_days=(0, 0), gap_days=1e6,
        baseline=0.03, effect=0.10,
    ),
    "lapsing": Behaviour(
        share=0.18, joined_days=(540, 400), left_days=(150, 60), gap_days=35,
        baseline=0.06, effect=0.25,
    ),
    "dormant": Behaviour(
        share=0.13, joined_days=(540, 420), left_days=(330, 200), gap_days=60,
        baseline=0.02, effect=0.14,
    ),
}  # fmt: skip

_HOURS = {
    "student": ((16, 22, 23), (0.3, 0.4, 0.3)),
    "office worker": ((12, 19, 21), (0.3, 0.2, 0.5)),
    "self-employed": ((9, 14, 20), (0.3, 0.3, 0.4)),
    "homemaker": ((10, 11, 14), (0.5, 0.3, 0.2)),
    "retired": ((9, 10, 15), (0.3, 0.4, 0.3)),
}
"""Favourite local hours by occupation, and their shares."""

_FAVOURITES = (0.30, 0.20, 0.14, 0.12, 0.12, 0.12)
"""Shares of the favourite categories, in the order of the catalogue."""


def draw_truth(rng: np.random.Generator, profiles: pd.DataFrame, effect: float) -> pd.DataFrame:
    """Draw what each customer of *profiles* is like.

    Returns
    -------
    DataFrame of shape (n_customers, 6), indexed by customer_id
        ``behaviour``, ``favourite_hour`` (local, 0 to 23),
        ``favourite_category``, ``complementary_category``,
        ``baseline_rate`` and ``treatment_effect`` (of a message on the
        probability to buy within 14 days).
    """
    n = len(profiles)
    kinds = list(BEHAVIOURS)
    shares = [BEHAVIOURS[kind].share for kind in kinds]
    behaviour = np.array(kinds, dtype=object)[rng.choice(len(kinds), n, p=shares)]
    favourite = _draw_favourites(rng, profiles)
    added = np.array([BEHAVIOURS[kind].effect for kind in behaviour]) * effect
    return pd.DataFrame(
        {
            "behaviour": behaviour,
            "favourite_hour": _draw_hours(rng, profiles),
            "favourite_category": favourite,
            "complementary_category": [COMPLEMENTS[category] for category in favourite],
            "baseline_rate": [BEHAVIOURS[kind].baseline for kind in behaviour],
            "treatment_effect": added,
        },
        index=pd.Index(profiles["customer_id"], name="customer_id"),
    ).astype({"behaviour": "str", "favourite_category": "str", "complementary_category": "str"})


def _draw_hours(rng: np.random.Generator, profiles: pd.DataFrame) -> npt.NDArray[np.int64]:
    occupations = profiles["occupation"].fillna("office worker")
    luck = rng.random(len(profiles))
    hours = np.zeros(len(profiles), dtype=np.int64)
    for occupation, (choices, shares) in _HOURS.items():
        who = (occupations == occupation).to_numpy()
        place = np.searchsorted(np.cumsum(shares)[:-1], luck[who], side="right")
        hours[who] = np.array(choices)[place]
    return hours


def _draw_favourites(rng: np.random.Generator, profiles: pd.DataFrame) -> npt.NDArray[np.object_]:
    n = len(profiles)
    favourites = np.array(CATEGORIES, dtype=object)[rng.choice(len(CATEGORIES), n, p=_FAVOURITES)]
    male = (profiles["gender"] == "male").to_numpy()
    favourites[male & (favourites == "dresses")] = "tops"
    student = (profiles["gender"] == "female") & (profiles["occupation"] == "student")
    favourites[student.to_numpy() & (rng.random(n) < STUDENT_TOPS)] = "tops"
    return favourites
