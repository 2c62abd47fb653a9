"""What a delivery report says."""

from __future__ import annotations

from enum import StrEnum


class ReportKind(StrEnum):
    """What became of a message, as its provider or its recipient tells afterwards.

    Examples
    --------
    >>> [str(kind) for kind in ReportKind if kind.is_failure]
    ['hard_bounce', 'soft_bounce', 'failed']
    """

    ACCEPTED = "accepted"
    """It is on its way: queued, sent, relayed, delayed.  Nothing is decided yet."""
    DELIVERED = "delivered"
    """It arrived."""
    HARD_BOUNCE = "hard_bounce"
    """It did not arrive, as there is no such recipient."""
    SOFT_BOUNCE = "soft_bounce"
    """It did not arrive, for a reason of the recipient's that may pass: a full mailbox."""
    FAILED = "failed"
    """It did not arrive, which says nothing of the recipient: taken for spam, too large."""
    COMPLAINT = "complaint"
    """The recipient called it spam."""
    OPTED_OUT = "opted_out"
    """The recipient wants no more of these."""

    @property
    def is_failure(self) -> bool:
        """Whether the message did not arrive."""
        return self in {ReportKind.HARD_BOUNCE, ReportKind.SOFT_BOUNCE, ReportKind.FAILED}
