"""Promises 3 and 9 under load: fifty campaigns, four worker processes, opt-outs throughout."""

from __future__ import annotations

import pytest
from campaigns_at_once import CAP, WORKERS, Size, most_above_rate, run

SIZE = Size(campaigns=50, customers=200, audience=12, opt_outs=20, rate=60)


def test_fifty_campaigns_keep_caps_opt_outs_and_the_rate(
    postgres_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """No cap is exceeded, nobody is claimed after an opt-out, no stretch of time is too dense."""
    found = run(postgres_url, SIZE)
    status = found.status
    with capsys.disabled():
        print(  # noqa: T201 -- the proof
            f"\n{len(status)} campaigns: {found.received.total()} sent in {found.seconds:.1f} s, "
            f"{status['blocked'].sum()} blocked, {status['planned'].sum()} wait for a cap; "
            f"densest: {found.most_above_rate:.1f} above the rate"
        )

    assert status["messages"].to_list() == [SIZE.audience] * SIZE.campaigns
    assert max(found.received.values()) == CAP["most"]
    assert found.late_claims == []
    # a tenth of a second's worth at once, and as much in the hands of each worker, held up there
    assert found.most_above_rate <= (1 + WORKERS) * SIZE.burst
    assert status["accepted"].sum() == found.received.total()
    assert status["blocked"].sum() > 0
    assert (
        status[["planned", "accepted", "blocked"]].to_numpy().sum()
        == SIZE.audience * SIZE.campaigns
    )


@pytest.mark.parametrize(
    ("times", "above"),
    [
        ([0, 0.1, 0.2, 0.3], 1),
        ([0, 0, 0, 0.3], 3),
        ([0, 1, 2, 2, 2, 3], 3),
        ([0.05 * number for number in range(21)], 11),
    ],
    ids=["at the rate", "three at once", "three at once later", "twice the rate"],
)
def test_what_is_too_dense_is_found(times: list[float], above: float) -> None:
    """At ten a second: one more than the rate is the least, as a stretch begins with a message."""
    assert most_above_rate(times, 10) == pytest.approx(above)
