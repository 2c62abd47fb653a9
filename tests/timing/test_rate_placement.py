"""RatePlacement: the optimum in small cases, and within its certified gap in all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import attrs
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib.interfaces import TimingModel
from crmlib.timing import SendLimits, _rate_placement
from crmlib.timing._earlier_sends import close_for_sends
from crmlib.timing._frequency_cap import FrequencyCap
from crmlib.timing._minutes import hash_ids
from crmlib.timing._opening import open_zone
from crmlib.timing._own_limits import read_own_hours
from crmlib.timing._rate_cells import cut_cells
from crmlib.timing._rate_placement import RatePlacement
from crmlib.timing._slots import find_slots
from crmlib.timing._wishes import Wishes

MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
MINUTE = 60_000_000
ZONES = ("UTC", "Asia/Kolkata")
OFFSETS = (0, 330)


class TableTiming(TimingModel):
    """Give each customer the scores of its row, hour by hour of UTC from Monday on."""

    def __init__(self, table: pd.DataFrame) -> None:
        self.table = table

    def fit(self, events: pd.DataFrame, y: None = None, *, zones: Any = None) -> TableTiming:
        """Learn nothing."""
        return self

    def preferences(self, customers: pd.DataFrame, slots: pd.DatetimeIndex) -> np.ndarray:
        """Read the table."""
        hours = (slots.tz_convert("UTC") - pd.Timestamp(MONDAY)) // pd.Timedelta(hours=1)
        return self.table.loc[customers.index].to_numpy()[:, np.asarray(hours, dtype=int)]


@attrs.frozen(kw_only=True)
class Case:
    """A few customers with scores, zones, earlier sends and limits."""

    scores: list[list[int]]
    zones: list[int]
    quiet: list[int]
    sends: list[tuple[int, int]]
    caps: list[FrequencyCap]
    spacing: int
    room: list[int]

    @property
    def hours(self) -> int:
        """How long the window is."""
        return len(self.scores[0])

    def customers(self) -> pd.DataFrame:
        """Give the customers; quiet is the hour of UTC in which one wants nothing, if it comes."""
        first = [
            pd.Timestamp("2026-01-05") + pd.Timedelta(minutes=60 * hour + OFFSETS[zone])
            for hour, zone in zip(self.quiet, self.zones, strict=True)
        ]
        times = pd.DatetimeIndex(first)
        wants = np.array(self.quiet) < self.hours
        ids = pd.Index([f"c{place}" for place in range(len(self.zones))], name="customer_id")
        return pd.DataFrame(
            {
                "timezone": [ZONES[zone] for zone in self.zones],
                "quiet_from": np.where(wants, times.strftime("%H:%M"), ""),
                "quiet_until": np.where(
                    wants, (times + pd.Timedelta(hours=1)).strftime("%H:%M"), ""
                ),
            },
            index=ids,
        )

    def is_open(self, place: int, at: datetime) -> bool:
        """Say the slow way whether the customer may be written to at that instant."""
        if self.quiet[place] < self.hours:
            begin = MONDAY + timedelta(hours=self.quiet[place])
            if begin <= at < begin + timedelta(hours=1):
                return False
        own = [MONDAY + timedelta(minutes=m) for who, m in self.sends if who == place]
        offset = timedelta(minutes=OFFSETS[self.zones[place]])
        spacing = [FrequencyCap(most=1, hours=self.spacing / 60)] if self.spacing else []
        for cap in [*self.caps, *spacing]:
            if cap.hours is None:
                same = [send for send in own if (send + offset).date() == (at + offset).date()]
                if len(same) + 1 > cap.most:
                    return False
                continue
            length = timedelta(hours=cap.hours)
            for begin in [*own, at]:
                inside = sum(begin <= each < begin + length for each in [*own, at])
                if begin <= at < begin + length and inside > cap.most:
                    return False
        return True


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Draw a case in which rate, caps, spacing, own hours and two kinds of zone meet."""
    n, hours = draw(st.integers(0, 2)), draw(st.integers(1, 4))
    caps = [
        FrequencyCap(most=draw(st.integers(1, 2)), hours=draw(st.sampled_from([1, 2, 5]))),
        FrequencyCap(most=draw(st.integers(1, 3)), per="day"),
    ]
    return Case(
        scores=2 * [draw(st.lists(st.integers(0, 3), min_size=hours, max_size=hours))]
        + [draw(st.lists(st.integers(0, 3), min_size=hours, max_size=hours)) for _ in range(n)],
        zones=draw(st.lists(st.integers(0, 1), min_size=n + 2, max_size=n + 2)),
        quiet=draw(st.lists(st.integers(0, 8), min_size=n + 2, max_size=n + 2)),
        sends=draw(st.lists(st.tuples(st.integers(0, n + 1), st.integers(-120, 300)), max_size=4)),
        caps=draw(st.lists(st.sampled_from(caps), max_size=2)),
        spacing=draw(st.sampled_from([0, 60, 90])),
        room=draw(st.lists(st.integers(0, 2), min_size=9, max_size=9)),
    )


def set_up(case: Case) -> tuple[RatePlacement, Any, list[Any]]:
    """Give the solver of the case, with the room that it draws, its cells and openings."""
    customers = case.customers()
    limits = SendLimits(caps=case.caps, spacing_hours=case.spacing / 60)
    sends = pd.DataFrame(
        {
            "customer_id": [f"c{who}" for who, _ in case.sends],
            "at": [MONDAY + timedelta(minutes=minute) for _, minute in case.sends],
        }
    )
    zones = customers["timezone"]
    spans = close_for_sends(sends, customers.index, zones, limits, medium=None, tag=None)
    model = TableTiming(pd.DataFrame(case.scores, index=customers.index))
    wishes = Wishes(
        model=model, customers=customers, own_hours=read_own_hours(customers), spans=tuple(spans)
    )
    first = pd.Timestamp(MONDAY).value // 1000
    window = first, first + case.hours * 60 * MINUTE
    found = [
        open_zone(
            name,
            np.flatnonzero(zones == name),
            find_slots(name, *window),
            permitted=lambda hours: np.ones(len(hours), dtype=bool),
            limits=limits,
            authority=None,
        )
        for name in sorted(set(zones))
    ]
    openings = [opening for opening in found if len(opening.starts)]
    cells = cut_cells(openings, 1)
    cells = attrs.evolve(cells, caps=np.array(case.room[: len(cells.caps)], dtype=np.int64))
    return RatePlacement(wishes, openings, cells, hash_ids(customers.index)), cells, openings


def brute_force(case: Case, cells: Any, openings: list[Any]) -> float:
    """Try every placement."""
    table = np.zeros((len(case.scores), len(cells.caps)))
    for slots, opening in zip(cells.slots, openings, strict=True):
        for row in opening.rows:
            worth = {}
            for place, start in enumerate(opening.starts.tolist()):
                at = datetime.fromtimestamp(start / 1e6, tz=UTC)
                end = datetime.fromtimestamp(opening.ends[place] / 1e6, tz=UTC)
                steps = (end - at) // timedelta(seconds=30)
                moments = (at + step * timedelta(seconds=30) for step in range(steps))
                if all(case.is_open(row, moment) for moment in moments):
                    hour = int((at - MONDAY) / timedelta(hours=1))
                    worth[place] = case.scores[row][hour]
            top = max(worth.values(), default=0)
            for cell, slot in enumerate(slots):
                if slot in worth:
                    table[row, cell] = 1 + (worth[slot] / top if top else 1.0)
    best = 0.0
    options = [[-1, *np.flatnonzero(row).tolist()] for row in table]
    for chosen in product(*options):
        taken = np.bincount([cell for cell in chosen if cell >= 0], minlength=len(cells.caps))
        if (taken <= cells.caps).all():
            total = sum(table[row, cell] for row, cell in enumerate(chosen) if cell >= 0)
            best = max(best, total)
    return best


@settings(max_examples=60, deadline=None)
@given(cases())
def test_a_small_placement_is_the_optimum(case: Case) -> None:
    """Every placement is tried: none is worth more, with caps, spacing, own hours and rates."""
    solver, cells, openings = set_up(case)
    if not openings:
        return
    found = solver.solve()
    expected = brute_force(case, cells, openings)

    assert found.value == pytest.approx(expected)
    assert found.bound == pytest.approx(expected)
    taken = np.bincount(found.cells[found.cells >= 0], minlength=len(cells.caps))
    assert (taken <= cells.caps).all()


@settings(max_examples=25, deadline=None)
@given(cases())
def test_prices_certify_how_far_they_are_from_the_optimum(case: Case) -> None:
    """Where prices lead, the optimum lies between what was found and the bound."""
    solver, cells, openings = set_up(case)
    if not openings:
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_rate_placement, "EXACT_VALUES", 0)
        found = solver.solve()
    expected = brute_force(case, cells, openings)

    assert found.value <= expected + 1e-9
    assert expected <= found.bound + 1e-9
    taken = np.bincount(found.cells[found.cells >= 0], minlength=len(cells.caps))
    assert (taken <= cells.caps).all()
