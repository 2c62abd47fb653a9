"""Who is held out is decided once, by address."""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib.campaigns import assign_holdout

ADDRESSES = [f"c{number}@example.com" for number in range(20_000)]


def test_it_is_the_published_hash() -> None:
    """The arm is that of blake2b(salt, 0, address) / 2**64 < share, worked out by hand."""
    expected = [
        int.from_bytes(blake2b(b"s\0" + address.encode(), digest_size=8).digest()) / 2**64 < 0.3
        for address in ADDRESSES[:100]
    ]

    assert assign_holdout(ADDRESSES[:100], share=0.3, salt="s").tolist() == expected


def test_the_share_is_kept() -> None:
    """Of 20,000 addresses 10 % are held out, give or take four standard errors (0.85 %)."""
    assert abs(assign_holdout(ADDRESSES, share=0.1, salt="s").mean() - 0.1) < 0.0085


def test_salts_are_independent() -> None:
    """Being held out in one campaign says nothing of the next: 1 % are in both."""
    one = assign_holdout(ADDRESSES, share=0.1, salt="one")
    two = assign_holdout(ADDRESSES, share=0.1, salt="two")

    assert abs((one & two).mean() - 0.01) < 0.003


def test_the_ends_of_the_share() -> None:
    """A share of 0 holds nobody out, of 1 everybody; nobody is a valid list."""
    assert not assign_holdout(ADDRESSES, share=0, salt="s").any()
    assert assign_holdout(ADDRESSES, share=1, salt="s").all()
    assert assign_holdout([], share=0.5, salt="s").shape == (0,)


@settings(deadline=None)
@given(st.floats(0, 1), st.floats(0, 1))
def test_a_larger_share_only_adds(one: float, other: float) -> None:
    """Who is held out at a small share is held out at any larger one."""
    small, large = sorted((one, other))
    of_small = assign_holdout(ADDRESSES[:200], share=small, salt="s")
    of_large = assign_holdout(ADDRESSES[:200], share=large, salt="s")

    assert np.all(of_large[of_small])
