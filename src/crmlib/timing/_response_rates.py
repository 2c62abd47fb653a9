"""The rates at which hours are answered, drawn towards what is expected, and their parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.exceptions import InvalidParameterError
from crmlib.statistics import circular_kernel
from crmlib.tables import get_zone
from crmlib.timing._visits import HOURS

if TYPE_CHECKING:
    import numpy.typing as npt

    from crmlib.interfaces import TimingModel
    from crmlib.timing._response import ResponseTiming

    Floats = npt.NDArray[np.float64]

_DAY = pd.date_range("2026-01-05", periods=HOURS, freq="h", tz="UTC")


def find_liking(prior: TimingModel | None, customers: pd.DataFrame) -> Floats:
    """Say how much likelier than an hour by lot the prior finds each hour of each customer."""
    if prior is None or not len(customers):
        return np.ones((len(customers), HOURS))
    liking = prior.preferences(customers, _DAY)
    return np.asarray(liking / liking.mean(axis=1, keepdims=True), dtype=np.float64)


def draw_rates(timing: ResponseTiming, answers: Floats, sends: Floats, expected: Floats) -> Floats:
    """Draw the rates of *answers* to *sends*, hours smoothed, towards those *expected*."""
    kernel = circular_kernel(HOURS, timing.kappa)
    rates = (timing.strength * expected + answers @ kernel) / (timing.strength + sends @ kernel)
    return np.asarray(rates, dtype=np.float64)


def check_response(timing: ResponseTiming) -> None:
    """Refuse parameters that cannot be.

    Raises
    ------
    InvalidParameterError
        If one of them is out of its range.
    """
    get_zone(timing.timezone)
    if not timing.strength > 0:
        raise InvalidParameterError("strength", timing.strength, "above 0")
    if not timing.kappa >= 0:
        raise InvalidParameterError("kappa", timing.kappa, "0 or more")
    if not 0 <= timing.exploration <= 1:
        raise InvalidParameterError("exploration", timing.exploration, "from 0 to 1")
    if not 0 <= timing.control <= 1 - timing.exploration:
        raise InvalidParameterError(
            "control", timing.control, "from 0 to 1, with exploration at most 1"
        )
