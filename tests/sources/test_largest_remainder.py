"""Money of an order, shared out to its lines."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from crmlib.sources._largest_remainder import share_out


@given(
    st.lists(
        st.tuples(st.integers(0, 10**9), st.lists(st.integers(0, 10**8), min_size=1, max_size=9)),
        min_size=1,
        max_size=5,
    ),
    st.sampled_from([1, 100]),
)
def test_shares_are_near_their_proportion_and_add_up(
    orders: list[tuple[int, list[int]]], parts: int
) -> None:
    """Each is less than one unit away from its proportion; nothing goes to a weight of 0."""
    totals = np.array([total / parts for total, _ in orders])
    groups = np.repeat(range(len(orders)), [len(weights) for _, weights in orders])
    weights = np.concatenate([weights for _, weights in orders]).astype(float)

    shares = share_out(totals, weights, groups)

    assert (shares[weights == 0] == 0).all()
    for number, (_, own) in enumerate(orders):
        if sum(own):
            mine = shares[groups == number]
            proportion = totals[number] * np.array(own) / sum(own)

            assert round(mine.sum() * parts) == round(totals[number] * parts)
            assert (np.abs(mine - proportion) < 1 + 1e-6).all()


def test_equal_remainders_go_to_the_first() -> None:
    """So that the shares are the same in every run."""
    shares = share_out(np.array([5.0]), np.ones(3), np.zeros(3, dtype=np.intp))

    assert shares.tolist() == [2, 2, 1]
