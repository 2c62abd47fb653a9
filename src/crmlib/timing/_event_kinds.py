"""Which events say that a customer was there, and how much each says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.exceptions import InvalidParameterError
from crmlib.tables import check_columns

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

# What a customer does; to be sent something is no sign of being there.
_DEEDS = {
    "ordered": "buys",
    "visited": "visits",
    "opened": "opens",
    "clicked": "clicks",
    "replied": "replies",
}
_ANSWERS = frozenset({"opened", "clicked", "replied"})


def check_event_weights(event_weights: Mapping[str, float] | None) -> None:
    """Refuse weights that are none, or out of their range."""
    if event_weights is None:
        return
    wrong = {name: weight for name, weight in event_weights.items() if not 0 <= weight <= 1}
    if wrong or not any(event_weights.values()):
        raise InvalidParameterError(
            "event_weights", event_weights, "from 0 to 1 for each event, one of them above 0"
        )


def weigh_events(
    events: pd.DataFrame, instant: str, event_weights: Mapping[str, float] | None
) -> npt.NDArray[np.float32]:
    """Say how much each event tells, from 0 to 1: nothing, if no customer did it.

    A table without ``event`` holds orders if its instants are ``ordered_at``,
    and visits of any kind otherwise.  An order needs an amount above 0, where
    amounts are known, for a return says when a parcel came back.
    """
    if "event" in events:
        weights = dict.fromkeys(_DEEDS, 1.0) if event_weights is None else event_weights
        tells = events["event"].map(dict(weights)).fillna(0).to_numpy(dtype=np.float32)
        ordered = events["event"].eq("ordered")
    else:
        if event_weights is not None:
            check_columns("events", events, ["event"], "event_weights are told of its kinds")
        tells = np.ones(len(events), dtype=np.float32)
        ordered = pd.Series(instant == "ordered_at", index=events.index)
    if "amount" in events:
        paid = (events["amount"] > 0).fillna(value=False)
        tells = np.where(ordered & ~paid, np.float32(0), tells)
    if "is_machine" in events:
        machine = events["is_machine"].eq(other=True).fillna(value=False).to_numpy(dtype=bool)
        tells = np.where(machine, np.float32(0), tells)
    return tells


def name_deed(events: pd.DataFrame, instant: str, tells: npt.NDArray[np.float32]) -> str:
    """Give the verb for what customers did in the events that tell something."""
    if "event" not in events:
        return "buys" if instant == "ordered_at" else "is there"
    kinds = set(events["event"].to_numpy()[tells > 0])
    if len(kinds) == 1:
        return _DEEDS.get(kinds.pop(), "is there")
    return "answers" if kinds <= _ANSWERS else "is there"
