"""Responses: which message each customer got, by which chance, and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from crmlib.tables._checks import read_ids, refuse, with_columns

if TYPE_CHECKING:
    from typing import Any

NO_MESSAGE: Final = "no message"
"""What the column ``message`` says of those who got none: the hold-out."""


def check_responses(responses: pd.DataFrame) -> pd.DataFrame:
    """Bring *responses* to canonical columns and types.

    Parameters
    ----------
    responses : DataFrame of shape (n_decisions, n_columns)
        ``customer_id``, ``message`` (the name of its template, or
        :data:`NO_MESSAGE`), ``propensity`` (the probability with which it was
        chosen, above 0 and at most 1) and ``reward`` (what came of it: 1 for
        a click or purchase and 0 for none, or money).  Other columns say what
        was known of the customer when it was chosen, and are kept as they are.

    Returns
    -------
    DataFrame of shape (n_decisions, n_columns), indexed by customer_id
        A copy, sorted by customer_id, so that the order of rows says nothing.

    Raises
    ------
    MissingColumnsError
        If a needed column is not there.
    InvalidTableError
        If there are no rows, or one cannot be read.

    Examples
    --------
    >>> import pandas as pd
    >>> responses = pd.DataFrame({
    ...     "customer_id": [7, 3], "message": ["mens", "no message"],
    ...     "propensity": [0.45, 0.1], "reward": [True, False],
    ... })
    >>> check_responses(responses).reset_index()
      customer_id     message  propensity  reward
    0           3  no message        0.10     0.0
    1           7        mens        0.45     1.0
    """
    needed = ["customer_id", "message", "propensity", "reward"]
    table = with_columns(responses, "responses", needed)
    for name in ("customer_id", "message"):
        table[name] = read_ids(table, name, "responses")
    nobody = np.full(max(len(table), 1), not len(table))
    refuse("responses", nobody, "has no decision", "give one row per message")
    chance, reward = _numbers(table["propensity"]), _numbers(table["reward"])
    refuse(
        "responses",
        ~((chance > 0) & (chance <= 1)).to_numpy(),
        "has no propensity above 0 and at most 1",
        "log the probability with which each message was chosen",
    )
    refuse(
        "responses",
        ~np.isfinite(reward.to_numpy()),
        "has no finite reward",
        "leave out those for whom it is not known yet",
    )
    table = table.assign(propensity=chance, reward=reward)
    order = ["customer_id", "message", "reward", "propensity"]
    return table.sort_values(order, kind="stable").set_index("customer_id")


def _numbers(column: pd.Series[Any]) -> pd.Series[float]:
    return pd.to_numeric(column, errors="coerce").astype("float64")
