"""Notices: what customers were told of their consents and withdrawals."""

from __future__ import annotations

from typing import Any, Final

import pandas as pd

from crmlib.tables._cells import read_texts
from crmlib.tables._checks import read_aware, read_ids, refuse, with_columns

NOTICE_OUTCOMES: Final = ("sent", "planned", "unknown")
"""What can have become of a notice: only one that was sent discharges a duty."""


def check_notices(notices: pd.DataFrame) -> pd.DataFrame:
    """Bring *notices* to canonical columns and types.

    Parameters
    ----------
    notices : DataFrame of shape (n_notices, n_columns)
        ``customer_id``, ``duty`` (its name, such as "result-notice") and
        ``at``, when the customer was told, with its offset.  ``until`` may be
        there: of consents and withdrawals up to then it tells, by default up
        to ``at``; ``since``: from when on, by default whatever was said
        before; and ``outcome``, one of :data:`NOTICE_OUTCOMES`, by default
        "sent".  Other columns are kept as they are.

    Returns
    -------
    DataFrame of shape (n_notices, n_columns), indexed 0 to n
        A copy with all six, ``since`` empty where there is no bound; instants
        are datetime64[us, UTC].

    Raises
    ------
    MissingColumnsError
        If a needed column is not there.
    InvalidTableError
        If a row cannot be read, an instant has no offset, or an outcome is
        unknown.

    Examples
    --------
    >>> import pandas as pd
    >>> notices = pd.DataFrame({
    ...     "customer_id": ["C1"], "duty": ["result-notice"], "at": ["2026-11-02T09:00+09:00"],
    ... })
    >>> check_notices(notices)[["duty", "until", "outcome"]]
                duty                     until outcome
    0  result-notice 2026-11-02 00:00:00+00:00    sent
    """
    table = with_columns(notices, "notices", ["customer_id", "duty", "at"])
    for name in ("customer_id", "duty"):
        table[name] = read_ids(table, name, "notices")
    table["duty"] = table["duty"].str.lower()
    table["at"] = read_aware(table["at"], "notices")
    table["until"] = read_aware(table["until"], "notices") if "until" in table else table["at"]
    table["since"] = _read_since(table)
    if "outcome" in table:
        table["outcome"] = read_texts(table["outcome"]).fillna("sent").str.lower()
    else:
        table["outcome"] = "sent"
    strange = ~table["outcome"].isin(NOTICE_OUTCOMES).to_numpy()
    refuse("notices", strange, "has unknown outcomes", f"outcomes are {list(NOTICE_OUTCOMES)}")
    return table


def _read_since(table: pd.DataFrame) -> pd.Series[Any]:
    since = pd.Series(pd.NaT, index=table.index, dtype=table["at"].dtype)
    if "since" in table:
        given = table["since"].notna()
        since[given] = read_aware(table.loc[given, "since"], "notices")
    return since
