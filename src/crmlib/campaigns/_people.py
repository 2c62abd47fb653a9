"""Everybody looked at: customers, their segments and what the profiles say of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import pandas as pd

from crmlib.exceptions import InvalidTableError
from crmlib.tables import check_columns

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from crmlib.interfaces import Segmenter


@attrs.frozen(kw_only=True, eq=False)
class People:
    """Customers in the order of their ids.

    Parameters
    ----------
    table : DataFrame of shape (n_customers, n_columns), indexed by customer_id
        ``segment``, the columns of the profiles (``name``, ``locale`` and
        ``timezone`` in any case; every zone is one that exists) and those of
        the customers table.
    has_profile, has_zone : ndarray of bool, shape (n_customers,)
        Whether there is a profile, and whether it names a zone.
    """

    table: pd.DataFrame
    has_profile: npt.NDArray[np.bool_]
    has_zone: npt.NDArray[np.bool_]


def gather_people(
    customers: pd.DataFrame,
    profiles: pd.DataFrame,
    *,
    segmenter: Segmenter,
    timezone: str,
    locale: str | None = None,
) -> People:
    """Join segments and checked *profiles* to *customers*.

    Who has no zone gets *timezone*, who has no language *locale*.

    Raises
    ------
    MissingColumnsError, InvalidTableError
        If *customers* is no customers table, or the segmenter answers for others.
    """
    check_columns("customers", customers, ["last_purchase_at"])
    ids = customers.index
    if pd.api.types.infer_dtype(ids, skipna=False) not in {"string", "empty"}:
        raise InvalidTableError("customers", "is not indexed by text", "index it by customer_id")
    if not ids.is_unique:
        raise InvalidTableError("customers", "repeats a customer_id", "keep one row per customer")
    ordered = customers.sort_index()
    ordered.index = ordered.index.astype(object).rename("customer_id")
    segments = segmenter.predict(ordered)
    if not segments.index.equals(ordered.index) or segments.isna().any():
        raise InvalidTableError(
            f"the answer of {type(segmenter).__name__}",
            "does not name one segment for each customer",
            "check it with crmlib.testing.segmenter_checks",
        )
    known = profiles.set_index("customer_id")
    joined = known.reindex(ordered.index)
    for column in ("name", "locale", "timezone"):
        if column not in joined.columns:
            joined[column] = None
        joined[column] = _text(joined[column])
    has_zone = joined["timezone"].notna().to_numpy()
    joined["timezone"] = joined["timezone"].where(has_zone, timezone)
    joined["locale"] = joined["locale"].where(joined["locale"].notna(), locale)
    own = [column for column in ordered.columns if column not in {*joined.columns, "segment"}]
    table = pd.concat([ordered[own], joined], axis=1)
    table["segment"] = segments.astype(object)
    return People(table=table, has_profile=ordered.index.isin(known.index), has_zone=has_zone)


def _text(column: pd.Series[Any]) -> pd.Series[Any]:
    texts = column.astype(object)
    return texts.where(texts.notna(), None)
