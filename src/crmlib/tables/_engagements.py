"""Engagements: what customers did with messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlib.tables._checks import read_aware, read_flags, read_ids, refuse, with_columns

if TYPE_CHECKING:
    import pandas as pd

EVENTS = (
    "sent",
    "delivered",
    "opened",
    "clicked",
    "replied",
    "bounced",
    "complained",
    "opted_out",
)
"""What can happen to a message."""


def check_engagements(engagements: pd.DataFrame) -> pd.DataFrame:
    """Bring *engagements* to canonical columns and types.

    Parameters
    ----------
    engagements : DataFrame of shape (n_events, n_columns)
        ``customer_id``, ``message_key``, ``channel``, ``event`` (one of
        :data:`EVENTS`) and ``at``, with its offset.  ``is_machine`` tells
        clicks and opens by software; without it nothing is taken to be.
        Other columns are kept as they are.

    Returns
    -------
    DataFrame of shape (n_events, n_columns), indexed 0 to n
        A copy; ``at`` is datetime64[us, UTC], ``is_machine`` bool.

    Raises
    ------
    MissingColumnsError
        If a needed column is not there.
    InvalidTableError
        If a row cannot be read, ``at`` has no offset, or an event is unknown.

    Examples
    --------
    >>> import pandas as pd
    >>> engagements = pd.DataFrame({
    ...     "customer_id": ["C1"], "message_key": ["k"], "channel": ["email"],
    ...     "event": ["opened"], "at": ["2024-03-01T09:00:00Z"],
    ... })
    >>> check_engagements(engagements)[["event", "at", "is_machine"]]
        event                        at  is_machine
    0  opened 2024-03-01 09:00:00+00:00       False
    """
    needed = ["customer_id", "message_key", "channel", "event", "at"]
    table = with_columns(engagements, "engagements", needed)
    for name in ("customer_id", "message_key"):
        table[name] = read_ids(table, name, "engagements")
    for name in ("channel", "event"):
        table[name] = read_ids(table, name, "engagements").str.lower()
    strange = ~table["event"].isin(EVENTS).to_numpy()
    refuse("engagements", strange, "has unknown events", f"events are {list(EVENTS)}")
    table["at"] = read_aware(table["at"], "engagements")
    if "is_machine" in table:
        table["is_machine"] = read_flags(table["is_machine"], "engagements")
    else:
        table["is_machine"] = np.zeros(len(table), dtype=bool)
    return table
