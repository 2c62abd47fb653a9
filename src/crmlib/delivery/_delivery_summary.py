"""What a call of deliver leaves behind."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 -- attrs
from typing import TYPE_CHECKING, Any

import attrs
from attrs import validators

from crmlib.delivery._delivery_state import DeliveryState, all_states
from crmlib.exceptions import InvalidTableError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@attrs.frozen(kw_only=True)
class DeliverySummary:
    """Where every message of a plan stands.

    Parameters
    ----------
    campaign, digest : str
        Which plan.
    planned : int
        Rows of the plan that are to be sent.
    counts : dict of str to int
        How many of them are in each :class:`DeliveryState`.
    enrolled_before : int
        Rows whose endpoint an earlier plan of the campaign has dealt with;
        they are not sent again.
    handed_over : int
        Rows that a later plan of the campaign has taken over.
    sent_now : int
        Messages that this call got accepted.
    next_due_at : datetime or None
        When there is something to do again; None: never.
    control : str, default="running"
        Whether the campaign is ``running``, ``paused`` or ``cancelled``, and
        why: ``"paused: wrong price"``.

    Raises
    ------
    InvalidTableError
        If the counts do not add up to *planned*: rows are missing.

    Examples
    --------
    >>> summary = DeliverySummary(
    ...     campaign="winback", digest="9f2c", planned=3, counts={"accepted": 2, "unknown": 1},
    ...     enrolled_before=0, handed_over=0, sent_now=2, next_due_at=None,
    ... )
    >>> summary.finished
    True
    >>> print(summary.summary())
    winback: 3 planned, all settled, 2 sent now
      accepted         2
      unknown          1   may have arrived: never sent again by itself
    """

    campaign: str
    digest: str
    planned: int = attrs.field(validator=validators.ge(0))
    counts: dict[str, int] = attrs.field(converter=all_states)
    enrolled_before: int = attrs.field(validator=validators.ge(0))
    handed_over: int = attrs.field(validator=validators.ge(0))
    sent_now: int = attrs.field(validator=validators.ge(0))
    next_due_at: datetime | None
    control: str = "running"

    def __attrs_post_init__(self) -> None:
        found = sum(self.counts.values()) + self.enrolled_before + self.handed_over
        if found != self.planned:
            raise InvalidTableError(
                "the ledger",
                f"knows {found} of the {self.planned} messages of {self.campaign!r}",
                "somebody has changed its tables: restore it and adopt it",
            )

    @property
    def open(self) -> int:
        """Messages that something is still to happen to."""
        return sum(self.counts[str(state)] for state in DeliveryState if state.is_open)

    @property
    def finished(self) -> bool:
        """Whether every message that was planned has come to an end."""
        return self.open == 0

    def summary(self, reasons: Mapping[str, Sequence[str]] | None = None) -> str:
        """Give one readable screen.

        Parameters
        ----------
        reasons : mapping of str to sequence of str, optional
            Lines for states, such as what those that are ``planned`` wait for.
        """
        state = "all settled" if self.finished else f"{self.open} still open"
        lines = [f"{self.campaign}: {self.planned} planned, {state}, {self.sent_now} sent now"]
        rows = {
            **self.counts,
            "earlier plan": self.enrolled_before,
            "later plan": self.handed_over,
        }
        for name, count in rows.items():
            if count:
                told = (reasons or {}).get(name, ())
                meaning = "wait" if told and name == "planned" else _MEANING[name]
                lines.append(f"  {name:12}{count:6}   {meaning}".rstrip())
                lines += told
        if self.control != "running":
            lines.append(f"  {self.control}")
        elif self.next_due_at is not None:
            lines.append(f"  next due at {self.next_due_at:%Y-%m-%d %H:%M:%S %Z}")
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Give all of it, fit for JSON."""
        due = self.next_due_at
        plain = attrs.asdict(self) | {"open": self.open, "finished": self.finished}
        return plain | {"next_due_at": None if due is None else due.isoformat()}


_MEANING = {
    "planned": "wait for their moment",
    "claimed": "in the hands of a sender",
    "accepted": "",
    "rejected": "refused for good",
    "unknown": "may have arrived: never sent again by itself",
    "expired": "their last moment passed",
    "blocked": "opted out or suppressed since the plan",
    "dead": "all attempts used up",
    "earlier plan": "had by an earlier plan of this campaign, or ended there",
    "later plan": "taken over by a later plan of this campaign",
}
