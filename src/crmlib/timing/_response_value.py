"""What timing earns, told from sends that were logged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.exceptions import InvalidParameterError, InvalidTableError
from crmlib.statistics import (
    estimate_dr,
    estimate_dr_difference,
    estimate_ips,
    estimate_snips,
)
from crmlib.tables import check_columns
from crmlib.timing._response_groups import CONTROL, OPTIMISED, RANDOM, best_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmlib.timing._response import ResponseTiming

_GROUPS = (CONTROL, RANDOM, OPTIMISED)


def compare_groups(decisions: pd.DataFrame, *, alpha: float = 0.05) -> pd.DataFrame:
    """Compare how much of their messages the groups of :class:`ResponseTiming` answered.

    Groups are drawn by lot, so the difference is what the timing earned.

    Parameters
    ----------
    decisions : DataFrame of shape (n_sends, n_columns)
        Indexed by ``customer_id``: ``group``, as :meth:`ResponseTiming.decisions`
        logs it, and ``answered`` (bool).  Sends of several campaigns may be
        stacked, of the same shares of groups.
    alpha : float, default=0.05
        The share of intervals that miss the truth.

    Returns
    -------
    DataFrame of shape (at most 3, 7), indexed by group
        ``sends``; ``answered``, a share, with ``low`` and ``high``; ``gain``,
        by how much it is higher than that of the first row, ``"control"`` if
        there is one, with ``gain_low`` and ``gain_high``.  Intervals allow for
        customers who are sent to more than once.

    Raises
    ------
    MissingColumnsError
        If a column is missing.
    InvalidTableError
        If there are not two groups, or a group that none of the three is.

    Examples
    --------
    >>> import pandas as pd
    >>> decisions = pd.DataFrame({
    ...     "group": ["control"] * 4 + ["optimised"] * 4,
    ...     "answered": [True, False, False, False, True, True, True, False],
    ... })
    >>> compare_groups(decisions)["gain"]
    group
    control      0.0
    optimised    0.5
    Name: gain, dtype: float64
    """
    check_columns("decisions", decisions, ["group", "answered"])
    told = decisions["group"].astype("str")
    names = [name for name in _GROUPS if (told == name).any()]
    if len(names) < 2 or not told.isin(_GROUPS).all():  # noqa: PLR2004 -- to compare
        raise InvalidTableError(
            "decisions",
            f"has the groups {sorted(told.unique())}",
            f"stack what ResponseTiming.decisions gives; groups are {list(_GROUPS)}",
        )
    chosen = pd.Index(names).get_indexer(pd.Index(told))
    answered = decisions["answered"].to_numpy(dtype=np.float64)
    sends = np.bincount(chosen)
    shares = np.bincount(chosen, answered) / sends
    # With the groups' own means as predictions this is the difference of means.
    log = answered, chosen, (sends / len(chosen))[chosen]
    policies = [np.tile(row, (len(chosen), 1)) for row in np.eye(len(names))]
    means = np.tile(shares, (len(chosen), 1))
    clusters = decisions.index.to_numpy()
    rows = []
    for policy in policies:
        own = estimate_dr(*log, policy, means, clusters=clusters, alpha=alpha)
        gain = estimate_dr_difference(
            *log, policy, means, baseline=policies[0], clusters=clusters, alpha=alpha
        )
        rows.append([own.value, *own.interval, gain.value, *gain.interval])
    columns = ["answered", "low", "high", "gain", "gain_low", "gain_high"]
    table = pd.DataFrame(rows, index=pd.Index(names, name="group"), columns=columns)
    table.insert(0, "sends", sends)
    return table


def judge_timing(
    timing: ResponseTiming,
    decisions: pd.DataFrame,
    *,
    hours: Sequence[int] = range(24),
    alpha: float = 0.05,
) -> pd.DataFrame:
    """Tell from logged sends what share *timing* would have had answered, had all followed it.

    Nothing is sent for it: each send counts as often as a policy would have
    chosen its hour likelier than the logging one did.

    Parameters
    ----------
    timing : ResponseTiming
        Fitted on sends before *decisions*, so that it does not know their answers.
    decisions : DataFrame of shape (n_sends, n_columns)
        Indexed by ``customer_id``: ``hour`` and ``propensity``, as
        :meth:`ResponseTiming.decisions` logs them, and ``answered`` (bool).
    hours : sequence of int, default=range(24)
        The local hours that were permitted.
    alpha : float, default=0.05
        The share of intervals that miss the truth.

    Returns
    -------
    DataFrame of shape (3, 10), indexed by "hour by lot", "hour of all" and "own hour"
        ``value``, the share of messages answered, doubly robust, with ``low``
        and ``high``; ``gain``, by how much it is higher than with the hour of
        all, with ``gain_low`` and ``gain_high``; ``ips`` and ``snips``, the
        same value without predictions; ``effective_sample_size``, the sends
        that tell of the policy, and ``max_weight``, the most that one counts.

    Raises
    ------
    MissingColumnsError
        If a column is missing.
    InvalidParameterError
        If an hour was chosen that is not permitted, or nothing was explored.

    Notes
    -----
    See :func:`crmlib.statistics.estimate_dr`, which also says what is cited.
    The predictions are the rates of *timing*.
    """
    check_columns("decisions", decisions, ["hour", "propensity", "answered"])
    chosen = pd.Index(hours).get_indexer(pd.Index(decisions["hour"]))
    if (chosen < 0).any():
        wrong = decisions["hour"][chosen < 0].iloc[0]
        raise InvalidParameterError("hours", list(hours), f"those of decisions, such as {wrong}")
    propensities = decisions["propensity"].to_numpy(dtype=np.float64)
    if (propensities == 1).all():
        raise InvalidParameterError(
            "propensity", "1 in every row", "below 1: let some customers explore"
        )
    customers = pd.DataFrame(index=decisions.index)
    rates = timing.rates(customers)[list(hours)].to_numpy()
    everybody = np.tile(timing.rates_of_all()[list(hours)], (len(rates), 1))
    policies = {
        "hour by lot": np.full_like(rates, 1 / rates.shape[1]),
        "hour of all": best_of(everybody),
        "own hour": best_of(rates),
    }
    log = decisions["answered"].to_numpy(dtype=np.float64), chosen, propensities
    clusters = decisions.index.to_numpy()
    rows = []
    for policy in policies.values():
        own = estimate_dr(*log, policy, rates, clusters=clusters, alpha=alpha)
        gain = estimate_dr_difference(
            *log,
            policy,
            rates,
            baseline=policies["hour of all"],
            clusters=clusters,
            alpha=alpha,
        )
        ips, snips = (estimate(*log, policy) for estimate in (estimate_ips, estimate_snips))
        rows.append(
            {
                "value": own.value,
                "low": own.interval[0],
                "high": own.interval[1],
                "gain": gain.value,
                "gain_low": gain.interval[0],
                "gain_high": gain.interval[1],
                "ips": ips.value,
                "snips": snips.value,
                "effective_sample_size": own.effective_sample_size,
                "max_weight": own.max_weight,
            }
        )
    return pd.DataFrame(rows, index=pd.Index(policies, name="policy"))
