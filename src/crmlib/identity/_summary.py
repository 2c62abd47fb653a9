"""Counts of people and accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from crmlib.safe_text import escape_for_terminal

if TYPE_CHECKING:
    from crmlib.identity._identities import Identities

_NO_CHANNEL: Final = "(no channel)"
_WIDTH: Final = 24
_COLUMNS: Final = 6
"""Channels beside which a screen has room for overlaps."""


def count_overlap(people: pd.DataFrame) -> pd.DataFrame:
    """Count the people of each two sales channels."""
    channels = people["sales_channel"].fillna(_NO_CHANNEL)
    pairs = pd.DataFrame({"channel": channels, "person": people["person_id"]}).drop_duplicates()
    column, names = pd.factorize(pairs["channel"], sort=True)
    row, _ = pd.factorize(pairs["person"])
    by_row = pd.DataFrame({"row": row, "channel": column})
    both = by_row.merge(by_row, on="row")
    counts = np.zeros((len(names), len(names)), dtype=np.int64)
    np.add.at(counts, (both["channel_x"].to_numpy(), both["channel_y"].to_numpy()), 1)
    return pd.DataFrame(counts, index=list(names), columns=list(names))


def summarize(identities: Identities) -> str:
    """Give the counts as text for one screen."""
    people = identities.people
    lines = [
        _count(people["person_id"].nunique(), "person", "people")
        + f" behind {_count(len(people), 'account', 'accounts')}.",
        "",
    ]
    overlap = count_overlap(people)
    accounts = people["sales_channel"].fillna(_NO_CHANNEL).value_counts()
    shown = list(overlap.columns[:_COLUMNS])
    head = "".join(f"{f'also on {_short(name, 12)}':>{_wide(name)}}" for name in shown)
    lines.append(f"{'sales channel':<{_WIDTH}}{'accounts':>10}{'people':>10}{head}")
    for name in overlap.index:
        cells = "".join(
            f"{'-' if name == other else f'{overlap.loc[name, other]:,}':>{_wide(other)}}"
            for other in shown
        )
        lines.append(
            f"{_short(name, _WIDTH - 1):<{_WIDTH}}{accounts[name]:>10,}"
            f"{overlap.loc[name, name]:>10,}{cells}"
        )
    if len(overlap) > _COLUMNS:
        lines.append(f"(overlaps with {len(overlap) - _COLUMNS} more channels: see overlap())")
    lines.append("")
    pairs = identities.joined()[["left", "right", "key"]].drop_duplicates()
    flags = identities.flagged.groupby("reason")["cases"].sum()
    unused = identities.unused.set_index(
        identities.unused["field"].str.cat(identities.unused["reason"], sep=" ")
    )["contacts"]
    changes = identities.merges[identities.merges["run"] == identities.run]["change"]
    lines += [
        _tell("Pairs joined by", pairs["key"].value_counts()) or "Nothing joined accounts.",
        _tell("Kept apart, to look at in flagged", flags),
        _tell("Contacts that tell nothing", unused),
        _tell("Ids since the run before", changes.value_counts()),
    ]
    return "\n".join(lines).rstrip()


def _tell(what: str, counts: pd.Series[int]) -> str:
    """Give counts on one line, the largest first; nothing if there are none."""
    ordered = sorted(
        ((str(name), int(count)) for name, count in counts.items() if count),
        key=lambda item: (-item[1], item[0]),
    )
    if not ordered:
        return ""
    return f"{what}: {', '.join(f'{name} {count:,}' for name, count in ordered)}."


def _count(number: int, one: str, many: str) -> str:
    """Give a number with its noun."""
    return f"{number:,} {one if number == 1 else many}"


def _short(name: str, width: int) -> str:
    """Give the name of a channel in at most *width* letters."""
    name = escape_for_terminal(name)
    return name if len(name) <= width else f"{name[: width - 1]}…"


def _wide(name: str) -> int:
    """Give the width of the column of a channel."""
    return max(10, len(_short(name, 12)) + 9)
