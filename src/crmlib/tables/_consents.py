"""Consents: what a customer agreed to, event by event."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from crmlib.tables._cells import read_texts
from crmlib.tables._checks import read_aware, read_flags, read_ids, refuse, warn, with_columns

if TYPE_CHECKING:
    from typing import Any

PURPOSES = ("advertising", "night")
"""What consent is asked for: advertisements, and advertisements at night."""


def check_consents(consents: pd.DataFrame) -> pd.DataFrame:
    """Bring *consents* to canonical columns and types.

    A consent that cannot be read is never guessed, because a withdrawal may
    be among them: the whole table is refused.

    Parameters
    ----------
    consents : DataFrame of shape (n_events, n_columns)
        ``customer_id``, ``channel`` (a medium such as "email", or "*" for
        all), ``purpose``, ``granted`` and ``at``, with its offset.  ``topic``
        may be there: what the advertising is about of which the row speaks,
        such as "restock"; blank in rows that speak of all advertising.
        ``source`` and ``wording`` may be there; other columns are kept as
        they are.

    Returns
    -------
    DataFrame of shape (n_events, n_columns), indexed 0 to n
        A copy; ``granted`` is bool, ``at`` datetime64[us, UTC], channel,
        purpose and topic in lower case, a blank topic is ``""``.

    Raises
    ------
    MissingColumnsError
        If a needed column is not there.
    InvalidTableError
        If a row cannot be read, ``at`` has no offset, or a consent for the
        night has a topic.

    Warns
    -----
    DataQualityWarning
        Names purposes that no policy asks for.

    Examples
    --------
    >>> import pandas as pd
    >>> consents = pd.DataFrame({
    ...     "customer_id": ["C1"], "channel": ["Email"], "purpose": ["advertising"],
    ...     "granted": ["yes"], "at": ["2024-03-01T09:00+09:00"],
    ... })
    >>> check_consents(consents)[["channel", "granted", "at"]]
      channel  granted                        at
    0   email     True 2024-03-01 00:00:00+00:00
    """
    table = with_columns(
        consents, "consents", ["customer_id", "channel", "purpose", "granted", "at"]
    )
    table["customer_id"] = read_ids(table, "customer_id", "consents")
    for name in ("channel", "purpose"):
        table[name] = read_ids(table, name, "consents").str.lower()
    table["granted"] = read_flags(table["granted"], "consents")
    table["at"] = read_aware(table["at"], "consents")
    for name in ("source", "wording"):
        if name in table:
            table[name] = read_texts(table[name])
    if "topic" in table:
        table["topic"] = find_topics(table)
        strange = (table["topic"] != "") & (table["purpose"] != PURPOSES[0])
        way_out = "leave it blank there: the night is for all advertising or none"
        refuse("consents", strange.to_numpy(), "has a topic of other than advertising", way_out)
    unknown = sorted(set(table["purpose"]) - set(PURPOSES))
    if unknown:
        warn(f"consents are for {unknown} too; policies ask for {list(PURPOSES)} only")
    return table


def find_topics(consents: pd.DataFrame) -> pd.Series[Any]:
    """Give the topic of each row of *consents*, ``""`` where it speaks of all advertising.

    Parameters
    ----------
    consents : DataFrame of shape (n_events, n_columns)
        With or without the column ``topic``.

    Returns
    -------
    Series of str, indexed like *consents*

    Examples
    --------
    >>> import pandas as pd
    >>> find_topics(pd.DataFrame({"topic": [" Restock", None]})).to_list()
    ['restock', '']
    """
    if "topic" not in consents:
        return pd.Series("", index=consents.index, dtype="str")
    # a topic may be called anything, "none" too: only blank cells have none
    return consents["topic"].astype("str").fillna("").str.strip().str.lower()
