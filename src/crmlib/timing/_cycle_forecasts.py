"""When customers are expected to buy: the answers of a fitted model of purchase cycles."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from crmlib.exceptions import InvalidParameterError
from crmlib.interfaces import TimingModel
from crmlib.statistics import PurchaseHistories, purchase_probability
from crmlib.timing._cycles import SHARES, Cycles

if TYPE_CHECKING:
    import numpy.typing as npt

    from crmlib.timing._purchase_chances import PurchaseChances

    Floats = npt.NDArray[np.float64]
    Ints = npt.NDArray[np.int64]

_WINDOW = np.array([0.25, 0.5, 0.75])
EPOCH = date(1970, 1, 1)


class CycleForecasts(TimingModel):
    """Due days and chances, once cycles and BG/NBD are learned."""

    by: str | None
    customer_ids_: pd.Index
    until_: date
    _chances: PurchaseChances
    _cycles: Cycles
    _histories: PurchaseHistories
    _items: pd.Index

    def hazard(self) -> pd.DataFrame:
        """Give the rate of purchases by elapsed time over expected gap.

        Returns
        -------
        DataFrame of shape (8, 7)
            ``share_from`` and ``share_to`` (of the expected gap),
            ``purchases``, ``weeks`` (at risk), ``rate`` (purchases a week),
            and its 95 % interval, ``low`` and ``high``.
        """
        check_is_fitted(self, "customer_ids_")
        counts = self._cycles.rates
        rate, low, high = counts.rates()
        columns = {
            "share_from": SHARES[:-1],
            "share_to": SHARES[1:],
            "purchases": counts.events.sum(axis=0).astype(np.int64),
            "weeks": counts.exposure.sum(axis=0),
            "rate": rate,
            "low": low,
            "high": high,
        }
        return pd.DataFrame(columns)

    def next_due(self, customers: pd.DataFrame) -> pd.DataFrame:
        """Say when each customer is due to buy again.

        With ``by`` it is the item that is due first.

        Parameters
        ----------
        customers : DataFrame of shape (n_customers, n_columns)
            Indexed by ``customer_id``.

        Returns
        -------
        DataFrame of shape (n_customers, 10), indexed like *customers*
            ``due_on`` (local day by which the next purchase has come in half
            of the cases, given the silence until now), ``window_from`` and
            ``window_to`` (the middle half of the cases), ``gap_days``
            (expected from purchase to purchase), ``silent_days``, ``gaps``
            (how many of its own), ``item`` (None without ``by``), ``alive``
            (the chance to be there still), ``probability`` (of a purchase
            within ``horizon_days``) and ``uncorrected`` (that as BG/NBD gives
            it).  NaT and NaN for who never bought, or nothing that is bought
            again.
        """
        places = self._places(customers)
        table = self._describe(places)
        first = table.sort_values(["place", "due_on"], kind="stable").drop_duplicates("place")
        rows = first.set_index("place").reindex(places).set_axis(customers.index)
        for name, values in (
            ("alive", self._chances.alive),
            ("probability", self._chances.chance),
            ("uncorrected", self._chances.uncorrected),
        ):
            rows[name] = np.append(values, np.nan)[places]
        return rows

    def next_due_items(self, customers: pd.DataFrame) -> pd.DataFrame:
        """Say when each customer is due to buy each item again.

        Parameters
        ----------
        customers : DataFrame of shape (n_customers, n_columns)
            Indexed by ``customer_id``.

        Returns
        -------
        DataFrame of shape (n_pairs, 8)
            A row for each item that a customer bought: ``customer_id``, and
            the columns of :meth:`next_due` from ``due_on`` to ``item``; by
            customer in the order of *customers*, what is due first first.
        """
        places = self._places(customers)
        table = self._describe(places)
        order = pd.Series(np.arange(len(places)), index=places).groupby(level=0).first()
        table["place"] = order.reindex(table["place"]).to_numpy()
        table = table.sort_values(["place", "due_on"], kind="stable", ignore_index=True)
        table.insert(0, "customer_id", np.asarray(customers.index)[table.pop("place")])
        return table

    def purchase_probability(self, customers: pd.DataFrame, days: float) -> pd.Series[float]:
        """Give the chance that each customer buys within *days*, as BG/NBD gives it.

        Parameters
        ----------
        customers : DataFrame of shape (n_customers, n_columns)
            Indexed by ``customer_id``.
        days : float
            Above 0.

        Returns
        -------
        Series of float from 0 to 1, indexed like *customers*
            NaN for who never bought, and for all where nobody bought again.
        """
        places = self._places(customers)
        if not 0 < days < np.inf:
            raise InvalidParameterError("days", days, "a number of days above 0")
        model, histories = self._chances.model, self._histories
        chances = np.full(len(self.customer_ids_), np.nan)
        if model is not None:
            chances = purchase_probability(model, histories, days)
        values = np.append(chances, np.nan)[places]
        return pd.Series(values, index=customers.index, name="purchase_probability")

    def _places(self, customers: pd.DataFrame) -> Ints:
        """Give the place of each customer, -1 for who was never seen."""
        check_is_fitted(self, "customer_ids_")
        return np.asarray(self.customer_ids_.get_indexer(customers.index))

    def _describe(self, places: Ints) -> pd.DataFrame:
        """Give a row for each cycle of the customers at *places*."""
        cycles = self._cycles.choose(np.isin(self._cycles.customers, places))
        end = (self.until_ - EPOCH).days
        names = self._items.to_numpy(dtype=object)
        begin, middle, finish = cycles.quantiles(end, _WINDOW).T
        return pd.DataFrame(
            {
                "place": cycles.customers,
                "due_on": _to_days(cycles.last_days + middle),
                "window_from": _to_days(cycles.last_days + begin),
                "window_to": _to_days(cycles.last_days + finish),
                "gap_days": np.exp(cycles.log_gap),
                "silent_days": end - cycles.last_days,
                "gaps": cycles.n_gaps,
                "item": None if self.by is None else names[cycles.item_codes],
            }
        )


def _to_days(days: Floats) -> npt.NDArray[np.datetime64]:
    return np.rint(days).astype("int64").astype("datetime64[D]").astype("datetime64[us]")
