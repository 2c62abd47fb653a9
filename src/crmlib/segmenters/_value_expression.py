"""The value of a customer as an expression over the columns of a customers table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import narwhals.stable.v2 as nw
import numpy as np

from crmlib.segmenters._bg_nbd_forecast import make_points

if TYPE_CHECKING:
    from crmlib.segmenters._bg_nbd import BgNbd
    from crmlib.segmenters._gamma_gamma import GammaGamma

_LARGEST = 700.0
"""exp of more than this is no number."""


def value_expression(
    bought: BgNbd, spent: GammaGamma, horizon_days: float, repeat_value: str | None
) -> nw.Expr:
    """Give expected purchases in the horizon times expected spend per purchase.

    The same sums as in :func:`crmlib.segmenters._bg_nbd_forecast.expected_purchases`.
    """
    frequency = _number("frequency")
    recency, tenure = _number("recency_days"), _number("tenure_days")
    x = frequency - 1
    purchases = _alive(bought, x, recency, tenure) * _purchases_if_alive(
        bought, x, tenure, horizon_days
    )
    return purchases * _spend(spent, x, frequency, repeat_value)


def _alive(model: BgNbd, x: nw.Expr, recency: nw.Expr, tenure: nw.Expr) -> nw.Expr:
    again = nw.when(x > 0).then(x).otherwise(nw.lit(1.0))
    silence = (model.alpha + tenure).log() - (model.alpha + tenure - recency).log()
    gone = float(np.log(model.a)) - (model.b + again - 1).log() + (model.r + x) * silence
    gone = nw.when(gone > _LARGEST).then(nw.lit(_LARGEST)).otherwise(gone)
    return nw.when(x > 0).then(1 / (1 + gone.exp())).otherwise(nw.lit(1.0))


def _purchases_if_alive(model: BgNbd, x: nw.Expr, tenure: nw.Expr, days: float) -> nw.Expr:
    points = make_points(model.a, model.b)
    rate, span = model.r + x, model.alpha + tenure
    total = nw.lit(float(points.weight[0]))
    bought = float(points.weight[0]) * days * rate / span
    for p, log_stay, weight in zip(
        points.p[1:].tolist(),
        points.log_stay[1:].tolist(),
        points.weight[1:].tolist(),
        strict=True,
    ):
        share = weight * (log_stay * x).exp()
        total = total + share
        bought = bought + share / p * (1 - (-1 * rate * (1 + p * days / span).log()).exp())
    return bought / total


def _spend(model: GammaGamma, x: nw.Expr, frequency: nw.Expr, repeat_value: str | None) -> nw.Expr:
    if repeat_value is None:
        n, given = frequency, _number("average_order_value")
    else:
        n, given = x, _number(repeat_value)
    mean = nw.when((n > 0) & (given > 0)).then(given).otherwise(nw.lit(0.0))
    return model.p * (model.v + n * mean) / (model.p * n + model.q - 1)


def _number(column: str) -> nw.Expr:
    return nw.col(column).cast(nw.Float64())
