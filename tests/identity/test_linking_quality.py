"""How well people are found, on a crowd whose truth is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crmlib.datasets import Accounts, make_accounts
from crmlib.identity import Identities, link_identities

if TYPE_CHECKING:
    import pandas as pd


@pytest.fixture(scope="module")
def accounts() -> Accounts:
    """Give a crowd that was not looked at when the rules were made."""
    return make_accounts(3000, seed=101)


@pytest.fixture(scope="module")
def identities(accounts: Accounts) -> Identities:
    """Link it."""
    return link_identities(accounts.contacts, region="KR")


def count_pairs(frame: pd.DataFrame) -> int:
    """Count the pairs of rows that are equal."""
    sizes = frame.value_counts().to_numpy()
    return int((sizes * (sizes - 1) // 2).sum())


def test_precision_and_recall(accounts: Accounts, identities: Identities) -> None:
    """At most 1 of 1,000 pairs is wrong, and 97 of 100 that share evidence are found."""
    both = accounts.truth.merge(identities.people, on=["sales_channel", "customer_id"])
    found = count_pairs(both[["person_id"]])
    right = count_pairs(both[["person_id", "person"]])
    findable = count_pairs(both[["evidence"]])

    assert len(both) == len(accounts.truth)
    assert right / found >= 0.999
    assert count_pairs(both[["person_id", "evidence"]]) / findable >= 0.97


def test_no_group_is_larger_than_a_person(identities: Identities) -> None:
    """Offices, families and the till of the shop make no crowd of one."""
    assert identities.profiles["n_accounts"].max() <= 10
