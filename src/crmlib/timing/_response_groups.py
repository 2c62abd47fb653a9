"""Who gets the hour of all, an hour by lot, or an hour of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from crmlib.exceptions import InvalidParameterError
from crmlib.statistics import hashed_uniforms

if TYPE_CHECKING:
    import numpy.typing as npt

CONTROL: Final = "control"
RANDOM: Final = "random"
OPTIMISED: Final = "optimised"


def draw_groups(
    customer_ids: pd.Index, salt: str, *, exploration: float, control: float
) -> pd.Series[str]:
    """Put each customer in a group, the same for the same salt, always."""
    drawn = hashed_uniforms([str(id_) for id_ in customer_ids], f"{salt} explores")
    groups = np.select(
        [drawn < exploration, drawn < exploration + control], [RANDOM, CONTROL], OPTIMISED
    )
    return pd.Series(groups, index=customer_ids, dtype="str", name="group")


def draw_hours(customer_ids: pd.Index, salt: str, n_hours: int) -> npt.NDArray[np.float64]:
    """Give each customer a lot for each hour, above 0 and at most 1."""
    ids = [str(id_) for id_ in customer_ids]
    lots = [hashed_uniforms(ids, f"{salt} {hour} h") for hour in range(n_hours)]
    return np.asarray(1 - np.column_stack(lots))


def best_of(scores: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Give 1 for the best of each row, the first of those alike, and 0 for the others."""
    return np.asarray(scores.argmax(axis=1)[:, None] == np.arange(scores.shape[1]), dtype=float)


def mix_hours(
    rates: npt.NDArray[np.float64],
    of_all: npt.NDArray[np.float64],
    *,
    exploration: float,
    control: float,
) -> npt.NDArray[np.float64]:
    """Give the probability of each hour over all groups, a row per customer."""
    optimised = (1 - exploration - control) * best_of(rates)
    lot = exploration / rates.shape[1]
    return np.asarray(lot + control * best_of(of_all[None]) + optimised)


def log_decisions(
    groups: pd.Series[str], chosen: pd.Series[int], propensities: pd.DataFrame
) -> pd.DataFrame:
    """Give group, hour and the propensity of that hour; columns of *propensities* are hours."""
    places = propensities.columns.get_indexer(pd.Index(chosen))
    if (places < 0).any():
        raise InvalidParameterError(
            "hours",
            propensities.columns.to_list(),
            f"those chosen, such as {chosen.to_numpy()[places < 0][0]}",
        )
    return pd.DataFrame(
        {
            "group": groups,
            "hour": chosen.to_numpy(dtype=np.int64),
            "propensity": propensities.to_numpy()[np.arange(len(places)), places],
        },
        index=groups.index,
    )
