"""Who customers are, beside what they bought."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import pandas as pd

from crmlib.exceptions import DataQualityWarning, InvalidTableError
from crmlib.features._id_texts import to_id_texts
from crmlib.features._snapshot import to_day
from crmlib.tables import check_profiles

if TYPE_CHECKING:
    from datetime import date

_NOT_FEATURES = ("customer_id", "email", "phone", "birth_date")
_OLDEST = 120
_TEN = 10


def add_demographics(
    customers: pd.DataFrame, profiles: pd.DataFrame, *, snapshot_date: date | str
) -> pd.DataFrame:
    """Put beside each customer what the profiles say.

    Parameters
    ----------
    customers : DataFrame of shape (n_customers, n_columns), indexed by customer_id
        Ids that are numbers are compared as texts with those of the profiles.
    profiles : DataFrame of shape (n_profiles, n_columns)
        As :func:`crmlib.tables.check_profiles` takes or gives them.
    snapshot_date : date or str
        The day at which ages hold.  Who was born on 29 February grows a year
        older on 1 March of years without that day.

    Returns
    -------
    DataFrame of shape (n_customers, n_columns + n_added), indexed like *customers*
        A copy with the columns of the profiles, such as ``name``, ``gender``,
        ``region``, ``locale``, ``timezone``; addresses and birth dates stay
        where they are.  With birth dates there are ``age`` (Int64, years) and
        ``age_band`` ("under 10", "10s", "20s", …).  What is not known is NaN
        or NA.

    Raises
    ------
    InvalidTableError
        If a column of the profiles is there already, or a customer has two profiles.
    MissingColumnsError
        If the profiles have no ``customer_id``.
    InvalidParameterError
        If *snapshot_date* is no date, or is an instant: its day depends on the zone.

    Warns
    -----
    DataQualityWarning
        Counts birth dates after the snapshot or 120 years and more before it,
        whose ages are not known then, and what ``check_profiles`` counts.

    Examples
    --------
    >>> import pandas as pd
    >>> customers = pd.DataFrame({"frequency": [2]}, index=pd.Index(["C1"], name="customer_id"))
    >>> profiles = pd.DataFrame({"customer_id": ["C1"], "birth_date": ["2000-02-29"]})
    >>> add_demographics(customers, profiles, snapshot_date="2023-02-28").to_dict("records")
    [{'frequency': 2, 'age': 22, 'age_band': '20s'}]
    """
    day = to_day(snapshot_date)
    known = check_profiles(profiles).set_index("customer_id")
    added = known.drop(columns=[name for name in _NOT_FEATURES if name in known])
    if "birth_date" in known:
        added["age"] = _ages(known["birth_date"], day)
        added["age_band"] = _bands(added["age"])
    taken = [name for name in added if name in customers]
    if taken:
        raise InvalidTableError(
            "customers", f"has the columns {taken} already", "rename those of the profiles"
        )
    added = added.reindex(to_id_texts(customers.index))
    return pd.concat([customers, added.set_axis(customers.index)], axis=1)


def _ages(birth_dates: pd.Series[pd.Timestamp], day: date) -> pd.Series[int]:
    """Give ages in whole years at *day*."""
    had_birthday = (birth_dates.dt.month < day.month) | (
        (birth_dates.dt.month == day.month) & (birth_dates.dt.day <= day.day)
    )
    ages = day.year - birth_dates.dt.year - (~had_birthday).astype(int)
    strange = (ages < 0) | (ages >= _OLDEST)
    if strange.any():
        warnings.warn(
            f"{int(strange.sum()):,} birth dates of profiles give no possible age",
            DataQualityWarning,
            stacklevel=3,
        )
    return ages.where(~strange).astype("Int64")


def _bands(ages: pd.Series[int]) -> pd.Series[str]:
    """Give decades of age as text."""
    decades = (ages // _TEN * _TEN).astype("str") + "s"
    return decades.where(ages >= _TEN, "under 10").where(ages.notna())
