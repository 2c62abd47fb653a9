"""What customers said last on advertising, or on the night."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from pandas.api.types import is_bool_dtype

from crmlib.exceptions import InvalidTableError
from crmlib.tables import check_aware, check_columns, find_topics

if TYPE_CHECKING:
    from datetime import datetime

_COLUMNS = ("customer_id", "channel", "purpose", "granted", "at")
_WAY_OUT = "bring it into shape with crmlib.tables.check_consents"


def last_words(
    consents: pd.DataFrame,
    *,
    medium: str,
    purpose: str,
    now: datetime,
    topic: str | None = None,
) -> pd.DataFrame:
    """Give the last word of each customer who said anything up to *now*.

    Events for *medium* and those for every medium (``"*"``) count alike; of
    two at one instant the withdrawal counts.  Who withdraws the consent to
    advertising withdraws that for the night with it; a new consent to
    advertising does not bring it back.

    Of a *topic* count what was said of it and what was said of all
    advertising.  Who withdrew from everything withdrew from the topic, until
    a new consent to everything: a consent to the topic alone is none then.
    Otherwise the word on the topic stands, and who never spoke of it has said
    of it what was said of everything.

    Parameters
    ----------
    consents : DataFrame of shape (n_events, n_columns)
        The canonical consents table: ``customer_id``, ``channel`` (a medium
        or ``"*"``), ``purpose``, ``granted``, ``at``.
    medium : str
        What carries the message.
    purpose : {"advertising", "night"}
        What the consent is for.
    now : datetime
        Aware; later events are not known yet.
    topic : str, optional
        What the message is about, in lower case; by default nothing that
        customers choose or refuse by itself.

    Returns
    -------
    DataFrame of shape (n_customers, 3), indexed by ``customer_id``
        ``granted`` (bool), ``at``, when it was said, and ``topic``, of which
        it was said: ``""`` is all advertising.

    Raises
    ------
    MissingColumnsError, InvalidTableError
        If *consents* is no consents table.
    InvalidParameterError
        If *now* is naive.

    Examples
    --------
    >>> import pandas as pd
    >>> from datetime import UTC, datetime
    >>> consents = pd.DataFrame({
    ...     "customer_id": ["C1", "C1"], "channel": ["email", "*"],
    ...     "purpose": ["advertising", "advertising"], "granted": [True, False],
    ...     "at": pd.to_datetime(["2026-01-05", "2026-03-01"], utc=True),
    ... })
    >>> now = datetime(2026, 11, 2, tzinfo=UTC)
    >>> last_words(consents, medium="email", purpose="advertising", now=now)["granted"]
    customer_id
    C1    False
    Name: granted, dtype: bool
    """
    check_aware("now", now)
    check_log(consents)
    known = consents[consents["channel"].isin([medium, "*"]) & (consents["at"] <= now)]
    events = known.astype({"granted": bool})
    events = events.assign(topic=find_topics(events))
    ended = (events["purpose"] == "advertising") & ~events["granted"]
    said = events.loc[(events["purpose"] == purpose) | ended]
    of_all = _last(said[said["topic"] == ""])
    if topic is None:
        return of_all
    refused = of_all.index[~of_all["granted"]]
    own = _last(said[said["topic"] == topic])
    own = own[~own.index.isin(refused)]
    return pd.concat([of_all[~of_all.index.isin(own.index)], own])


def _last(events: pd.DataFrame) -> pd.DataFrame:
    columns = ["customer_id", "granted", "at", "topic"]
    ordered = events[columns].sort_values(
        ["at", "granted"], ascending=[True, False], kind="stable"
    )
    return ordered.drop_duplicates("customer_id", keep="last").set_index("customer_id")


def check_log(consents: pd.DataFrame) -> None:
    """Refuse a table of consents whose cells could be misread.

    Raises
    ------
    MissingColumnsError, InvalidTableError
        If it is no canonical table.
    """
    check_columns("consents", consents, _COLUMNS, _WAY_OUT)
    if not isinstance(consents["at"].dtype, pd.DatetimeTZDtype):
        raise InvalidTableError("consents", "has no aware instants in the column at", _WAY_OUT)
    if consents[list(_COLUMNS)].isna().to_numpy().any():
        raise InvalidTableError("consents", "has empty cells", _WAY_OUT)
    if len(consents) and not is_bool_dtype(consents["granted"].dtype):
        raise InvalidTableError("consents", "has other things than booleans in granted", _WAY_OUT)
