"""Promises 3 and 9 under load: fifty campaigns, four worker processes, opt-outs throughout."""

from __future__ import annotations

import pytest
from campaigns_at_once import CAP, Size, most_in_a_second, run

SIZE = Size(campaigns=50, customers=200, audience=12, opt_outs=20, rate=60)


def test_fifty_campaigns_keep_caps_opt_outs_and_the_rate(
    postgres_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """No cap is exceeded, nobody is claimed after an opt-out, no second is too dense."""
    found = run(postgres_url, SIZE)
    status = found.status
    with capsys.disabled():
        print(  # noqa: T201 -- the proof
            f"\n{len(status)} campaigns: {found.received.total()} sent in {found.seconds:.1f} s, "
            f"{status['blocked'].sum()} blocked, {status['planned'].sum()} wait for a cap; "
            f"{found.most_in_a_second} of {SIZE.rate} in the densest second"
        )

    assert status["messages"].to_list() == [SIZE.audience] * SIZE.campaigns
    assert max(found.received.values()) == CAP["most"]
    assert found.late_claims == []
    assert found.most_in_a_second <= SIZE.rate
    assert status["accepted"].sum() == found.received.total()
    assert status["blocked"].sum() > 0
    assert (
        status[["planned", "accepted", "blocked"]].to_numpy().sum()
        == SIZE.audience * SIZE.campaigns
    )


@pytest.mark.parametrize(
    ("times", "most"),
    [
        ([0, 0.5, 1, 1.5], 2),
        ([0, 0, 0, 0.3], 4),
        ([0, 1, 2, 2, 2, 2.9], 4),
        ([0.05 * number for number in range(21)], 20),
    ],
    ids=["at a rate", "at once", "at once later", "twenty a second"],
)
def test_what_is_too_dense_is_found(times: list[float], most: int) -> None:
    """The end of the second is the beginning of the next."""
    assert most_in_a_second(times) == most
