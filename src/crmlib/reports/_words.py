"""A sentence or two under each picture."""

from __future__ import annotations

from calendar import day_name
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

STATES = {
    "planned": "have not left yet",
    "claimed": "are being sent",
    "accepted": "were accepted for delivery",
    "rejected": "were refused",
    "unknown": "may have arrived; they are not sent again",
    "expired": "were not sent in time",
    "blocked": "were stopped: the recipient opted out",
    "dead": "were given up after repeated errors",
}
"""The states of a delivery in a marketer's words."""

_TOP = 0.6


def say_segments(shares: pd.DataFrame) -> str:
    """Say which segment brings most, and which is largest."""
    first = shares.iloc[0]
    text = f"{shares.index[0]} are {first['customer_share']:.0%} of the customers"
    if first["money_share"] > 0:
        text += f" and bring {first['money_share']:.0%} of the money"
    place = int(shares["customers"].to_numpy().argmax())
    if place == 0:
        return f"{text}."
    other = shares.iloc[place]
    text += f"; {shares.index[place]}, the largest group, are {other['customer_share']:.0%}"
    if first["money_share"] > 0:
        text += f" and bring {other['money_share']:.0%}"
    return f"{text}."


def say_rfm(customers: pd.DataFrame, scores: pd.DataFrame) -> str:
    """Compare the customers at the upper right with all others."""
    table = scores[["r", "f"]].join(customers["monetary_value"], how="inner")
    best = (table[["r", "f"]] > _TOP * table[["r", "f"]].max()).all(axis=1)
    text = "Each cell says how many customers it holds; who buys lately and often is upper right."
    if best.all() or not best.any():
        return text
    money = table["monetary_value"]
    return (
        f"{text} The best {best.mean():.0%} bring {money[best].mean():,.0f} each on average, "
        f"the others {money[~best].mean():,.0f}."
    )


def say_hours(counts: pd.DataFrame, timezone: str) -> str:
    """Say which day and which hour are busiest."""
    if not counts.to_numpy().sum():
        return "There are no orders."
    day = int(counts.sum(axis=1).to_numpy().argmax())
    hour = int(counts.sum().to_numpy().argmax())
    return (
        f"{day_name[day]} is the busiest day; over the week more orders come from {_hour(hour)} "
        f"than in any other hour ({_share(counts.sum(), hour)}; {timezone})."
    )


def say_send_hours(hours: pd.Series[int]) -> str:
    """Say when most messages leave."""
    if not hours.sum():
        return "No message is planned."
    most = int(hours.to_numpy().argmax())
    return (
        f"More messages leave from {_hour(most)} than in any other hour ({_share(hours, most)}), "
        "each by the clock of its recipient."
    )


def say_funnel(steps: pd.DataFrame) -> str:
    """Say how many get a message, and what holds most of the others."""
    customers = steps.set_index("kind")["customers"]
    text = (
        f"Of {customers['all']:,} customers looked at, {customers['send']:,} are sent a message"
        f" and {customers['hold-out']:,} are held out to measure the effect"
    )
    held = steps[steps["kind"] == "held"]
    if not len(held):
        return f"{text}."
    most = held.iloc[int(held["customers"].to_numpy().argmax())]
    return (
        f"{text}; {held['customers'].sum():,} get nothing, "
        f"most of them because: {most['label']} ({most['customers']:,})."
    )


def say_delivery(states: pd.Series[int]) -> str:
    """Say how many messages are on their way, and how many are not."""
    total, accepted = int(states.sum()), int(states.get("accepted", 0))
    text = f"{accepted:,} of {total:,} messages were accepted for delivery"
    open_ = int(states.get("planned", 0) + states.get("claimed", 0))
    return (
        f"{text}; {open_:,} are still to be sent." if open_ else f"{text}; none is left to send."
    )


def _share(hours: pd.Series[int], hour: int) -> str:
    return f"{hours.iloc[hour] / hours.sum():.0%}"


def _hour(hour: int) -> str:
    return f"{hour:02}:00 to {(hour + 1) % 24:02}:00"
