"""The value of a customer as an expression over the columns of a customers table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import narwhals.stable.v2 as nw
import numpy as np

if TYPE_CHECKING:
    from crmlib.segmenters._gamma_gamma import GammaGamma
    from crmlib.statistics import BgNbd
    from crmlib.statistics._bg_nbd_forecast import Points

_LARGEST = 700.0
"""exp of more than this is no number."""


def value_expression(
    bought: BgNbd, spent: GammaGamma, points: Points, days: float, repeat_value: str | None
) -> nw.Expr:
    """Give expected purchases within *days* times expected spend per purchase.

    The same sums as in :func:`crmlib.statistics._bg_nbd_forecast.expected_purchases`.
    """
    purchases = _alive(bought) * _purchases_if_alive(bought, points, days)
    return purchases * _spend(spent, repeat_value)


def _alive(model: BgNbd) -> nw.Expr:
    x, tenure = nw.col("frequency") - 1, nw.col("tenure_days") + model.alpha
    again = nw.when(x > 0).then(x).otherwise(nw.lit(1))
    silence = tenure.log() - (tenure - nw.col("recency_days")).log()
    gone = float(np.log(model.a)) - (again + (model.b - 1)).log() + (x + model.r) * silence
    gone = nw.when(gone > _LARGEST).then(nw.lit(_LARGEST)).otherwise(gone)
    return nw.when(x > 0).then(1 / (gone.exp() + 1)).otherwise(nw.lit(1.0))


def _purchases_if_alive(model: BgNbd, points: Points, days: float) -> nw.Expr:
    """Give the sum over *points*; engines without shared terms repeat each one, so it is terse."""
    x = nw.col("frequency") - 1
    rate = nw.col("frequency") + (model.r - 1)
    span = nw.col("tenure_days") + model.alpha
    log_span = span.log()
    first = float(points.weight[0])
    shares, bought = [nw.lit(first)], [rate / span * (days * first)]
    for p, log_stay, weight in zip(
        points.p[1:].tolist(),
        points.log_stay[1:].tolist(),
        points.weight[1:].tolist(),
        strict=True,
    ):
        share = (x * log_stay).exp()
        shares.append(share * weight)
        calm = nw.col("tenure_days") + (model.alpha + p * days)
        none = (rate * (log_span - calm.log())).exp()
        bought.append(share * (1 - none) * (weight / p))
    return _sum(bought) / _sum(shares)


def _sum(terms: list[nw.Expr]) -> nw.Expr:
    """Add up in pairs, so that no engine meets brackets within brackets a hundred deep."""
    while len(terms) > 1:
        paired = [left + right for left, right in zip(terms[::2], terms[1::2], strict=False)]
        terms = paired + terms[2 * len(paired) :]
    return terms[0]


def _spend(model: GammaGamma, repeat_value: str | None) -> nw.Expr:
    column = "average_order_value" if repeat_value is None else repeat_value
    n = nw.col("frequency") - (0 if repeat_value is None else 1)
    given = nw.col(column).cast(nw.Float64())
    mean = nw.when((n > 0) & (given > 0)).then(given).otherwise(nw.lit(0.0))
    return (n * mean + model.v) * model.p / (n * model.p + (model.q - 1))
