"""The checks of :class:`crmlib.interfaces.TimingModel`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.testing._check import Check
from crmlib.testing._estimator_promises import (
    LEARNING_PROMISES,
    answers_each_customer_alone,
    answers_unfitted_or_says_so,
)
from crmlib.testing._estimator_trial import EstimatorTrial
from crmlib.testing._example_tables import example_audience, example_slots, example_transactions
from crmlib.testing._timing_promises import TIMING_PROMISES

if TYPE_CHECKING:
    from crmlib.interfaces import TimingModel


def timing_checks(timing: TimingModel) -> list[Check]:
    """Give the checks of a timing model: one for each promise of the interface.

    Parameters
    ----------
    timing : TimingModel
        Only its parameters are used; it is never fitted itself.

    Returns
    -------
    list of Check
        Each can be called alone and in any order.

    Examples
    --------
    >>> from crmlib.timing import PreferredHourTiming
    >>> for check in timing_checks(PreferredHourTiming()):
    ...     check()
    """
    trial = EstimatorTrial(
        estimator=timing,
        training=example_transactions()[["customer_id", "ordered_at", "amount"]],
        asked=example_audience().assign(timezone="Asia/Seoul"),
        question=partial(_preferences_as_table, slots=example_slots("Asia/Seoul")),
    )
    return [Check(promise, trial) for promise in PROMISES]


def _preferences_as_table(
    fitted: TimingModel, customers: pd.DataFrame, slots: pd.DatetimeIndex
) -> pd.DataFrame:
    return pd.DataFrame(np.asarray(fitted.preferences(customers, slots)))


PROMISES = [
    *LEARNING_PROMISES,
    answers_unfitted_or_says_so,
    answers_each_customer_alone,
    *TIMING_PROMISES,
]
