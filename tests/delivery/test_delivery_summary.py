"""The states of a delivery, and the summary that adds them up."""

from __future__ import annotations

import pytest

from crmlib.delivery import DeliveryState, DeliverySummary
from crmlib.exceptions import InvalidTableError


def make_summary(**counts: int) -> DeliverySummary:
    """Give the summary of a plan of four."""
    return DeliverySummary(
        campaign="winback",
        digest="9f2c",
        planned=4,
        counts=counts,
        enrolled_before=1,
        handed_over=1,
        sent_now=0,
        next_due_at=None,
    )


def test_the_states_are_open_or_final() -> None:
    """Two states are open, six are final."""
    assert [str(state) for state in DeliveryState if state.is_open] == ["planned", "claimed"]
    assert len(DeliveryState) == 8


def test_every_state_is_counted() -> None:
    """States without a message count zero, so that a reader need not ask."""
    summary = make_summary(accepted=1, claimed=1)

    assert summary.counts == {
        "planned": 0,
        "claimed": 1,
        "accepted": 1,
        "rejected": 0,
        "unknown": 0,
        "expired": 0,
        "blocked": 0,
        "dead": 0,
    }
    assert (summary.open, summary.finished) == (1, False)


@pytest.mark.parametrize("counts", [{"accepted": 1}, {"accepted": 3}], ids=["fewer", "more"])
def test_counts_that_do_not_add_up_are_refused(counts: dict[str, int]) -> None:
    """Promise 6: no summary says finished over counts that do not add up."""
    with pytest.raises(InvalidTableError, match=r"the ledger knows \d of the 4 messages"):
        make_summary(**counts)


def test_a_summary_reads_well() -> None:
    """One line for the whole, one for each state that has messages."""
    assert make_summary(accepted=1, unknown=1).summary() == (
        "winback: 4 planned, all settled, 0 sent now\n"
        "  accepted         1\n"
        "  unknown          1   may have arrived: never sent again by itself\n"
        "  earlier plan     1   had by an earlier plan of this campaign, or ended there\n"
        "  later plan       1   taken over by a later plan of this campaign"
    )
