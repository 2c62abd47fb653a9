"""The checks of :class:`crmlib.interfaces.MessagePlanner`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmlib.testing._check import Check
from crmlib.testing._draw_promises import DRAWING_PROMISES
from crmlib.testing._estimator_promises import LEARNING_PROMISES, answers_unfitted_or_says_so
from crmlib.testing._estimator_trial import EstimatorTrial
from crmlib.testing._example_tables import example_audience, example_transactions
from crmlib.testing._planner_promises import PLANNING_PROMISES

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.interfaces import MessagePlanner


def planner_checks(
    planner: MessagePlanner, *, audience: pd.DataFrame | None = None
) -> list[Check]:
    """Give the checks of a message planner: one for each promise of the interface.

    Parameters
    ----------
    planner : MessagePlanner
        Only its parameters are used; it is never fitted itself.
    audience : DataFrame of shape (n_customers, n_columns), optional
        To whom to write, if *planner* needs segments or columns that
        :func:`example_audience` lacks; at least two rows.

    Returns
    -------
    list of Check
        Each can be called alone and in any order.

    Examples
    --------
    >>> from crmlib.planners import Template, TemplatePlanner
    >>> planner = TemplatePlanner({"default": Template(subject="Hello", body="Hi {name|there}")})
    >>> for check in planner_checks(planner):
    ...     check()
    """
    trial = EstimatorTrial(
        estimator=planner,
        training=example_transactions(),
        asked=example_audience() if audience is None else audience.copy(),
        question=_plan_for_email,
    )
    return [Check(promise, trial) for promise in PROMISES]


def _plan_for_email(fitted: MessagePlanner, audience: pd.DataFrame) -> pd.DataFrame:
    return fitted.plan(audience, medium="email")


PROMISES = [
    *LEARNING_PROMISES,
    answers_unfitted_or_says_so,
    *PLANNING_PROMISES,
    *DRAWING_PROMISES,
]
