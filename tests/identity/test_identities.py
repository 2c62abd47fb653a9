"""What one can ask of identities."""

from __future__ import annotations

import attrs
import pandas as pd
import pytest

from crmlib.datasets import make_accounts
from crmlib.exceptions import UnknownNameError
from crmlib.identity import Identities, link_identities
from crmlib.tables import Orders, check_profiles, make_transactions

LINES = pd.DataFrame(
    {
        "sales_channel": ["mall", "mall", "market", "market"],
        "customer_id": ["A", "A", "B", "Z"],
        "order_id": ["1", "2", "3", "4"],
        "ordered_at": ["2026-01-01", "2026-01-02", "2026-01-03", "2026-01-04"],
        "amount": ["10", "20", "30", "40"],
        "phone": ["010-0123-4567", "010-0123-4567", "+82 10 0123 4567", "--"],
    }
)


def link(rows: list[dict[str, str | None]]) -> Identities:
    """Link rows of numbers in Korea."""
    return link_identities(pd.DataFrame(rows), region="KR")


@pytest.fixture(scope="module")
def crowd() -> Identities:
    """Give the identities of a synthetic crowd."""
    return link_identities(make_accounts(300, seed=4).contacts, region="KR")


def test_profiles_are_canonical(crowd: Identities) -> None:
    """Profiles stand the check of profiles, one for each person."""
    profiles = check_profiles(crowd.profiles)

    assert profiles["customer_id"].to_list() == sorted(set(crowd.people["person_id"]))
    assert profiles["n_accounts"].sum() == len(crowd.people)
    assert profiles["phone"].dropna().str.startswith("+8210").all()


def test_the_value_seen_last_survives() -> None:
    """Of each field the last valid value is believed; masked and made-up ones never are."""
    same = {"customer_id": "1", "account_id": "mina77"}
    rows = [
        same
        | {"name": "김민아", "phone": "010-0123-4567", "email": "a.kim@example.com"}
        | {"occupation": "student", "last_seen_at": "2026-01-01T00:00:00Z"},
        same
        | {"name": "김*아", "phone": "0502-1234-5678", "email": "none@example.com"}
        | {"gender": "여", "birth_date": "1990-01-31", "last_seen_at": "2026-02-01T00:00:00Z"},
        same
        | {"name": " ", "email": "B.Kim@example.com"}
        | {"occupation": "nurse", "last_seen_at": "2026-01-15T00:00:00Z"},
    ]
    (profile,) = link(rows).profiles.to_dict("records")

    assert profile["name"] == "김민아"
    assert profile["phone"] == "+821001234567"
    assert profile["email"] == "b.kim@example.com"
    assert profile["gender"] == "female"
    assert profile["birth_date"] == pd.Timestamp("1990-01-31")
    assert profile["occupation"] == "nurse"
    assert profile["last_seen_at"] == pd.Timestamp("2026-02-01", tz="UTC")


def test_without_times_the_alphabet_decides() -> None:
    """Of values seen at no known time the first in the alphabet survives."""
    rows = [{"customer_id": "1", "name": name} for name in ("이서연", "김민아", "박하은")]

    assert link(rows).profiles["name"].to_list() == ["김민아"]
    assert link(rows[::-1]).profiles["name"].to_list() == ["김민아"]


def test_first_seen_counts_where_last_seen_is_missing() -> None:
    """A contact that tells only when it was first seen is as old as that."""
    rows = [
        {"customer_id": "1", "name": "김민아", "first_seen_at": "2026-02-01T00:00:00Z"},
        {"customer_id": "1", "name": "박하은", "first_seen_at": "2026-03-01T00:00:00Z"},
    ]

    assert link(rows).profiles["name"].to_list() == ["박하은"]


def test_overlap_counts_people(crowd: Identities) -> None:
    """The overlap is symmetric, and its diagonal counts the people of each channel."""
    overlap = crowd.overlap()
    per_channel = crowd.people.groupby("sales_channel")["person_id"].nunique()

    assert (overlap == overlap.T).all(axis=None)
    assert [overlap.loc[name, name] for name in overlap] == per_channel.to_list()


def test_summary_of_a_crowd(crowd: Identities) -> None:
    """The summary fits a screen and says how many people were found behind how many accounts."""
    text = crowd.summary()

    assert text.startswith(
        f"{crowd.people['person_id'].nunique()} people behind {len(crowd.people)}"
    )
    assert len(text.splitlines()) < 20
    for word in ("also on coupang", "Pairs joined by: ", "Kept apart", "virtual number (050x)"):
        assert word in text


def test_summary_of_strangers() -> None:
    """Where nothing joins, the summary says so; accounts without a channel have a line."""
    text = link([{"customer_id": "1"}, {"customer_id": "2"}]).summary()

    assert text.startswith("2 people behind 2 accounts.")
    assert "(no channel)" in text
    assert text.endswith("Nothing joined accounts.")


def test_summary_of_many_channels() -> None:
    """Channels for which a screen has no room are counted, long names are cut."""
    rows = [
        {"customer_id": "1", "sales_channel": f"{place} a very long name of a channel"}
        for place in range(8)
    ]
    text = link(rows).summary()

    assert "(overlaps with 2 more channels: see overlap())" in text
    assert "0 a very long name of …" in text


def test_summary_tells_what_became_of_ids() -> None:
    """Merges since the run before are counted."""
    rows = [{"customer_id": "1", "phone": "010-0123-4567"}, {"customer_id": "2"}]
    old = link(rows)
    rows[1]["phone"] = "010-0123-4567"
    new = link_identities(pd.DataFrame(rows), region="KR", previous=old)

    assert new.summary().endswith("Ids since the run before: merged 1.")
    assert new.explain("1").splitlines()[-2:] == [
        "ids before:",
        "  run 2: 2 merged into 1 (phone +8210-****-4567)",
    ]


def test_explanation() -> None:
    """An explanation names accounts, what joined them and what was kept apart, all masked."""
    same = {"phone": "010-0123-4567"}
    people = link(
        [
            {"sales_channel": "mall", "customer_id": "1", "name": "김민준"} | same,
            {"sales_channel": "market", "customer_id": "market:7", "name": "김민준"} | same,
            {"customer_id": "3", "name": "이서연"} | same,
        ]
    )

    assert people.explain("1").splitlines() == [
        "1 has 2 accounts:",
        "  1 on mall",
        "  market:7",
        "joined by:",
        "  phone +8210-****-4567: 1 on mall, market:7",
        "kept apart:",
        "  phone +8210-****-4567: another name (3)",
    ]
    assert people.explain(("market", "market:7")) == people.explain("1")
    assert people.explain((None, "3")).splitlines()[-1].endswith("another name (1)")
    assert "4567" not in people.explain("1").replace("****-4567", "")


def test_explanation_of_a_split_and_of_a_crowd() -> None:
    """A split has no key; what is shared by too many names nobody; long lists are cut."""
    same = {"phone": "010-0123-4567"}
    rows = [{"customer_id": str(place)} | same for place in range(25)]
    crowd = link(rows)
    one = link_identities(pd.DataFrame(rows), region="KR", max_accounts=30)
    split = link_identities(pd.DataFrame(rows), region="KR", previous=one)

    assert crowd.explain("3").splitlines()[-1] == "  phone +8210-****-4567: shared by too many"
    assert "  … and 5 more" in one.explain("0").splitlines()
    assert split.explain("3").splitlines()[-1] == "  run 2: 0 split into 3"


def test_nobody_of_that_name() -> None:
    """Unknown people and accounts are refused; who there is, is not told."""
    people = link([{"customer_id": "1"}])

    with pytest.raises(UnknownNameError, match="there is no person '2'"):
        people.explain("2")
    with pytest.raises(UnknownNameError, match=r"there is no account '2 on \(no channel\)'"):
        people.explain((None, "2"))
    with pytest.raises(UnknownNameError, match="there is no account '1 on mall'"):
        people.explain(("mall", "1"))


@pytest.fixture
def orders() -> Orders:
    """Give the lines as orders, with one row set aside."""
    aside = LINES.iloc[[2]].assign(amount="?", order_id="9")
    return make_transactions(pd.concat([LINES, aside]), source="lines")


def test_orders_by_person(orders: Orders) -> None:
    """Lines, contacts and rows set aside carry the person id; strangers keep theirs."""
    people = link_identities(orders, region="KR")
    applied = people.apply(orders)

    assert applied.table["customer_id"].to_list() == ["A", "A", "A", "Z"]
    assert set(applied.contacts["customer_id"]) == {"A", "Z"}
    assert applied.set_aside["customer_id"].to_list() == ["A"]
    assert applied.rows_in == orders.rows_in
    assert applied.report()["amount"].sum() == orders.report()["amount"].sum()
    assert orders.table["customer_id"].to_list() == ["A", "A", "B", "Z"]


def test_orders_of_strangers_and_without_channel(orders: Orders) -> None:
    """Accounts that are not known keep their ids, and lines without channel are looked up so."""
    bare = attrs.evolve(orders, table=orders.table.drop(columns="sales_channel"))
    strangers = link([{"customer_id": "X"}])
    nameless = link(
        [
            {"customer_id": "A", "phone": "010-0123-4567"},
            {"customer_id": "0", "phone": "010-0123-4567"},
        ]
    )

    assert strangers.apply(orders).table["customer_id"].to_list() == ["A", "A", "B", "Z"]
    assert strangers.apply(bare).table["customer_id"].to_list() == ["A", "A", "B", "Z"]
    assert nameless.apply(bare).table["customer_id"].to_list() == ["0", "0", "B", "Z"]


def test_rows_set_aside_of_an_ambiguous_customer_keep_their_id(orders: Orders) -> None:
    """Where an id means two people on two channels, a row without channel stays as it is."""
    people = link(
        [{"sales_channel": "a", "customer_id": "B"}, {"sales_channel": "b", "customer_id": "B"}]
    )

    assert people.apply(orders).set_aside["customer_id"].to_list() == ["B"]


def test_applying_twice_changes_nothing(orders: Orders) -> None:
    """Person ids stay person ids."""
    people = link_identities(orders, region="KR")
    once = people.apply(orders)

    pd.testing.assert_frame_equal(people.apply(once).table, once.table)
