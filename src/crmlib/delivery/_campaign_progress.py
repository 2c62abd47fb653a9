"""Where a campaign stands, and why what waits is waiting."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 -- attrs
from typing import Any

import attrs

from crmlib.delivery._delivery_state import DeliveryState, all_states
from crmlib.exceptions import InvalidTableError


@attrs.frozen(kw_only=True)
class CampaignProgress:
    """Where every message of a campaign stands, over all its plans.

    Parameters
    ----------
    campaign : str
    control : str
        ``running``, ``paused`` or ``cancelled``.
    note : str
        What the operator said to that, or the campaign of itself.
    audience : int
        Messages of the campaign, one for each address.
    counts : dict of str to int
        How many are in each :class:`DeliveryState`.
    not_entered : int
        Rows of a plan whose entering was cut off; the next call of
        :func:`deliver` enters them.
    waiting : dict of str to int
        Why those that are planned have not left: ``later`` (not due yet),
        ``due``, ``rate`` (the provider takes no more now), ``frequency cap``,
        ``suppressed`` (for a time), ``quiet hours``, ``retry``, ``canary``, ``paused``.
    rests : dict of str to datetime
        Of ``rate``: the channels that take nothing more before a moment, as
        the rate, a wait that the provider asked for, or a rest has it.
    failing : dict of str to int
        Of ``retry``: what the provider said, the most frequent first.
    refused : dict of str to dict of str to int
        Of ``rejected`` and ``dead``: what the provider said, the most frequent first.
    canary : dict of str to int
        Those that go first, by state; empty where there are none.
    canary_reports : dict of str to int
        Of how many of them each :class:`crmlib.channels.ReportKind` has come
        back; bounces come later than the campaign pauses, so look again.
    per_minute : float or None
        Messages accepted a minute, lately; None: none in the last ten minutes.
    next_due_at : datetime or None
        When the next falls due of those that are planned and not due yet.
    finishes_at : datetime or None
        When all are settled if it goes on like this; None: that cannot be
        said, as it is paused or nobody sends.

    Raises
    ------
    InvalidTableError
        If the counts do not add up to *audience*: rows are missing.
    """

    campaign: str
    control: str
    note: str
    audience: int
    counts: dict[str, int] = attrs.field(converter=all_states)
    not_entered: int
    waiting: dict[str, int]
    rests: dict[str, datetime]
    failing: dict[str, int]
    refused: dict[str, dict[str, int]]
    canary: dict[str, int]
    canary_reports: dict[str, int]
    per_minute: float | None
    next_due_at: datetime | None
    finishes_at: datetime | None

    def __attrs_post_init__(self) -> None:
        found = sum(self.counts.values()) + self.not_entered
        if found != self.audience:
            raise InvalidTableError(
                "the ledger",
                f"knows {found} of the {self.audience} messages of {self.campaign!r}",
                "somebody has changed its tables: restore it and adopt it",
            )

    @property
    def open(self) -> int:
        """Messages that something is still to happen to."""
        states = sum(self.counts[str(state)] for state in DeliveryState if state.is_open)
        return states + self.not_entered

    def to_dict(self) -> dict[str, Any]:
        """Give all of it, fit for JSON, the counts beside the rest."""
        plain: dict[str, Any] = attrs.asdict(self)
        counts: dict[str, Any] = plain.pop("counts")
        moments: dict[str, Any] = {
            name: None if plain[name] is None else plain[name].isoformat()
            for name in ("next_due_at", "finishes_at")
        }
        moments["rests"] = {name: until.isoformat() for name, until in self.rests.items()}
        return plain | {"messages": self.audience, "open": self.open} | counts | moments
