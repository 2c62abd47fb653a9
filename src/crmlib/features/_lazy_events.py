"""Measures of events: one plan that every engine can follow, and one reading.

Aggregates hold bare columns, as in the plan of the customers table, and groups
are made twice: lines become orders (events become messages), and these customers.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import reduce
from operator import and_
from typing import TYPE_CHECKING, Any, TypeVar

import attrs
import narwhals.stable.v2 as nw

from crmlib.features._lazy_days import DAY_ZERO, day_offset, to_days
from crmlib.features._lazy_instants import add_microseconds, to_utc
from crmlib.features._lazy_summary import LARGEST_AMOUNT, divide, round_to_minor, use_lines
from crmlib.tables import MINOR_UNITS, start_of_day

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crmlib.features._event_measure import EventMeasure

Frame = TypeVar("Frame", nw.LazyFrame[Any], nw.DataFrame[Any])

MESSAGE_COLUMNS = ("customer_id", "message_key", "event", "at")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EVER = -(2**62)


@attrs.frozen(kw_only=True, eq=False)
class EventPlan:
    """How measures are taken from one table of events.

    Parameters
    ----------
    measures : tuple of EventMeasure
        All of order lines, or all of engagements.
    unit : tuple of str
        Columns that tell apart what is counted: orders, or messages.
    columns : dict of str to str
        What the columns that measures name are called within the plan.
    day : date
        The snapshot date.
    timezone : str
        IANA zone of the account.
    """

    measures: tuple[EventMeasure, ...]
    unit: tuple[str, ...]
    columns: Mapping[str, str]
    day: date
    timezone: str

    def take_lines(self, lines: Frame) -> Frame:
        """Keep the order lines that can be used, with money in minor units."""
        named = [nw.col(name).alias(short) for name, short in self.columns.items()]
        lines = lines.select(*self.unit, "ordered_at", "amount", *named)
        kept = [*self.unit, *self.columns.values()]
        lines = use_lines(lines, kept, self.day, self.timezone)
        return add_microseconds(lines, "ordered_at", "micros")

    def take_messages(self, events: Frame) -> Frame:
        """Keep the events of people that are known by the end of the day."""
        named = [nw.col(name).alias(short) for name, short in self.columns.items()]
        if "is_machine" in events.collect_schema().names():
            machine = nw.col("is_machine")
            events = events.filter(~machine.is_null(), ~machine)
        end = _EPOCH + timedelta(microseconds=self._start_of(self.day + timedelta(1)))
        events = to_utc(events.select(*MESSAGE_COLUMNS, *named), "at").filter(
            *(~nw.col(name).is_null() for name in MESSAGE_COLUMNS), nw.col("at") < nw.lit(end)
        )
        return add_microseconds(events, "at", "micros")

    def measure(self, events: Frame) -> Frame:
        """Give a row per customer who has events, and a raw column per measure."""
        for name, measure in self.raw.items():
            events = self._mark(events, name, measure)
        flags: list[str] = [name for name, measure in self.raw.items() if _is_flag(measure)]
        sums: list[str] = [name for name, measure in self.raw.items() if _adds_up(measure)]
        lasts: list[str] = [name for name, of in self.raw.items() if of.kind == "days_since_last"]
        others: list[str] = [name for name in self.raw if name not in {*flags, *sums, *lasts}]
        units = events.group_by(*self.unit).agg(
            *(nw.col(name).sum() for name in sums),
            *(nw.col(name).max() for name in (*flags, *lasts)),
            *(nw.col(name).min() for name in others),
        )
        return units.group_by("customer_id").agg(
            *(nw.col(name).sum() for name in (*sums, *flags)),
            *(nw.col(name).max() for name in lasts),
            *(nw.col(name).min() for name in others),
        )

    def finish(self, customers: Frame) -> Frame:
        """Replace the raw columns by what is meant; who has no events counts 0."""
        for name, measure in self.raw.items():
            raw, missing = nw.col(name), nw.col(name).is_null()
            if measure.kind in ("first", "last"):
                customers = customers.with_columns(raw.alias(measure.column))
                continue
            filled = nw.when(missing).then(nw.lit(0)).otherwise(raw).cast(nw.Int64())
            customers = customers.with_columns(filled.alias(name), missing.alias(f"{name}_no"))
            if measure.kind == "count":
                told = raw
            elif measure.kind == "sum":
                told = divide(raw, MINOR_UNITS)
            else:
                customers = customers.with_columns(raw + day_offset(name, self.day, self.timezone))
                days = ((self.day - DAY_ZERO).days - to_days(name)).cast(nw.Float64())
                told = nw.when(~nw.col(f"{name}_no")).then(days)
            customers = customers.with_columns(told.alias(measure.column)).drop(f"{name}_no")
        return customers.drop(*self.raw)

    @property
    def raw(self) -> dict[str, EventMeasure]:
        """The measures by the columns that hold them until the end."""
        return {f"event_measure_{place}": of for place, of in enumerate(self.measures)}

    def _mark(self, events: Frame, name: str, measure: EventMeasure) -> Frame:
        """Put under *name* what an event adds to *measure*."""
        holds = self._holds(measure)
        micros = nw.col("micros")
        if measure.kind == "count":
            return events.with_columns(_choose(holds, nw.lit(1)).alias(name))
        if measure.kind == "sum" and measure.of == "amount":
            return events.with_columns(_choose(holds, nw.col("minor")).alias(name))
        if measure.kind == "sum":
            number = nw.col(self.columns[measure.of]).cast(nw.Float64())
            usable = (number > -LARGEST_AMOUNT) & (number < LARGEST_AMOUNT)
            events = events.with_columns(
                nw.when(holds & usable).then(number).otherwise(nw.lit(0.0)).alias(name)
            )
            return events.with_columns(round_to_minor(nw.col(name)).alias(name))
        if measure.kind.startswith("days"):
            return events.with_columns(nw.when(holds).then(micros).alias(name))
        at, end = nw.col(f"{name}_at"), f"{name}_end"
        events = events.with_columns(nw.when(holds).then(micros).alias(f"{name}_at"))
        edge = at.min() if measure.kind == "first" else at.max()
        events = events.with_columns(edge.over("customer_id").alias(end))
        told = nw.col(self.columns[measure.of])
        return events.with_columns(nw.when(at == nw.col(end)).then(told).alias(name))

    def _holds(self, measure: EventMeasure) -> nw.Expr:
        """Say which events are measured."""
        start = _EVER
        if measure.days is not None:
            start = self._start_of(self.day - timedelta(measure.days - 1))
        holds = [nw.col("micros") >= start]
        if measure.is_of_messages:
            holds.append(nw.col("event") == measure.of)
        elif measure.kind != "sum":
            holds.append(nw.col("minor") > 0)
        for name, values in measure.where:
            column = nw.col(self.columns[name])
            holds += [~column.is_null(), column.is_in(values)]
        return reduce(and_, holds)

    def _start_of(self, day: date) -> int:
        return start_of_day(day, self.timezone)


def name_columns(measures: Sequence[EventMeasure]) -> dict[str, str]:
    """Give short names, which nothing else has, to the columns that *measures* name."""
    named = [name for measure in measures for name, _ in measure.where]
    named += [of.of for of in measures if of.kind in ("first", "last") or of.of == "quantity"]
    return {name: f"event_column_{place}" for place, name in enumerate(dict.fromkeys(named))}


def _is_flag(measure: EventMeasure) -> bool:
    """Tell whether orders or messages are counted, each once."""
    return measure.kind == "count" and measure.of != "lines"


def _adds_up(measure: EventMeasure) -> bool:
    return measure.kind == "sum" or measure.of == "lines"


def _choose(holds: nw.Expr, value: nw.Expr) -> nw.Expr:
    return nw.when(holds).then(value).otherwise(nw.lit(0))
