"""Profiles: who a customer is."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.tables._cells import NO_ID, distinct, read_texts, spread
from crmlib.tables._checks import refuse, warn, with_columns
from crmlib.tables._instants import read_instants
from crmlib.tables._zones import is_zone

if TYPE_CHECKING:
    from collections.abc import Mapping

_TEXTS = ("name", "email", "phone", "region", "locale")
_KNOWN = ("customer_id", *_TEXTS, "gender", "birth_date", "timezone")

_GENDERS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("f", "female", "woman", "여", "여성", "여자"), "female"),
        **dict.fromkeys(("m", "male", "man", "남", "남성", "남자"), "male"),
    }
)


def check_profiles(profiles: pd.DataFrame) -> pd.DataFrame:
    """Bring *profiles* to canonical columns and types.

    Parameters
    ----------
    profiles : DataFrame of shape (n_profiles, n_columns)
        ``customer_id``, as a column or as the index; of ``name``, ``email``,
        ``phone``, ``gender``, ``birth_date``, ``region``, ``timezone`` and
        ``locale`` whichever there are.  Other columns, such as ``occupation``,
        are kept as they are, but for blank texts.

    Returns
    -------
    DataFrame of shape (n_customers, n_columns), indexed 0 to n
        A copy.  Blank texts are NaN in every column; those of the columns
        above are stripped, of dtype ``str``.  ``gender`` is "female", "male"
        or what else was written, in lower case; ``birth_date`` is datetime64
        at midnight, NaT if there is no such day; ``timezone`` is an IANA zone
        or NaN.

    Raises
    ------
    MissingColumnsError
        If there is no ``customer_id``.
    InvalidTableError
        If a customer has two profiles.

    Warns
    -----
    DataQualityWarning
        Counts profiles without an id (left out), and birth dates and zones
        that do not exist (emptied).

    Examples
    --------
    >>> import pandas as pd
    >>> profiles = {"customer_id": ["C1"], "gender": ["F"], "birth_date": ["2000-02-29"]}
    >>> check_profiles(pd.DataFrame(profiles))
      customer_id  gender birth_date
    0          C1  female 2000-02-29
    """
    table = with_columns(profiles, "profiles", ["customer_id"])
    table["customer_id"] = read_texts(table["customer_id"], NO_ID, ids=True)
    nameless = table["customer_id"].isna()
    if nameless.any():
        warn(f"{int(nameless.sum()):,} profiles without customer_id are left out")
        table = table[~nameless].reset_index(drop=True)
    refuse(
        "profiles",
        table["customer_id"].duplicated().to_numpy(),
        "repeats customer_id",
        "keep one profile per customer",
    )
    for name in _TEXTS:
        if name in table:
            table[name] = read_texts(table[name])
    if "gender" in table:
        words = read_texts(table["gender"]).str.lower()
        table["gender"] = words.replace(_GENDERS)
    if "birth_date" in table:
        written = read_texts(table["birth_date"], NO_ID).notna()
        table["birth_date"] = read_instants(table["birth_date"], "UTC").dt.tz_localize(None)
        table["birth_date"] = table["birth_date"].dt.normalize()
        if lost := int((written & table["birth_date"].isna()).sum()):
            warn(f"{lost:,} birth dates of profiles cannot be read and are emptied")
    if "timezone" in table:
        named = read_texts(table["timezone"])
        table["timezone"] = _known_zones(named)
        if lost := int((named.notna() & table["timezone"].isna()).sum()):
            warn(f"{lost:,} time zones of profiles are not in IANA's list and are emptied")
    return _empty_blanks(table)


def _known_zones(column: pd.Series[str]) -> pd.Series[str]:
    """Give the zones that exist; NaN in place of the others."""
    codes, names = distinct(column)
    known = spread([name if is_zone(name) else None for name in names], codes, missing=None)
    return pd.Series(known, dtype="str")


def _empty_blanks(table: pd.DataFrame) -> pd.DataFrame:
    """Put NaN in place of blank texts in those columns of *table* that are not known."""
    for name in table.columns[~table.columns.isin(_KNOWN)]:
        blank = np.array([isinstance(cell, str) and not cell.strip() for cell in table[name]])
        if blank.any():
            table[name] = table[name].mask(blank)
    return table
