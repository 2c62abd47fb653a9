"""A plan and what came of it → the responses that planners learn from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.exceptions import InvalidParameterError
from crmlib.measurement._outcomes import outcomes_of, read_text_ids
from crmlib.messages import Decision
from crmlib.tables import NO_MESSAGE, check_aware, check_engagements, check_transactions

if TYPE_CHECKING:
    from datetime import datetime

    from crmlib.campaigns import Plan


def collect_purchases(
    plan: Plan,
    audience: pd.DataFrame,
    later_orders: pd.DataFrame,
    *,
    window_days: float = 14,
    observed_until: datetime | None = None,
) -> pd.DataFrame:
    """Say of each customer of *plan* what was sent, by which chance, and whether they bought.

    As planned, whether delivered or not.  Those held out got no message, with
    the share of the hold-out as their propensity; those sent to got theirs
    with the chance of the planner times that of not being held out.  Whose
    window is not over is left out.

    Parameters
    ----------
    plan : Plan
        What was decided.
    audience : DataFrame of shape (n_customers, n_columns), indexed by customer_id
        What was known of the customers when it was: the columns that a
        planner is to look at.
    later_orders : DataFrame of shape (n_lines, n_columns)
        The canonical transactions table with what was ordered since.
    window_days : float, default=14
        Days after the planned moment in which orders count; above 0.
    observed_until : datetime, optional
        Aware; up to when *later_orders* is complete.  By default the instant
        of its last line.

    Returns
    -------
    DataFrame of shape (n_decisions, n_columns)
        ``customer_id``, ``message``, ``propensity``, ``reward`` (1.0 with an
        order, else 0.0), ``spend`` (net sum; for ``reward`` where money is
        what counts), ``at``, ``segment`` and the columns of *audience*.

    Raises
    ------
    MissingColumnsError, InvalidTableError, InvalidParameterError
        As :func:`measure`.
    """
    check_transactions("later_orders", later_orders)
    if not window_days > 0:
        raise InvalidParameterError("window_days", window_days, "above 0")
    orders = later_orders.assign(customer_id=read_text_ids(later_orders["customer_id"]))
    until = None if orders.empty else orders["ordered_at"].max()
    if observed_until is not None:
        until = pd.Timestamp(check_aware("observed_until", observed_until)).tz_convert("UTC")
    outcomes = outcomes_of(plan.table, orders, pd.Timedelta(days=window_days), until)
    outcomes = outcomes[outcomes["decided"]]
    share = float(plan.header["holdout"]["share"])
    rows = plan.table.loc[outcomes.index]
    held_out = (rows["decision"] == Decision.HOLD_OUT).to_numpy()
    return _responses(
        rows.assign(
            template=rows["template"].mask(held_out, NO_MESSAGE),
            propensity=np.where(held_out, share, rows["propensity"] * (1 - share)),
        ),
        audience,
        {"reward": outcomes["bought"].astype(float), "spend": outcomes["spend"]},
    )


def collect_clicks(
    plan: Plan, audience: pd.DataFrame, engagements: pd.DataFrame, *, window_days: float = 14
) -> pd.DataFrame:
    """Say of each customer of *plan* who was written to what, by which chance, and who clicked.

    Clicks of machines do not count, and nobody clicks on what they did not
    get, so those held out are left out: clicks cannot tell what would have
    been without a message, purchases can.

    Parameters
    ----------
    plan : Plan
        What was decided.
    audience : DataFrame of shape (n_customers, n_columns), indexed by customer_id
        What was known of the customers when it was.
    engagements : DataFrame of shape (n_events, n_columns)
        As :func:`crmlib.tables.check_engagements` takes it.
    window_days : float, default=14
        Days after the planned moment in which clicks count; above 0.

    Returns
    -------
    DataFrame of shape (n_decisions, n_columns)
        ``customer_id``, ``message``, ``propensity``, ``reward`` (1.0 with a
        click, else 0.0), ``at``, ``segment`` and the columns of *audience*.

    Raises
    ------
    MissingColumnsError, InvalidTableError, InvalidParameterError
        If a table or number is not as described.
    """
    events = check_engagements(engagements)
    if not window_days > 0:
        raise InvalidParameterError("window_days", window_days, "above 0")
    rows = plan.table[plan.table["decision"] == Decision.SEND]
    clicks = events[(events["event"] == "clicked") & ~events["is_machine"]]
    sent_at = clicks["message_key"].map(rows.set_index("message_key")["send_at"])
    since = clicks["at"] - sent_at
    counted = (since >= pd.Timedelta(0)) & (since < pd.Timedelta(days=window_days))
    clicked = rows["message_key"].isin(clicks.loc[counted, "message_key"])
    return _responses(rows, audience, {"reward": clicked.astype(float)})


def _responses(
    rows: pd.DataFrame, audience: pd.DataFrame, results: dict[str, pd.Series[float]]
) -> pd.DataFrame:
    """Join what was sent, what came of it and what was known."""
    told = pd.DataFrame(
        {"message": rows["template"], "propensity": rows["propensity"]}
        | results
        | {"at": rows["send_at"], "segment": rows["segment"]}
    )
    known = audience[[column for column in audience.columns if column not in told.columns]]
    ids = pd.Index(told.index, dtype=object)
    known = known.set_axis(pd.Index(known.index.astype(str), dtype=object)).reindex(ids)
    return pd.concat([told.set_axis(ids), known], axis=1).rename_axis("customer_id").reset_index()
