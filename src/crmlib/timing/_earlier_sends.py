"""What earlier messages leave: caps and spacing as stretches that are closed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from crmlib.messages import Purpose, Reason
from crmlib.tables import check_columns
from crmlib.tables._checks import read_aware
from crmlib.timing._slots import HOUR, to_index
from crmlib.timing._spans import Limit, Spans, sort_spans

if TYPE_CHECKING:
    import numpy.typing as npt

    from crmlib.timing._frequency_cap import FrequencyCap
    from crmlib.timing._send_limits import SendLimits

    Integers = npt.NDArray[np.int64]

_FREQUENCIES: Final = {"day": "D", "week": "W-SUN", "month": "M"}


def close_for_sends(
    sends: pd.DataFrame,
    customer_ids: pd.Index,
    zones: pd.Series[str],
    limits: SendLimits,
    *,
    medium: str | None,
    tag: str | None,
) -> list[Spans]:
    """Give the stretches that *sends* close under each cap and the spacing.

    Parameters
    ----------
    sends : DataFrame of shape (n_sends, n_columns)
        As :func:`crmlib.timing.schedule_within` takes it.
    customer_ids : Index of shape (n_customers,)
        Whom to look for.
    zones : Series of str
        Zone of each of them.
    medium, tag : str or None
        Of the messages to come.
    """
    counted = _read_sends(sends, customer_ids)
    closed = []
    for cap in limits.caps:
        if not cap.holds_for(medium, tag):
            continue
        own = _matching(counted, cap)
        limit = Limit(reason=Reason.FREQUENCY_CAP, words=f"the cap of {cap}")
        if cap.hours is not None:
            closed.append(_close_windows(limit, own, cap.most, round(cap.hours * HOUR)))
        else:
            closed.append(_close_periods(limit, own, cap, zones))
    if limits.spacing_hours:
        words = f"the spacing of {limits.spacing_hours:g} h"
        limit = Limit(reason=Reason.TOO_SOON, words=words)
        closed.append(_close_windows(limit, counted, 1, round(limits.spacing_hours * HOUR)))
    return closed


def _read_sends(sends: pd.DataFrame, customer_ids: pd.Index) -> pd.DataFrame:
    """Give place, instant, medium and tag of what counts, in the order of place and instant."""
    check_columns("sends", sends, ["customer_id", "at"])
    at = pd.DatetimeIndex(read_aware(sends["at"], "sends"))
    n = len(sends)
    table = pd.DataFrame(
        {
            "row": customer_ids.get_indexer(pd.Index(sends["customer_id"])),
            "at": at.as_unit("us").asi8,
            "medium": sends["channel"].to_numpy() if "channel" in sends else np.full(n, None),
            "tag": sends["tag"].to_numpy() if "tag" in sends else np.full(n, None),
        }
    )
    counts = table["row"].to_numpy() >= 0
    if "event" in sends:
        # ledgers tell no event: where one is put above engagements, that is missing
        counts &= ((sends["event"] == "sent") | sends["event"].isna()).to_numpy()
    if "purpose" in sends:
        counts &= (sends["purpose"] != Purpose.INFORMATIONAL.value).to_numpy()
    return table[counts].sort_values(["row", "at"], kind="stable", ignore_index=True)


def _matching(sends: pd.DataFrame, cap: FrequencyCap) -> pd.DataFrame:
    """Give what counts towards *cap*; what says no medium or tag may be of any, and counts."""
    keep = np.ones(len(sends), dtype=bool)
    for name, wanted in (("medium", cap.medium), ("tag", cap.tag)):
        if wanted is not None:
            keep &= ((sends[name] == wanted) | sends[name].isna()).to_numpy()
    return sends[keep]


def _close_windows(limit: Limit, sends: pd.DataFrame, most: int, length: int) -> Spans:
    """Close each moment that would be in a stretch of *length* with *most* others.

    So many sends in a row that themselves lie within *length* close all from
    *length* before the last of them to *length* after the first.
    """
    rows, at = sends["row"].to_numpy(), sends["at"].to_numpy()
    first, last = np.arange(len(at) - most + 1), np.arange(most - 1, len(at))
    if most > len(at):
        first = last = np.zeros(0, dtype=np.int64)
    dense = (rows[first] == rows[last]) & (at[last] - at[first] < length)
    first, last = first[dense], last[dense]
    return sort_spans(limit, rows[first], at[last] - length + 1, at[first] + length)


def _close_periods(
    limit: Limit, sends: pd.DataFrame, cap: FrequencyCap, zones: pd.Series[str]
) -> Spans:
    """Close each calendar period of the customer's clock that holds *most* sends already."""
    zone_of = zones.to_numpy(dtype=object)[sends["row"].to_numpy()]
    rows, begins, ends = [], [], []
    for zone in pd.unique(zone_of):
        own = sends[zone_of == zone]
        local = to_index(own["at"].to_numpy()).tz_convert(zone).tz_localize(None)
        periods = local.to_period(_FREQUENCIES[str(cap.per)])
        counted = pd.Series(1, index=[own["row"].to_numpy(), periods]).groupby(level=[0, 1]).sum()
        full = counted.index[counted >= cap.most]
        rows.append(np.asarray(full.get_level_values(0), dtype=np.int64))
        of_full = pd.PeriodIndex(full.get_level_values(1), freq=periods.freq)
        begins.append(_midnights(of_full, zone))
        ends.append(_midnights(of_full + 1, zone))
    if not rows:
        return sort_spans(limit, *(np.zeros(0, dtype=np.int64) for _ in range(3)))
    return sort_spans(limit, *(np.concatenate(parts) for parts in (rows, begins, ends)))


def _midnights(periods: pd.PeriodIndex, zone: str) -> Integers:
    """Give the instants at which *periods* begin on the clock of *zone*."""
    walls = pd.DatetimeIndex(periods.start_time).as_unit("us")
    first = np.ones(len(walls), dtype=bool)  # of a midnight that comes twice the earlier one
    instants = walls.tz_localize(zone, ambiguous=first, nonexistent="shift_forward")
    return np.asarray(instants.asi8, dtype=np.int64)
