"""What customers are expected to do: the answers of a fitted value segmenter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from crmlib.exceptions import InvalidParameterError
from crmlib.interfaces import Segmenter
from crmlib.segmenters._bg_nbd_histories import read_histories
from crmlib.segmenters._customers_table import check_customers, require_finite
from crmlib.segmenters._gamma_gamma import GammaGamma
from crmlib.segmenters._value_calibration import compare, count_later, require_some
from crmlib.statistics import (
    BgNbd,
    PurchaseHistories,
    correct,
    expected_purchases,
    history_features,
    learn_correction,
    probability_alive,
    purchase_probability,
)
from crmlib.statistics._bg_nbd_forecast import Points, make_points

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

_DAYS_A_MONTH = 365.25 / 12


class ValueForecasts(Segmenter):
    """The expectations of BG/NBD and Gamma-Gamma, once their parameters are learned.

    Every method takes *customers* as ``fit`` does, and raises
    MissingColumnsError or InvalidTableError as it does.
    """

    repeat_value: str | None
    purchase_parameters_: dict[str, float]
    spend_parameters_: dict[str, float]
    horizon_days_: float
    period_days_: float
    correction_: dict[str, float]

    def probability_alive(self, customers: pd.DataFrame) -> pd.Series[float]:
        """Give the chance that each customer has not left for good.

        Returns
        -------
        Series of float from 0 to 1, indexed like *customers*
            1 for who bought once: BG/NBD lets nobody leave before that.
        """
        histories = self._histories(customers)
        return _name("probability_alive", customers, probability_alive(self._bought(), histories))

    def expected_purchases(self, customers: pd.DataFrame, days: float) -> pd.Series[float]:
        """Give the purchases that are expected of each customer within *days*.

        Returns
        -------
        Series of float from 0 on, indexed like *customers*
        """
        histories = self._histories(customers)
        ahead = np.array([require_days("days", days)])
        expected = expected_purchases(self._bought(), histories, ahead)[:, 0]
        return _name("expected_purchases", customers, expected)

    def purchase_probability(self, customers: pd.DataFrame, days: float) -> pd.Series[float]:
        """Give the chance that each customer buys within *days*.

        Returns
        -------
        Series of float from 0 to 1, indexed like *customers*
        """
        histories = self._histories(customers)
        chance = purchase_probability(self._bought(), histories, require_days("days", days))
        return _name("purchase_probability", customers, chance)

    def expected_spend(self, customers: pd.DataFrame) -> pd.Series[float]:
        """Give the money that a purchase of each customer is expected to bring.

        Returns
        -------
        Series of float above 0, indexed like *customers*
            The customer's own mean, drawn towards that of all, the less so the
            more purchases there were.
        """
        spend = self._expect_spend(customers, self._histories(customers))
        return _name("expected_spend", customers, spend)

    def discounted_value(
        self, customers: pd.DataFrame, months: int, rate: float
    ) -> pd.Series[float]:
        """Give the money that each customer is expected to bring, in money of today.

        Parameters
        ----------
        customers : DataFrame of shape (n_customers, n_columns)
        months : int
            How far ahead, 1 or more; a month has 365.25 / 12 days.
        rate : float
            Discount rate a year, 0 or more, such as 0.1; what comes within a
            month counts as if it came in the middle of it.

        Returns
        -------
        Series of float from 0 on, indexed like *customers*
        """
        if not (isinstance(months, int | np.integer) and months > 0):
            raise InvalidParameterError("months", months, "a whole number from 1 on")
        if not (isinstance(rate, int | float) and 0 <= rate < np.inf):
            raise InvalidParameterError("rate", rate, "a rate a year, 0 or more")
        histories = self._histories(customers)
        ends = np.arange(1, months + 1, dtype=np.float64)
        until = expected_purchases(self._bought(), histories, _DAYS_A_MONTH * ends)
        factors = (1 + rate) ** -((ends - 0.5) / 12)
        purchases = np.diff(until, axis=1, prepend=0) @ factors
        value = purchases * self._expect_spend(customers, histories)
        return _name("discounted_value", customers, value)

    def value(self, customers: pd.DataFrame) -> pd.Series[float]:
        """Give what the tiers are cut by: expected money within ``horizon_days``.

        Returns
        -------
        Series of float from 0 on, indexed like *customers*
            :meth:`expected_purchases` times :meth:`expected_spend`, right to a
            thousandth: the sum over points that tiers take on every engine.
        """
        histories = self._histories(customers)
        spend = read_spend(customers, histories, self.repeat_value)
        return _name("value", customers, self._value(histories, *spend))

    def calibration(
        self,
        customers: pd.DataFrame,
        later_purchases: pd.Series[Any],
        days: float,
        n_bins: int = 10,
    ) -> pd.DataFrame:
        """Set what was expected beside what came in a period held out.

        Parameters
        ----------
        customers : DataFrame of shape (n_customers, n_columns)
            As things stood before the period.
        later_purchases : Series of int, indexed by customer_id
            Purchases of each customer in the period; who is not there made
            none, and who is not in *customers* is passed over.
        days : float
            Length of the period, above 0.
        n_bins : int, default=10
            Bins of about as many customers each, by expected purchases; equal
            customers share one, so there may be fewer.

        Returns
        -------
        DataFrame of shape (n_bins, 6), indexed by bin, from 1, the fewest expected
            ``customers``; means ``expected_purchases``, ``purchases`` (what
            came), ``probability`` (of a purchase), ``bought`` (the share who
            did); ``purchases_error`` (standard error of the mean).
        """
        histories, days = self._histories(customers), require_days("days", days)
        expected = expected_purchases(self._bought(), histories, np.array([days]))[:, 0]
        chance = purchase_probability(self._bought(), histories, days)
        return compare(expected, chance, count_later(later_purchases, customers.index), n_bins)

    def recalibrate(
        self, customers: pd.DataFrame, later_purchases: pd.Series[Any], days: float
    ) -> Self:
        """Learn from a period that is over how the chances of a purchase are off.

        A logistic regression of who bought on the log-odds that BG/NBD gave
        them, and on the logarithms of expected spend, of which BG/NBD knows
        nothing, and of repeats, silence and tenure, of which it may make too
        much or too little.  To foretell a period do not learn from that period.

        Parameters
        ----------
        customers, later_purchases, days
            As in :meth:`calibration`.

        Returns
        -------
        ValueSegmenter
            The segmenter itself, now with ``correction_``.

        Raises
        ------
        InvalidTableError
            If all customers bought, or none did.
        """
        features = self._features(customers, require_days("days", days))
        bought = require_some(count_later(later_purchases, customers.index))
        self.correction_ = {"days": float(days), **learn_correction(features, bought)}
        return self

    def recalibrated_probability(self, customers: pd.DataFrame) -> pd.Series[float]:
        """Give the chance that each customer buys within the days of :meth:`recalibrate`.

        Returns
        -------
        Series of float from 0 to 1, indexed like *customers*
        """
        check_is_fitted(self, "correction_")
        features = self._features(customers, self.correction_["days"])
        corrected = correct(features, self.correction_)
        return _name("recalibrated_probability", customers, corrected)

    def _features(self, customers: pd.DataFrame, days: float) -> dict[str, Floats]:
        histories = self._histories(customers)
        chance = purchase_probability(self._bought(), histories, days)
        return history_features(chance, self._expect_spend(customers, histories), histories)

    def _histories(self, customers: pd.DataFrame) -> PurchaseHistories:
        check_is_fitted(self, "purchase_parameters_")
        return read_histories(customers)

    def _bought(self) -> BgNbd:
        """Give the fitted BG/NBD, in days."""
        learned = self.purchase_parameters_
        return BgNbd(**{**learned, "alpha": learned["alpha"] * self.period_days_})

    def _spent(self) -> GammaGamma:
        """Give the fitted Gamma-Gamma."""
        return GammaGamma(**self.spend_parameters_)

    def _points(self) -> Points:
        """Give the points of the sum in a value: few, so that expressions stay small."""
        model = self._bought()
        return make_points(model.a, model.b, widest=1.0, farthest=12.0)

    def _value(self, histories: PurchaseHistories, n: Floats, mean: Floats) -> Floats:
        ahead = np.array([self.horizon_days_])
        purchases = expected_purchases(self._bought(), histories, ahead, self._points())[:, 0]
        return purchases * self._spent().expected_spend(n, mean)

    def _expect_spend(self, customers: pd.DataFrame, histories: PurchaseHistories) -> Floats:
        return self._spent().expected_spend(*read_spend(customers, histories, self.repeat_value))


def read_spend(
    customers: pd.DataFrame, histories: PurchaseHistories, repeat_value: str | None
) -> tuple[Floats, Floats]:
    """Give how many purchases of each customer have a value, and the mean of these.

    A mean that is not above 0 counts as 0, and one of no purchases as well.
    """
    column = "average_order_value" if repeat_value is None else repeat_value
    check_customers(customers, [column])
    n = (histories.x + (repeat_value is None)).astype(np.float64)
    mean = np.zeros(len(customers))
    mean[n > 0] = np.maximum(require_finite(customers[n > 0], column), 0.0)
    return n, mean


def require_days(name: str, days: Any) -> float:
    """Give *days* as a float above 0, or refuse them."""
    if not (isinstance(days, int | float | np.number) and 0 < days < np.inf):
        raise InvalidParameterError(name, days, "a number of days above 0")
    return float(days)


def _name(name: str, customers: pd.DataFrame, values: Floats) -> pd.Series[float]:
    return pd.Series(values, index=customers.index, name=name)
