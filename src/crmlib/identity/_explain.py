"""One person in words: accounts, what joined them, what was kept apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from crmlib.exceptions import UnknownNameError
from crmlib.safe_text import escape_for_terminal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crmlib.identity._identities import Identities

_LINES: Final = 20
"""Of each section; what is more is counted."""


def explain(identities: Identities, who: str | tuple[str | None, str]) -> str:
    """Give the text of :meth:`Identities.explain`."""
    person = who if isinstance(who, str) else _find_person(identities, *who)
    people = identities.people
    mine = people.index[people["person_id"] == person]
    if not len(mine):
        raise UnknownNameError("person", person, [])
    number = f"{len(mine):,} account{'s' if len(mine) > 1 else ''}"
    lines = [f"{person} has {number}:", *_cut(_name(people, row) for row in mine)]
    joined = identities.joined()
    joined = joined[joined["left"].isin(mine) & joined["right"].isin(mine)]
    ties = []
    for (key, value), pairs in joined.groupby(["key", "value"], observed=True):
        rows = pd.unique(pd.concat([pairs["left"], pairs["right"]]).sort_values())
        ties.append(f"{key} {value}: {', '.join(_name(people, row) for row in rows)}")
    lines += _section("joined by:", ties)
    flagged = _about(identities.flagged, person, "person_id", "other_id")
    apart = [_describe_flag(flag, person) for flag in _rows(flagged)]
    lines += _section("kept apart:", apart)
    changes = _about(identities.merges, person, "old_id", "new_id")
    lines += _section("ids before:", [_describe_change(change) for change in _rows(changes)])
    return escape_for_terminal("\n".join(lines))


def _about(table: pd.DataFrame, person: str, *columns: str) -> pd.DataFrame:
    """Give the rows of *table* in which *person* stands in one of *columns*."""
    return table[(table[list(columns)] == person).any(axis=1)]


def _find_person(identities: Identities, channel: str | None, customer: str) -> str:
    """Give the person of an account."""
    people = identities.people
    mine = people["customer_id"] == customer
    mine &= (
        people["sales_channel"].isna() if channel is None else people["sales_channel"] == channel
    )
    if not mine.any():
        raise UnknownNameError("account", f"{customer} on {channel or '(no channel)'}", [])
    return str(people.loc[mine, "person_id"].iloc[0])


def _rows(table: pd.DataFrame) -> list[dict[Any, Any]]:
    """Give rows by column; None where there is nothing."""
    return table.astype(object).where(table.notna(), None).to_dict("records")


def _describe_flag(flag: dict[Any, Any], person: str) -> str:
    """Say what was kept apart from what, and why."""
    what = f"{flag['key']} {flag['value']}: {flag['reason']}" if flag["key"] else flag["reason"]
    if flag["other_id"] is None:
        return str(what)
    return f"{what} ({flag['person_id' if flag['other_id'] == person else 'other_id']})"


def _describe_change(change: dict[Any, Any]) -> str:
    """Say what became of an id."""
    cause = f" ({change['key']} {change['value']})" if change["key"] else ""
    what = f"{change['old_id']} {change['change']} into {change['new_id']}"
    return f"run {change['run']}: {what}{cause}"


def _name(people: pd.DataFrame, row: int) -> str:
    """Give an account with its sales channel."""
    channel, customer = people["sales_channel"].array[row], str(people["customer_id"].array[row])
    if not isinstance(channel, str) or customer.startswith(f"{channel}:"):
        return customer
    return f"{customer} on {channel}"


def _section(title: str, lines: list[str]) -> list[str]:
    """Give a title with its lines; nothing if there are none."""
    return [title, *_cut(lines)] if lines else []


def _cut(lines: Iterable[str]) -> list[str]:
    """Indent lines, and count those for which there is no room."""
    shown = [f"  {line}" for line in lines]
    if len(shown) <= _LINES:
        return shown
    return [*shown[:_LINES], f"  … and {len(shown) - _LINES:,} more"]
