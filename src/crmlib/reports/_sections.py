"""The sections of the page, each from what it needs and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from crmlib.reports._canvas import draw_svg
from crmlib.reports._numbers import funnel_steps, order_hours, segment_shares, send_hours
from crmlib.reports._plot_funnel import plot_funnel
from crmlib.reports._plot_hours import plot_hours
from crmlib.reports._plot_lift import plot_lift
from crmlib.reports._plot_rfm import plot_rfm
from crmlib.reports._plot_segments import plot_segments
from crmlib.reports._plot_send_hours import plot_send_hours
from crmlib.reports._words import (
    STATES,
    say_delivery,
    say_funnel,
    say_hours,
    say_rfm,
    say_segments,
    say_send_hours,
)

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.campaigns import Plan
    from crmlib.measurement import LiftResult


@attrs.frozen(kw_only=True)
class Section:
    """One picture or table with its words.

    Parameters
    ----------
    key : str
        Id on the page.
    title : str
        Its heading.
    sentences : tuple of str
        What the picture says.
    svg : str or None
        The picture.
    header : tuple of str
        Column names of the table, if there is one; the first column is text.
    rows : tuple of tuple of str
        Its rows.
    wide : bool
        Whether it takes the width of the page.
    """

    key: str
    title: str
    sentences: tuple[str, ...]
    svg: str | None = None
    header: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    wide: bool = False


def lift_section(lift: LiftResult) -> Section:
    """Give what the messages brought."""
    return Section(
        key="lift",
        title="What the messages brought",
        sentences=(
            *lift.summary().splitlines(),
            "Thick line: the interval for a single look; thin line: for any number of looks.",
        ),
        svg=draw_svg("lift", lambda: plot_lift(lift)),
        wide=True,
    )


def funnel_section(plan: Plan) -> Section:
    """Give who gets a message, and why others do not."""
    return Section(
        key="funnel",
        title="Who gets a message, and why others do not",
        sentences=(say_funnel(funnel_steps(plan)),),
        svg=draw_svg("funnel", lambda: plot_funnel(plan)),
    )


def delivery_section(status: pd.DataFrame) -> Section:
    """Give what became of the messages."""
    states = status[[state for state in STATES if state in status]].sum()
    return Section(
        key="delivery",
        title="What became of the messages",
        sentences=(say_delivery(states),),
        header=("messages that", "number"),
        rows=tuple((STATES[str(state)], f"{n:,}") for state, n in states.items() if n),
    )


def segments_section(customers: pd.DataFrame, segments: pd.Series[str]) -> Section:
    """Give sizes and value of the segments."""
    shares = segment_shares(customers, segments)
    return Section(
        key="segments",
        title="Segments: how many, and how much they bring",
        sentences=(say_segments(shares),),
        svg=draw_svg("segments", lambda: plot_segments(customers, segments)),
        header=("segment", "customers", "money", "per customer"),
        rows=tuple(
            (str(row.Index), f"{row.customers:,}", f"{row.money:,.0f}", f"{per:,.0f}")
            for row, per in zip(shares.itertuples(), shares["money_per_customer"], strict=True)
        ),
    )


def rfm_section(customers: pd.DataFrame, scores: pd.DataFrame) -> Section:
    """Give money by recency and frequency."""
    return Section(
        key="rfm",
        title="Money by recency and frequency",
        sentences=(say_rfm(customers, scores),),
        svg=draw_svg("rfm", lambda: plot_rfm(customers, scores)),
    )


def hours_section(transactions: pd.DataFrame, timezone: str) -> Section:
    """Give when customers buy."""
    return Section(
        key="hours",
        title="When customers buy",
        sentences=(say_hours(order_hours(transactions, timezone), timezone),),
        svg=draw_svg("hours", lambda: plot_hours(transactions, timezone=timezone)),
    )


def send_hours_section(plan: Plan) -> Section:
    """Give when messages leave."""
    return Section(
        key="send-hours",
        title="When messages leave",
        sentences=(say_send_hours(send_hours(plan)),),
        svg=draw_svg("send-hours", lambda: plot_send_hours(plan)),
    )
