"""Synthetic accounts: nobody exists, everything that goes wrong does, and the truth is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pandas.testing import assert_frame_equal

from crmlib.addresses import normalize_email
from crmlib.datasets import Accounts, make_accounts
from crmlib.datasets._typing_noise import mistype_digit, mistype_hangul
from crmlib.exceptions import InvalidParameterError

if TYPE_CHECKING:
    import pandas as pd

DOMAINS = {"example.com", "example.org", "example.net", "mail.example", "post.example"}


@pytest.fixture(scope="module")
def accounts() -> Accounts:
    """Give a crowd."""
    return make_accounts(3000, seed=7)


@pytest.fixture(scope="module")
def contacts(accounts: Accounts) -> pd.DataFrame:
    """Give its contacts."""
    return accounts.contacts


def channel(contacts: pd.DataFrame, name: str) -> pd.DataFrame:
    """Give the contacts of one sales channel."""
    return contacts[contacts["sales_channel"] == name]


def test_same_arguments_make_the_same_accounts() -> None:
    """Accounts are a pure function of their arguments."""
    one, two = make_accounts(50, seed=3), make_accounts(50, seed=3)

    assert_frame_equal(one.contacts, two.contacts)
    assert_frame_equal(one.truth, two.truth)
    assert not one.contacts.equals(make_accounts(50, seed=4).contacts)


def test_every_account_has_its_truth(accounts: Accounts) -> None:
    """Each account stands in the truth once, with a person; evidence never joins two people."""
    key = ["sales_channel", "customer_id"]

    assert not accounts.truth.duplicated(key).any()
    assert len(accounts.contacts[key].drop_duplicates().merge(accounts.truth, on=key)) == len(
        accounts.truth
    )
    assert accounts.truth["person"].nunique() == 3000
    assert accounts.truth.groupby("evidence")["person"].nunique().max() == 1


def test_most_pairs_share_evidence(accounts: Accounts) -> None:
    """About 6 of 100 pairs of accounts of one person have nothing in common to be found by."""
    sizes = [accounts.truth[name].value_counts() for name in ("person", "evidence")]
    pairs, findable = ((size * (size - 1) // 2).sum() for size in sizes)

    assert findable / pairs == pytest.approx(0.94, abs=0.025)


def test_addresses_reach_nobody(contacts: pd.DataFrame) -> None:
    """Mail goes to reserved domains, or to names too long for Gmail; phones lie in 010-0."""
    emails = contacts["email"].dropna().map(normalize_email)
    local, domain = emails.str.split("@").str[0], emails.str.split("@").str[1]
    letters = local.str.partition("+")[0].str.replace(".", "")
    digits = contacts["phone"].dropna().str.replace(r"\D", "", regex=True)
    real = digits[~digits.str.startswith(("0502", "0504")) & (digits != "")]

    assert set(domain) == DOMAINS | {"gmail.com"}
    assert letters[domain == "gmail.com"].str.len().min() > 30
    assert real.str.fullmatch("(82)?0?100[0-9]{7}").all()


def test_each_channel_has_its_quirks(contacts: pd.DataFrame) -> None:
    """Logins are masked, numbers virtual or missing, postal codes quoted, as in the files."""
    smartstore, coupang = channel(contacts, "smartstore"), channel(contacts, "coupang")
    cafe24, shopify = channel(contacts, "cafe24"), channel(contacts, "shopify")

    assert smartstore["account_id"].str.endswith("*****").all()
    assert smartstore[["email", "birth_date"]].isna().all(axis=None)
    assert coupang["phone"].str.match("050[24]-").all()
    assert coupang["email"].isna().all()
    assert (cafe24["phone"] == "--").mean() == pytest.approx(0.12, abs=0.04)
    assert cafe24["phone"].str.startswith("+82 ").mean() > 0.3
    assert (cafe24["customer_id"] == "cafe24:" + cafe24["account_id"]).all()
    assert shopify["postal_code"].dropna().str.startswith("'").all()
    assert shopify["name"].str.isascii().mean() == pytest.approx(0.35, abs=0.06)


def test_without_noise_only_spellings_differ() -> None:
    """At noise 0 nothing is mistyped, masked, made up or missing, and no gift is sent."""
    quiet = make_accounts(500, seed=2, noise=0).contacts

    assert not quiet["name"].str.contains(r"\*").any()
    assert not quiet["phone"].eq("010-0000-0000").any()
    assert not quiet["email"].str.contains("+", regex=False).any()
    assert quiet.loc[quiet["address"].notna(), "postal_code"].notna().all()


def test_more_noise_more_mistakes() -> None:
    """Twice the noise, about twice the masked names."""
    shares = [
        make_accounts(2000, seed=2, noise=noise).contacts["name"].str.contains(r"\*").mean()
        for noise in (1, 2)
    ]

    assert shares[1] / shares[0] == pytest.approx(2, abs=0.6)


def test_everything_may_go_wrong() -> None:
    """At the largest noise there are still accounts, and all of them."""
    loud = make_accounts(3000, seed=1, noise=5)

    assert loud.truth["person"].nunique() == 3000


def test_times_are_in_order(contacts: pd.DataFrame) -> None:
    """No contact was seen last before it was seen first."""
    assert (contacts["first_seen_at"] <= contacts["last_seen_at"]).all()


def test_texts_that_cannot_be_mistyped_stay() -> None:
    """What has no digit or no Hangul keeps its spelling."""
    assert mistype_digit("Hanbit-ro", 0.5) == "Hanbit-ro"
    assert mistype_hangul("Hanbit-ro", 0.5) == "Hanbit-ro"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_people": 1}, "n_people must be from 2 to 4,000,000, got 1"),
        ({"noise": -0.1}, "noise must be from 0 to 5, got -0.1"),
        ({"noise": 6}, "noise must be from 0 to 5, got 6"),
    ],
)
def test_numbers_out_of_range(arguments: dict[str, float], message: str) -> None:
    """Too few people and impossible noise are refused."""
    with pytest.raises(InvalidParameterError, match=message):
        make_accounts(**arguments)  # type: ignore[arg-type]  # on purpose
