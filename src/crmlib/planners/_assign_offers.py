"""One offer per customer, under caps and a budget."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.exceptions import InvalidParameterError, InvalidTableError
from crmlib.planners._offer_assignment import OfferAssignment
from crmlib.statistics._assignment_prices import find_prices
from crmlib.statistics._assignment_problem import AssignmentProblem
from crmlib.statistics._assignment_repair import assign_at
from crmlib.statistics._exact_assignment import solve_exactly

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

EXACT_CELLS = 5_000
"""Customers times offers up to which the best assignment is looked for exactly."""


def assign_offers(
    scores: pd.DataFrame,
    caps: Mapping[str, int] | None = None,
    *,
    costs: Mapping[str, float] | None = None,
    budget: float | None = None,
) -> OfferAssignment:
    """Give each customer one offer at most, so that the sum of scores is the highest.

    Up to 5,000 scores it is found exactly, by branch and bound; above that by
    dual prices [1]_: every offer gets the price at which as many want it as
    there are, in a search that shares out ties.  Either way
    :attr:`OfferAssignment.bound` proves how much better an assignment could be
    at most.

    Parameters
    ----------
    scores : DataFrame of shape (n_customers, n_offers), indexed by customer_id
        What each offer brings, such as expected uplift; float32 halves the
        memory.  NaN or -inf says that a customer is not eligible; what brings
        0 or less is not given.
    caps : mapping of str to int, optional
        Most that there are of each offer; an offer that is not named has no
        limit.
    costs : mapping of str to float, optional
        Of one offer each, 0 or more; an offer that is not named costs nothing.
    budget : float, optional
        Most that may be spent, in the unit of *costs*, which it needs; by
        default no limit.

    Returns
    -------
    OfferAssignment

    Raises
    ------
    InvalidTableError
        If *scores* has no offers, an offer or customer twice, text or +inf.
    InvalidParameterError
        If a cap, cost or the budget is negative or of an unknown offer, or
        there is a budget without costs.

    References
    ----------
    .. [1] D. P. Bertsekas, *Network Optimization*, Athena, 1998, sec. 7.1
       (prices and duality in assignment).

    Examples
    --------
    >>> import pandas as pd
    >>> scores = pd.DataFrame(
    ...     {"coupon": [3.0, 2.9, 0.5], "gift": [2.0, 0.1, float("nan")]},
    ...     index=["C1", "C2", "C3"],
    ... )
    >>> found = assign_offers(scores, {"coupon": 1, "gift": 1})
    >>> found.offers.tolist(), found.value, found.gap
    (['gift', 'coupon', None], 4.9, 0.0)
    """
    values = _check_scores(scores)
    n_customers = len(values)
    names = [str(column) for column in scores.columns]
    given = _by_offer("caps", caps, names, float(n_customers))
    problem = AssignmentProblem(
        scores=values,
        caps=np.minimum(np.floor(given), n_customers),
        costs=_by_offer("costs", costs, names, 0.0),
        budget=_check_budget(budget, costs),
    )
    prices, budget_price = np.full(len(names), np.nan), float("nan")
    exact = solve_exactly(problem) if values.size <= EXACT_CELLS else None
    if exact is not None:
        method = "milp"
        chosen, bound = exact
    else:
        method = "prices"
        prices, budget_price, temperature = find_prices(problem)
        chosen = assign_at(problem, prices, budget_price, temperature)
        bound = problem.bound(prices, budget_price)
    value = problem.value(chosen)
    labels = np.array([*names, None], dtype=object)
    return OfferAssignment(
        offers=pd.Series(labels[chosen], index=scores.index, name="offer", dtype=object),
        value=value,
        bound=max(bound, value),  # rounding may put it a trace below
        method=method,
        prices=pd.Series(prices, index=pd.Index(names, name="offer")),
        budget_price=budget_price,
        spent=problem.spent(chosen),
    )


def _check_scores(scores: pd.DataFrame) -> npt.NDArray[np.floating]:
    if not len(scores.columns) or not scores.columns.is_unique:
        raise InvalidTableError("scores", "has no offers, or one twice", "give a column per offer")
    if not scores.index.is_unique:
        raise InvalidTableError("scores", "repeats a customer_id", "give a row per customer")
    try:
        values = scores.to_numpy()
        values = values if values.dtype == np.float32 else values.astype(np.float64, copy=False)
    except (TypeError, ValueError) as error:
        raise InvalidTableError("scores", "holds text", "give numbers, NaN for none") from error
    if np.isposinf(values).any():
        raise InvalidTableError("scores", "holds +inf", "give finite numbers, NaN for none")
    return values


def _by_offer(
    name: str, given: Mapping[str, float] | None, offers: list[str], default: float
) -> npt.NDArray[np.float64]:
    numbers = dict.fromkeys(offers, default)
    for offer, number in (given or {}).items():
        if offer not in numbers or not 0 <= number < float("inf"):
            raise InvalidParameterError(
                name, {offer: number}, f"numbers from 0 by offer; offers are {offers}"
            )
        numbers[offer] = float(number)
    return np.array(list(numbers.values()))


def _check_budget(budget: float | None, costs: Mapping[str, float] | None) -> float:
    if budget is None:
        return float("inf")
    if not 0 <= budget < float("inf"):
        raise InvalidParameterError("budget", budget, "0 or more, or None")
    if not costs:
        raise InvalidParameterError(
            "budget",
            budget,
            "given with costs, such as costs={offer: 2.0}, for without them nothing is spent; "
            "to limit how many there are give caps",
        )
    return float(budget)
