"""Answers to events: at once, inside everything that limits them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Self

import attrs
import numpy as np
import pandas as pd

from crmlib.interfaces import TimingModel
from crmlib.timing._schedule_within import schedule_within
from crmlib.timing._zones import resolve_zones

if TYPE_CHECKING:
    from datetime import datetime

    import numpy.typing as npt

    from crmlib.timing._moments import Moments
    from crmlib.timing._send_limits import SendLimits
    from crmlib.timing._trigger import TriggerTiming

_A_MINUTE = timedelta(minutes=1)
_AN_HOUR = timedelta(hours=1)
_AT_ONCE = 2.0
"""What :attr:`Moments.value` counts for a message at its best moment."""


def answer_within(
    timing: TriggerTiming,
    customers: pd.DataFrame,
    limits: SendLimits,
    *,
    not_before: datetime,
    not_after: datetime,
    **terms: Any,
) -> Moments:
    """Give each customer whose message is due the first moment inside all limits.

    At once if the present hour of the customer's clock may be used, else in
    the next hour that may, spread over its minutes by a stable hash, and not
    when the message has expired.

    Parameters
    ----------
    timing : TriggerTiming
        Fitted.
    customers : DataFrame of shape (n_customers, n_columns)
        Indexed by ``customer_id``, with ``timezone`` (IANA).  All are taken
        to be due; :meth:`TriggerTiming.states` says who is.
    limits : SendLimits
        The rate holds for later hours; what goes at once leaves it to the ledger.
    not_before, not_after : datetime
        Aware; the first is the moment of planning.
    **terms
        As :func:`schedule_within` takes them.

    Returns
    -------
    Moments
    """
    now = not_before
    at_once = schedule_within(
        _AtOnce(timing),
        customers,
        attrs.evolve(limits, per_minute=None),
        not_before=now - _AN_HOUR + timedelta(microseconds=1),
        not_after=now + _A_MINUTE,
        spread_minutes=1,
        **terms,
    )
    begins = at_once.table["send_at"]
    send_at = begins.where(begins.isna() | (begins > now), now)
    ends = expires_at(timing, customers, now)
    goes = (
        _is_same_hour(begins, send_at, customers) & (ends.isna() | (send_at < ends))
    ).to_numpy()
    first = at_once.table[goes].assign(send_at=send_at[goes])
    if (permissions := terms.get("permissions")) is not None:
        terms["permissions"] = permissions[~goes]
    later = schedule_within(
        _AtOnce(timing),
        customers.assign(expires_at=ends)[~goes],
        limits,
        not_before=now,
        not_after=not_after,
        **terms,
    )
    table = pd.concat([first, later.table]).reindex(customers.index)
    held = table["send_at"].isna()
    events = timing.reasons(customers[held], table.loc[held, "send_at"])
    table.loc[held, "why"] = events + "; " + table.loc[held, "why"]
    return attrs.evolve(
        later,
        table=table,
        value=later.value + _AT_ONCE * len(first),
        bound=later.bound + _AT_ONCE * len(first),
    )


def expires_at(
    timing: TriggerTiming, customers: pd.DataFrame, now: datetime
) -> pd.Series[pd.Timestamp]:
    """Give when each message expires: by the event, or by an ``expires_at`` that is earlier."""
    ends = timing.states(customers, now)["expires_at"]
    if "expires_at" not in customers:
        return ends
    own = pd.to_datetime(customers["expires_at"], utc=True)
    return ends.where(own.isna() | (ends < own), own)


def _is_same_hour(
    begins: pd.Series[pd.Timestamp], send_at: pd.Series[pd.Timestamp], customers: pd.DataFrame
) -> pd.Series[bool]:
    """Say who has a moment in the hour that was looked at: no change of clocks lies between."""
    same = begins.notna()
    zones = resolve_zones(customers["timezone"], fallback="UTC")
    for zone, theirs in begins[same].groupby(zones[same]):
        walls = [
            at.dt.tz_convert(zone).dt.tz_localize(None) for at in (theirs, send_at[theirs.index])
        ]
        same[theirs.index] = walls[1] - walls[0] == send_at[theirs.index] - theirs
    return same


class _AtOnce(TimingModel):
    """Likes earlier moments better, for the reasons of a trigger."""

    def __init__(self, trigger: TriggerTiming) -> None:
        self.trigger = trigger

    def fit(
        self,
        events: pd.DataFrame,  # noqa: ARG002 -- the trigger is fitted already
        y: None = None,  # noqa: ARG002
        *,
        zones: pd.Series[str] | None = None,  # noqa: ARG002
    ) -> Self:
        """Leave the trigger as it is fitted."""
        return self

    def preferences(
        self, customers: pd.DataFrame, slots: pd.DatetimeIndex
    ) -> npt.NDArray[np.float64]:
        """Give 1 to the first slot and less to each that follows."""
        scores = 1 / (1 + np.arange(len(slots)))
        return np.broadcast_to(scores, (len(customers), len(slots)))

    def reasons(self, customers: pd.DataFrame, send_at: pd.Series) -> pd.Series[str]:
        """Name the event."""
        return self.trigger.reasons(customers, send_at)
