"""From engagements to how often each customer was sent to, and answered, at which hour."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np
import pandas as pd

from crmlib.exceptions import InvalidTableError
from crmlib.tables import check_columns
from crmlib.timing._visits import HOURS, find_instant, find_known, local_hours, zones_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt


@attrs.frozen(kw_only=True, eq=False)
class SendCounts:
    """Sends by local hour, and those of them that were answered, a row per customer."""

    customer_ids: pd.Index
    sends: npt.NDArray[np.float64]
    answers: npt.NDArray[np.float64]


def count_sends(
    events: pd.DataFrame, responses: Sequence[str], zones: pd.Series | None, timezone: str
) -> SendCounts:
    """Count; an answer counts for the hour of the send with its key."""
    instant = find_instant(events)
    if instant == "at":
        check_columns("events", events, ["message_key", "event"])
        sends = events[events["event"].eq("sent") & find_known(events, instant)]
    else:
        sends = events.iloc[:0].assign(message_key=None)
    if sends["message_key"].duplicated().any():
        raise InvalidTableError(
            "events", "has a message that was sent twice", "give each send a key of its own"
        )
    codes, ids = pd.factorize(sends["customer_id"], sort=True)
    customer_ids = pd.Index(ids, name="customer_id")
    zone_of_each = zones_of(customer_ids, zones, timezone)
    hours = local_hours(sends[instant], codes, zone_of_each) % HOURS
    answered = sends["message_key"].isin(_answered(events, responses)).to_numpy(dtype=bool)
    return SendCounts(
        customer_ids=customer_ids,
        sends=_count(codes, hours, len(ids)),
        answers=_count(codes[answered], hours[answered], len(ids)),
    )


def _answered(events: pd.DataFrame, responses: Sequence[str]) -> pd.Series:
    """Give the keys of the messages that a person answered."""
    if "event" not in events:
        return pd.Series(dtype=object)
    answers = events[events["event"].isin(list(responses))]
    if "is_machine" in answers:
        answers = answers[~answers["is_machine"].eq(other=True).fillna(value=False)]
    return answers["message_key"]


def _count(
    rows: npt.NDArray[np.intp], hours: npt.NDArray[np.int64], n_rows: int
) -> npt.NDArray[np.float64]:
    counts = np.bincount(rows * HOURS + hours, minlength=n_rows * HOURS)
    return counts.reshape(n_rows, HOURS).astype(np.float64)
