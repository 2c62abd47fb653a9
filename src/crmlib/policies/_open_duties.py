"""Which events still owe a duty something."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmlib.policies._consent_log import local_days_of

if TYPE_CHECKING:
    import numpy.typing as npt

    from crmlib.policies._consent_log import Log
    from crmlib.policies._duty import Duty


def find_tasks(duty: Duty, log: Log) -> pd.DataFrame:
    """Give the events that no notice tells of, each with the last day, ``due``."""
    events = log.events_of(duty)
    return _with_due(events[~log.is_told(duty.name, events)], duty)


def find_unheeded(duty: Duty, log: Log) -> pd.DataFrame:
    """Give the withdrawals that sending does not know, unless they were taken back."""
    events = log.events_of(duty)
    return _with_due(events[~(log.is_recorded(events) | log.is_superseded(events))], duty)


def find_reminders(duty: Duty, log: Log) -> pd.DataFrame:
    """Give the consents that hold and of which a period has no notice, each with its last day.

    Of a consent that is owed a notice for the period that is over that one is
    given, and not the next as well.
    """
    events = log.find_in_force(duty)
    day = events["day"].to_numpy(dtype="datetime64[D]")
    on = np.datetime64(log.on)
    whole = _periods_over(day, on, duty)
    last_due = duty.due_after(day, whole)
    begin, current = duty.due_after(day, np.maximum(whole - 1, 0)), last_due
    before = _count_notices(duty, log, events, begin, last_due)
    since = _count_notices(duty, log, events, current, np.full(len(day), on))
    counts = last_due >= np.datetime64(log.done_before)
    missed = (whole > 0) & (before == 0) & counts
    late = missed & (since == 0)
    due = np.where(late, last_due, duty.due_after(day, whole + 1))
    owed = late | (since - missed <= 0)
    table: pd.DataFrame = _with_days(events, due)[owed]
    return table


def _periods_over(day: npt.NDArray[Any], on: np.datetime64, duty: Duty) -> npt.NDArray[np.int64]:
    """Count the periods of each consent whose last day is before *on*."""
    of_log, of_day = (days.astype("datetime64[Y]").astype(np.int64) for days in (day, on))
    whole: npt.NDArray[np.int64] = (of_day - of_log) // (duty.years or 1)
    whole -= (duty.due_after(day, whole) >= on) & (whole > 0)
    return whole


def _count_notices(
    duty: Duty, log: Log, events: pd.DataFrame, after: npt.NDArray[Any], last: npt.NDArray[Any]
) -> npt.NDArray[np.int64]:
    """Count the notices of each of *events* that came after one day and not after another."""
    sent = log.sent(duty.name)[["customer_id", "at", "since", "until"]]
    rows = pd.DataFrame(
        {
            "row": np.arange(len(events)),
            "customer_id": events["customer_id"].to_numpy(),
            "said": events["at"].to_numpy(),
            "after": after,
            "last": last,
        }
    ).merge(sent, on="customer_id")
    days = local_days_of(rows["at"], duty.zone)
    fits = (
        (rows["until"].to_numpy() >= rows["said"].to_numpy())
        & ~(rows["since"] > rows["said"]).to_numpy()
        & (days > rows["after"].to_numpy(dtype="datetime64[D]"))
        & (days <= rows["last"].to_numpy(dtype="datetime64[D]"))
    )
    return np.bincount(rows["row"].to_numpy()[fits], minlength=len(events))


def _with_due(events: pd.DataFrame, duty: Duty) -> pd.DataFrame:
    return _with_days(events, duty.due_after(events["day"].to_numpy(dtype="datetime64[D]")))


def _with_days(events: pd.DataFrame, due: npt.NDArray[Any]) -> pd.DataFrame:
    return events.assign(due=pd.Series(due, index=events.index).astype("datetime64[us]"))
