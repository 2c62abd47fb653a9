"""The checks of :class:`crmlib.sources.OrderSource`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmlib.testing._check import Check
from crmlib.testing._source_promises import PROMISES
from crmlib.testing._source_trial import SourceTrial

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from crmlib.sources import OrderSource


def source_checks(
    source: OrderSource, example: pd.DataFrame | Mapping[str, pd.DataFrame]
) -> list[Check]:
    """Give the checks of a source of order files: one for each promise of its page.

    Parameters
    ----------
    source : OrderSource
    example : DataFrame, or dict of str to DataFrame
        Rows of a file of *source* as they are written there, with several
        orders of several lines; by kind, where it has several kinds of file.

    Returns
    -------
    list of Check
        Each can be called alone and in any order.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlib.sources import AmazonSource
    >>> row = {
    ...     "amazon-order-id": "1", "purchase-date": "2025-10-07T09:50:26+00:00", "sku": "MUG",
    ...     "order-status": "Shipped", "quantity": "2", "item-price": "20.00",
    ... }
    >>> example = pd.DataFrame([row, row | {"sku": "TEA"}, row | {"amazon-order-id": "2"}])
    >>> for check in source_checks(AmazonSource(), example):
    ...     check()
    """
    trial = SourceTrial.of(source, example)
    return [Check(promise, trial) for promise in PROMISES]
