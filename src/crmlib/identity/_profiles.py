"""Canonical profiles: what is believed of a person whom several accounts describe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmlib.identity._contacts import (
    FACT_COLUMNS,
    TEXT_COLUMNS,
    TIME_COLUMNS,
    Contacts,
    to_integers,
)
from crmlib.identity._evidence import Evidence, Key

if TYPE_CHECKING:
    import numpy.typing as npt

    from crmlib.identity._pairs import Shared

_KINDS = tuple(Key)
_LONG_AGO = np.iinfo(np.int64).min


def make_profiles(
    label: npt.NDArray[np.int64],
    ids: pd.Series[str],
    contacts: Contacts,
    evidence: Evidence,
    shared: Shared,
) -> pd.DataFrame:
    """Give one profile per person.

    Each field holds the valid value seen last: of names one that is not
    masked, of phones and e-mail addresses one that can be written to and that
    is not shared by too many.  Of values seen at the same time the first in
    the order of the alphabet wins, so that the order of the rows means nothing.

    Returns
    -------
    DataFrame of shape (n_people, n_columns), sorted by customer_id
        ``customer_id`` (the person id), ``name``, ``email``, ``phone``
        (E.164), ``postal_code``, ``address``, ``gender``, ``birth_date``,
        ``first_seen_at``, ``last_seen_at``, ``n_accounts``, and every further
        column of the contacts.
    """
    rows = contacts.rows
    person = label[contacts.account]
    seen = to_integers(rows["last_seen_at"].fillna(rows["first_seen_at"]), missing=_LONG_AGO)
    fields: dict[str, Any] = {
        "name": rows["name"].where(_named(evidence)),
        "email": evidence.emails.mask(_is_shared(evidence, shared, Key.EMAIL)),
        "phone": evidence.phones.mask(_is_shared(evidence, shared, Key.PHONE)),
    }
    fields |= {name: rows[name] for name in ("postal_code", "address", *FACT_COLUMNS)}
    known = {*TEXT_COLUMNS, *FACT_COLUMNS, *TIME_COLUMNS}
    further = {str(name): rows[name] for name in rows if name not in known}
    order = np.argsort(ids.to_numpy(dtype=object), kind="stable")
    profiles: dict[str, Any] = {"customer_id": ids.take(order).array}
    for name, column in (fields | further).items():
        last = _last_per_person(column, person, seen, len(ids))
        profiles[name] = column.take(last[order]).where(last[order] >= 0).array
    for name, how in zip(TIME_COLUMNS, ("min", "max"), strict=True):
        times = rows[name].groupby(person).agg(how).reindex(range(len(ids)))
        profiles[name] = times.take(order).array
    profiles["n_accounts"] = np.bincount(label, minlength=len(ids))[order]
    main = ["customer_id", *fields, *TIME_COLUMNS, "n_accounts"]
    return pd.DataFrame({name: profiles[name] for name in [*main, *further]})


def _last_per_person(
    column: pd.Series[Any], person: npt.NDArray[np.int64], seen: npt.NDArray[np.int64], n: int
) -> npt.NDArray[np.int64]:
    """Give the row of each person's value seen last; -1 without one."""
    answer = np.full(n, -1)
    rows = np.flatnonzero(column.notna().to_numpy())
    if not len(rows):
        return answer
    latest = np.full(n, _LONG_AGO)
    np.maximum.at(latest, person[rows], seen[rows])
    rows = rows[seen[rows] == latest[person[rows]]]
    texts = column.take(rows).astype("str")
    codes, _ = pd.factorize(texts, sort=True)
    order = np.lexsort((codes, person[rows]))[::-1]  # the last one written is the first
    answer[person[rows[order]]] = rows[order]
    return answer


def _named(evidence: Evidence) -> npt.NDArray[np.bool_]:
    """Tell which rows have a name to write."""
    readable = [name.script != "masked" for name in evidence.names]
    return np.array([*readable, False], dtype=bool)[evidence.name]


def _is_shared(evidence: Evidence, shared: Shared, key: Key) -> npt.NDArray[np.bool_]:
    """Tell which rows have a value that too many use."""
    codes, _ = evidence.keys[key]
    values = shared.value[shared.kind == _KINDS.index(key)]
    return np.isin(codes, values)
