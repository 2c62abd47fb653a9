"""What a command says of the people behind accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmlib.cli._output import heading, records, say

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.identity import Identities


def show_people(identities: Identities) -> None:
    """Print how many people are behind how many accounts, channel by channel."""
    heading("People behind the accounts")
    say(identities.summary())
    changes = _changes(identities)["change"].value_counts()
    if len(changes):
        words = ", ".join(f"{count:,} {change}" for change, count in changes.items())
        say(f"Since the run before: {words}.")


def people_as_json(identities: Identities) -> dict[str, Any]:
    """Give the same to programs, under the key ``people``."""
    return {
        "people": {
            "people": identities.people["person_id"].nunique(),
            "accounts": len(identities.people),
            "overlap": records(identities.overlap().reset_index(names="sales_channel")),
            "flagged": records(identities.flagged),
            "changes": records(_changes(identities)),
        }
    }


def _changes(identities: Identities) -> pd.DataFrame:
    """Give what became of ids in this run."""
    return identities.merges[identities.merges["run"] == identities.run]
