"""The checks of timing models catch what they promise to catch."""
# ruff: noqa: D101, D102 -- the name of a villain and its promise say what it does

from typing import Any, Self

import numpy as np
import pandas as pd
import pytest
from sklearn.utils.validation import check_is_fitted
from verdict import broken_promises

from crmlib.exceptions import MissingColumnsError
from crmlib.interfaces import TimingModel
from crmlib.testing import Check, timing_checks


class HonestTiming(TimingModel):
    """Counts each customer's hours, one more for every hour of the day."""

    def __init__(self, timezone: str = "UTC", prior: float = 1.0) -> None:
        self.timezone = timezone
        self.prior = prior

    def fit(self, events: pd.DataFrame, y: None = None, *, zones: Any = None) -> Self:
        missing = [column for column in ("customer_id",) if column not in events]
        instant = "ordered_at" if "ordered_at" in events else "at"
        if instant not in events:
            missing.append("ordered_at")
        if missing:
            raise MissingColumnsError("events", missing, list(events))
        events = self.deeds(events)
        known = {} if zones is None else zones.to_dict()
        hours = [
            at.tz_convert(known.get(customer, self.timezone)).hour
            for customer, at in zip(events["customer_id"], events[instant], strict=True)
        ]
        counts = pd.crosstab(events["customer_id"].to_numpy(), np.asarray(hours))
        self.counts_ = counts.reindex(columns=range(24), fill_value=0)
        return self

    def deeds(self, events: pd.DataFrame) -> pd.DataFrame:
        return events[~events["is_machine"]] if "is_machine" in events else events

    def preferences(self, customers: pd.DataFrame, slots: pd.DatetimeIndex) -> Any:
        check_is_fitted(self)
        counts = self.counts_.reindex(customers.index, fill_value=0).to_numpy(dtype=float)
        return (counts + self.prior)[:, self.hours(slots)]

    def hours(self, slots: pd.DatetimeIndex) -> Any:
        return slots.hour.to_numpy()


class DefaultTiming(HonestTiming):
    def __init__(self, timezone: str = "UTC", prior: float | None = None) -> None:
        self.timezone = timezone
        self.prior = 1.0 if prior is None else prior


class ForgetfulParametersTiming(HonestTiming):
    def get_params(self, deep: bool = True) -> dict[str, Any]:
        return {"prior": self.prior}


class NoneFitTiming(HonestTiming):
    def fit(self, events: pd.DataFrame, y: None = None, *, zones: Any = None) -> Any:
        super().fit(events, zones=zones)
        return _Chain(self)


class _Chain:
    """Passes on what is asked of it, but is not the model."""

    def __init__(self, model: TimingModel) -> None:
        self.preferences = model.preferences


class MeddlingTiming(HonestTiming):
    def fit(self, events: pd.DataFrame, y: None = None, *, zones: Any = None) -> Self:
        self.timezone = "Etc/UTC"
        return super().fit(events, zones=zones)


class AddingTiming(HonestTiming):
    """Adds what it learns to what it knew."""

    def fit(self, events: pd.DataFrame, y: None = None, *, zones: Any = None) -> Self:
        before = getattr(self, "counts_", None)
        super().fit(events, zones=zones)
        if before is not None:
            self.counts_ = self.counts_.add(before, fill_value=0)
        return self


class ScribblingTiming(HonestTiming):
    def preferences(self, customers: pd.DataFrame, slots: pd.DatetimeIndex) -> Any:
        scores = super().preferences(customers, slots)
        customers["best"] = scores.max(axis=1)
        return scores


class LastEventTiming(HonestTiming):
    """Counts the event that stands last in the table twice for everybody."""

    def fit(self, events: pd.DataFrame, y: None = None, *, zones: Any = None) -> Self:
        super().fit(events, zones=zones)
        last = self.counts_.loc[events["customer_id"].iloc[-1]]
        self.counts_ = self.counts_ + last
        return self


class MoodyTiming(HonestTiming):
    """Changes its mind at the third question."""

    def fit(self, events: pd.DataFrame, y: None = None, *, zones: Any = None) -> Self:
        self.n_questions_ = 0
        return super().fit(events, zones=zones)

    def preferences(self, customers: pd.DataFrame, slots: pd.DatetimeIndex) -> Any:
        scores = super().preferences(customers, slots)
        self.n_questions_ += len(customers) > 2
        return scores + (self.n_questions_ == 3)


class KeyErrorTiming(HonestTiming):
    def fit(self, events: pd.DataFrame, y: None = None, *, zones: Any = None) -> Self:
        events["customer_id"]
        return super().fit(events, zones=zones)


class AttributeErrorTiming(HonestTiming):
    def preferences(self, customers: pd.DataFrame, slots: pd.DatetimeIndex) -> Any:
        self.counts_  # noqa: B018 -- what happens without check_is_fitted
        return super().preferences(customers, slots)


class CrowdTiming(HonestTiming):
    """Divides by the most that anybody of those asked about likes anything."""

    def preferences(self, customers: pd.DataFrame, slots: pd.DatetimeIndex) -> Any:
        scores = super().preferences(customers, slots)
        return scores / scores.max()


class FrameTiming(HonestTiming):
    def preferences(self, customers: pd.DataFrame, slots: pd.DatetimeIndex) -> Any:
        return pd.DataFrame(super().preferences(customers, slots))


class IntegerTiming(HonestTiming):
    def preferences(self, customers: pd.DataFrame, slots: pd.DatetimeIndex) -> Any:
        return super().preferences(customers, slots).astype(int)


class NegativeTiming(HonestTiming):
    """Gives one of those who are known from many orders negative scores."""

    def fit(self, events: pd.DataFrame, y: None = None, *, zones: Any = None) -> Self:
        self.n_orders_ = len(events) if zones is None and "amount" in events else 0
        return super().fit(events, zones=zones)

    def preferences(self, customers: pd.DataFrame, slots: pd.DatetimeIndex) -> Any:
        scores = super().preferences(customers, slots)
        disliked = (customers.index == "C001") & (self.n_orders_ > 1)
        return scores - 2 * np.asarray(disliked)[:, None]


class IndifferentTiming(HonestTiming):
    """Likes nothing for those who bought once."""

    def preferences(self, customers: pd.DataFrame, slots: pd.DatetimeIndex) -> Any:
        scores = super().preferences(customers, slots)
        once = scores[:, :24].sum(axis=1) - 24 * self.prior == 1
        return np.where(once[:, None], 0.0, scores)


class StrangerTiming(HonestTiming):
    """Gives nothing to those it never saw."""

    def preferences(self, customers: pd.DataFrame, slots: pd.DatetimeIndex) -> Any:
        scores = super().preferences(customers, slots)
        strange = customers.index.str.startswith("stranger")
        return np.where(strange[:, None], 0.0, scores)


class MoodyStrangerTiming(HonestTiming):
    """Gives strangers scores by their id."""

    def preferences(self, customers: pd.DataFrame, slots: pd.DatetimeIndex) -> Any:
        scores = super().preferences(customers, slots)
        return scores + np.asarray(customers.index == "stranger 2")[:, None]


class UtcSlotsTiming(HonestTiming):
    def hours(self, slots: pd.DatetimeIndex) -> Any:
        return slots.tz_convert("UTC").hour.to_numpy()


class UtcEventsTiming(HonestTiming):
    def fit(self, events: pd.DataFrame, y: None = None, *, zones: Any = None) -> Self:
        return super().fit(events)


class StrictZonesTiming(HonestTiming):
    def fit(self, events: pd.DataFrame, y: None = None, *, zones: Any = None) -> Self:
        if zones is not None:
            zones.loc[events["customer_id"].unique()]
        return super().fit(events, zones=zones)


class SpreadTiming(HonestTiming):
    """Divides by the spread of the events, which one event does not have."""

    def fit(self, events: pd.DataFrame, y: None = None, *, zones: Any = None) -> Self:
        super().fit(events, zones=zones)
        self.counts_ = self.counts_ * (1 if len(events) > 1 else np.nan)
        return self


class OrdersOnlyTiming(HonestTiming):
    def fit(self, events: pd.DataFrame, y: None = None, *, zones: Any = None) -> Self:
        if "ordered_at" not in events:
            raise MissingColumnsError("events", ["ordered_at"], list(events))
        return super().fit(events, zones=zones)


class CredulousTiming(HonestTiming):
    """Takes machines for people."""

    def deeds(self, events: pd.DataFrame) -> pd.DataFrame:
        return events


class ListingTiming(HonestTiming):
    def reasons(self, customers: pd.DataFrame, send_at: "pd.Series[Any]") -> Any:
        return list(super().reasons(customers, send_at))


class SilentTiming(HonestTiming):
    def reasons(self, customers: pd.DataFrame, send_at: "pd.Series[Any]") -> Any:
        return super().reasons(customers, send_at).where(customers["frequency"] > 1, None)


VILLAINS = [
    ("stores_its_parameters_untouched", DefaultTiming),
    ("gives_and_takes_its_parameters", ForgetfulParametersTiming),
    ("fit_returns_the_estimator", NoneFitTiming),
    ("fit_leaves_the_parameters_alone", MeddlingTiming),
    ("fit_forgets_the_past", AddingTiming),
    ("writes_into_no_table", ScribblingTiming),
    ("row_order_says_nothing", LastEventTiming),
    ("answers_the_same_again", MoodyTiming),
    ("names_the_column_that_it_misses", KeyErrorTiming),
    ("answers_unfitted_or_says_so", AttributeErrorTiming),
    ("answers_each_customer_alone", CrowdTiming),
    ("scores_every_slot_for_every_customer", FrameTiming),
    ("scores_every_slot_for_every_customer", IntegerTiming),
    ("scores_are_finite_and_not_negative", NegativeTiming),
    ("likes_some_moment", IndifferentTiming),
    ("knows_what_strangers_like", StrangerTiming),
    ("knows_what_strangers_like", MoodyStrangerTiming),
    ("reads_slots_on_the_local_clock", UtcSlotsTiming),
    ("learns_on_the_local_clock", UtcEventsTiming),
    ("accepts_customers_without_a_zone", StrictZonesTiming),
    ("learns_from_one_event", SpreadTiming),
    ("learns_from_engagements", OrdersOnlyTiming),
    ("learns_nothing_from_machines", CredulousTiming),
    ("gives_a_reason_for_each_moment", ListingTiming),
    ("gives_a_reason_for_each_moment", SilentTiming),
]


@pytest.mark.parametrize("check", timing_checks(HonestTiming()), ids=str)
def test_an_honest_timing_model_keeps_every_promise(check: Check) -> None:
    """No check finds fault with a timing model that does as the interface says."""
    check()


@pytest.mark.parametrize(
    ("promise", "villain"), VILLAINS, ids=[villain.__name__ for _, villain in VILLAINS]
)
def test_a_timing_villain_is_caught_by_exactly_its_check(
    promise: str, villain: type[TimingModel]
) -> None:
    """A timing model that breaks one promise fails that check and no other."""
    assert broken_promises(timing_checks(villain())) == [promise]


def test_every_timing_check_has_a_villain() -> None:
    """No promise of timing models goes untested."""
    assert {str(check) for check in timing_checks(HonestTiming())} == {
        promise for promise, _ in VILLAINS
    }
