"""What a command says of the people behind accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmlib.cli._output import heading, records, say

if TYPE_CHECKING:
    from crmlib.identity import Identities


def show_people(identities: Identities) -> None:
    """Print how many people are behind how many accounts, channel by channel."""
    heading("People behind the accounts")
    say(identities.summary())


def people_as_json(identities: Identities) -> dict[str, Any]:
    """Give the same to programs, under the key ``people``."""
    return {
        "people": {
            "people": identities.people["person_id"].nunique(),
            "accounts": len(identities.people),
            "overlap": records(identities.overlap().reset_index(names="sales_channel")),
            "flagged": records(identities.flagged),
            "changes": records(identities.merges[identities.merges["run"] == identities.run]),
        }
    }
