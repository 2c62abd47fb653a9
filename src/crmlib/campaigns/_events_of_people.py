"""Consents and other events that were written down of accounts, told of people."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from crmlib.campaigns._accounts import find_forebears, find_parted, find_people, read_channels
from crmlib.exceptions import DataQualityWarning
from crmlib.messages import MEDIA
from crmlib.policies import last_words
from crmlib.tables import PURPOSES, find_topics

if TYPE_CHECKING:
    from crmlib.identity import Identities

_ALL: Final = "*"
_WAY_OUT: Final = "a column sales_channel tells whose they are"


def consents_of_people(consents: pd.DataFrame, identities: Identities) -> pd.DataFrame:
    """Give *consents*, written against accounts, as those of the people behind them.

    A withdrawal at any account counts for the person, until that account
    consents again: what another account consented to, be it later, does not
    outweigh it.  Where an id means several people, a withdrawal counts for
    each of them, and a consent for nobody.  A withdrawal counts for the ids,
    too, that the person had in earlier runs, as plans may hold them; and for
    whoever has parted since from a person of the id that it names, until they
    consent themselves, as it may have been theirs.

    Parameters
    ----------
    consents : DataFrame of shape (n_events, n_columns)
        The canonical table, as :func:`crmlib.tables.check_consents` gives it;
        ``sales_channel`` may be there.
    identities : Identities

    Returns
    -------
    DataFrame of shape (n_new_events, n_columns)
        The canonical table; those of nobody who is known stay as they are.

    Warns
    -----
    DataQualityWarning
        Counts consents that count for nobody, as their id means several people.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlib.identity import link_identities
    >>> accounts = pd.DataFrame({"customer_id": ["S1", "C1"], "sales_channel": ["a", "b"],
    ...                          "phone": "+82 10-0123-4567"})
    >>> consents = pd.DataFrame({
    ...     "customer_id": ["S1", "C1"], "channel": "email", "purpose": "advertising",
    ...     "granted": [False, True], "at": pd.to_datetime(["2026-01-05", "2026-03-01"], utc=True),
    ... })
    >>> consents_of_people(consents, link_identities(accounts))[["customer_id", "granted"]]
      customer_id  granted
    0          S1    False
    """
    table = consents.reset_index(drop=True)
    found = find_people(table, identities)
    events = _tell_of(table, found)
    meanings = np.bincount(found["row"], minlength=len(table))
    doubtful = table["granted"] & (meanings > 1)
    if doubtful.any():
        _warn(f"{int(doubtful.sum()):,} consents name an id of several people and are left out")
    events = events[~doubtful.to_numpy()[events["row"].to_numpy()]].reset_index(drop=True)
    told = pd.concat([_void(events)[list(table.columns)], _tell_of_parted(table, identities)])
    told = told.reset_index(drop=True)
    return _tell_of_forebears(told, find_forebears(identities)).astype(table.dtypes.to_dict())


def events_of_people(
    events: pd.DataFrame, identities: Identities, *, name: str = "events"
) -> pd.DataFrame:
    """Give *events*, written against accounts, as those of the people behind them.

    Parameters
    ----------
    events : DataFrame of shape (n_events, n_columns)
        With ``customer_id``, such as the table of engagements or of responses.
    identities : Identities
    name : str, default="events"
        What the warning calls them.

    Returns
    -------
    DataFrame of shape (n_told, n_columns)
        Those of nobody who is known stay as they are.

    Warns
    -----
    DataQualityWarning
        Counts those that are left out, as their id means several people.
    """
    table = events.reset_index(drop=True)
    found = find_people(table, identities)
    doubtful = np.bincount(found["row"], minlength=len(table)) > 1
    if doubtful.any():
        _warn(f"{int(doubtful.sum()):,} {name} name an id of several people and are left out")
    rows = _tell_of(table, found)
    rows = rows[~doubtful[rows["row"].to_numpy()]]
    told: pd.DataFrame = rows[list(table.columns)].reset_index(drop=True)
    return told


def sends_of_people(sends: pd.DataFrame, identities: Identities) -> pd.DataFrame:
    """Give *sends*, written down in earlier runs, as those of whoever may have got them.

    Caps are kept for the people of today: who was merged into another brings
    along what was sent before, and who has parted from a person counts what
    that one was sent.

    Parameters
    ----------
    sends : DataFrame of shape (n_sends, n_columns)
        With ``customer_id``, as :func:`crmlib.delivery.list_sends` gives it.
    identities : Identities

    Returns
    -------
    DataFrame of shape (n_told, n_columns)
        Those of nobody who is known stay as they are.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlib.identity import link_identities
    >>> accounts = pd.DataFrame({"customer_id": ["S1", "C1"], "sales_channel": ["a", "b"],
    ...                          "phone": ["+82 10-0123-4567", "+82 10-0123-4568"]})
    >>> two = link_identities(accounts)
    >>> one = link_identities(accounts.assign(phone="+82 10-0123-4567"), previous=two)
    >>> sends_of_people(pd.DataFrame({"customer_id": ["C1", "X"]}), one)["customer_id"].to_list()
    ['S1', 'X']
    """
    table = sends.reset_index(drop=True)
    found = pd.concat([find_people(table, identities), find_parted(table, identities)])
    told: pd.DataFrame = _tell_of(table, found.drop_duplicates())[list(table.columns)]
    return told


def _tell_of(table: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """Give each event to the people it means, with its ``row`` and who told it, the ``teller``."""
    rows = pd.DataFrame({"row": np.arange(len(table))}).merge(found, "left", on="row")
    events = table.take(rows["row"].to_numpy()).reset_index(drop=True)
    teller = read_channels(events).fillna("") + "\0" + events["customer_id"]
    person = rows["person_id"].where(rows["person_id"].notna(), events["customer_id"])
    return events.assign(row=rows["row"], teller=teller, customer_id=person.astype("str"))


def _void(events: pd.DataFrame) -> pd.DataFrame:
    """Leave out the consents of people of whom an account has withdrawn, where it has."""
    if events.empty:
        return events
    media = sorted({_ALL, *MEDIA, *events["channel"]})
    now = events["at"].max().to_pydatetime()
    told = pd.DataFrame(
        {
            "customer_id": events["customer_id"] + "\0" + events["teller"],
            **{name: events[name] for name in ("channel", "purpose", "granted", "at")},
            "topic": find_topics(events),
        }
    )
    owners = dict(zip(told["customer_id"], events["customer_id"], strict=True))
    void = pd.DataFrame(False, index=events.index, columns=media)
    kinds = [(purpose, "") for purpose in PURPOSES]
    kinds += [(PURPOSES[0], topic) for topic in sorted(set(told["topic"]) - {""})]
    for purpose, topic in kinds:
        is_of_kind = (events["purpose"] == purpose) & (told["topic"] == topic)
        grants = events["granted"] & is_of_kind
        for medium in media:
            said = last_words(told, medium=medium, purpose=purpose, now=now, topic=topic or None)
            refusing = {owners[name] for name in said.index[~said["granted"]]}
            covered = grants & events["channel"].isin([medium, _ALL])
            void.loc[covered & events["customer_id"].isin(refusing), medium] = True
    of_all = events["channel"] == _ALL
    place = void.columns.get_indexer(pd.Index(events["channel"]))
    own = void.to_numpy()[np.arange(len(events)), place]
    part = of_all & ~own & void.any(axis=1)
    kept = events[~own & ~part]
    for medium in media:
        if medium != _ALL:
            kept = pd.concat([kept, events[part & ~void[medium]].assign(channel=medium)])
    return kept.sort_index(kind="stable").reset_index(drop=True)


def _tell_of_parted(table: pd.DataFrame, identities: Identities) -> pd.DataFrame:
    """Give each withdrawal of *table* to those who have parted from whom it names."""
    withdrawn = table[~table["granted"]].reset_index(drop=True)
    found = find_parted(withdrawn, identities)
    events = withdrawn.take(found["row"].to_numpy())
    return events.assign(customer_id=found["person_id"].array)


def _tell_of_forebears(events: pd.DataFrame, forebears: dict[str, list[str]]) -> pd.DataFrame:
    """Add each withdrawal under the ids that the person had in earlier runs."""
    withdrawn = events[~events["granted"]]
    older = [
        (row, old)
        for row, name in withdrawn["customer_id"].items()
        for old in forebears.get(name, ())
    ]
    again = events.loc[[row for row, _ in older]].assign(customer_id=[old for _, old in older])
    return pd.concat([events, again], ignore_index=True) if older else events


def _warn(text: str) -> None:
    warnings.warn(f"{text}; {_WAY_OUT}", DataQualityWarning, stacklevel=3)
