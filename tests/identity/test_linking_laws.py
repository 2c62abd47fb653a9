"""Laws of linking, on small crowds in which everything collides."""

from __future__ import annotations

from typing import Any

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from crmlib.identity import Identities, link_identities

CELLS = {
    "sales_channel": [None, "mall", "market"],
    "customer_id": ["1", "2", "3", "mall:1"],
    "account_id": [None, None, "mina77", "MINA77", "jun"],
    "name": [None, "김민준", "김 민준", "김민쥰", "Minjun Kim", "김서연", "김*준", "초코맘"],
    "phone": [None, "010-0123-4567", "+82 1001234567", "010-0765-4321", "0502-1234-5678"],
    "email": [None, None, "mina.kim@example.com", "Mina.Kim+shop@example.com", "jun@example.com"],
    "postal_code": [None, "06236", "'06236"],
    "address": [None, "서울 강남구 한빛로 152, 302호", "302ho, 152 Hanbit-ro, Gangnam-gu, Seoul"],
    "gender": [None, None, None, "F", "M"],
    "birth_date": [None, None, None, "1990-01-31", "1960-01-31"],
    "last_seen_at": [None, "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"],
}
ROWS = st.fixed_dictionaries({name: st.sampled_from(cells) for name, cells in CELLS.items()})
CROWDS = st.lists(ROWS, min_size=1, max_size=10)


def link(rows: list[dict[str, Any]], **options: Any) -> Identities:
    """Link rows."""
    return link_identities(pd.DataFrame(rows, columns=list(CELLS)), region="KR", **options)


def partition(identities: Identities) -> set[frozenset[tuple[str, str]]]:
    """Give the accounts of each person."""
    people = identities.people.fillna("")
    accounts = people.groupby("person_id")[["sales_channel", "customer_id"]]
    return {frozenset(map(tuple, group.to_numpy().tolist())) for _, group in accounts}


@given(CROWDS, st.randoms(use_true_random=False))
@settings(max_examples=12, deadline=None)
def test_the_order_of_rows_means_nothing(rows: list[dict[str, Any]], random: Any) -> None:
    """Shuffled contacts give the same people, profiles, links and flags."""
    shuffled = list(rows)
    random.shuffle(shuffled)
    one, other = link(rows), link(shuffled)

    for table in ("people", "profiles", "links", "flagged"):
        assert_frame_equal(getattr(one, table), getattr(other, table))


@given(CROWDS)
@settings(max_examples=12, deadline=None)
def test_rows_that_come_twice_mean_nothing(rows: list[dict[str, Any]]) -> None:
    """A contact that stands there twice says what it says once."""
    once, twice = link(rows), link(rows + rows)

    assert_frame_equal(once.people, twice.people)
    assert_frame_equal(once.profiles, twice.profiles)


@given(CROWDS, CROWDS)
@settings(max_examples=12, deadline=None)
def test_people_found_step_by_step_are_those_found_at_once(
    first: list[dict[str, Any]], more: list[dict[str, Any]]
) -> None:
    """Whether data came in one step or two, the people are the same."""
    at_once = link(first + more)
    in_steps = link(first + more, previous=link(first))

    assert partition(in_steps) == partition(at_once)


@given(CROWDS, CROWDS)
@settings(max_examples=12, deadline=None)
def test_ids_change_only_where_it_is_written(
    first: list[dict[str, Any]], more: list[dict[str, Any]]
) -> None:
    """An account has its old person id, or merges says into which one it went and why."""
    old = link(first)
    new = link(first + more, previous=old)
    both = old.people.merge(new.people, on=["sales_channel", "customer_id"])
    moved = both[both["person_id_x"] != both["person_id_y"]]
    written = new.merges[["old_id", "new_id"]]

    assert set(map(tuple, moved[["person_id_x", "person_id_y"]].to_numpy().tolist())) == set(
        map(tuple, written.to_numpy().tolist())
    )
    assert (
        new.merges.loc[new.merges["change"] == "merged", ["key", "value"]].notna().all(axis=None)
    )
    assert new.people["person_id"].notna().all()


@given(CROWDS, CROWDS)
@settings(max_examples=12, deadline=None)
def test_no_id_is_given_to_somebody_else(
    first: list[dict[str, Any]], more: list[dict[str, Any]]
) -> None:
    """Who is new has an id that nobody had before; accounts left out keep theirs meanwhile."""
    old = link(first)
    new = link(more, previous=old)
    known = old.people.fillna("").set_index(["sales_channel", "customer_id"])["person_id"]
    people = new.people.fillna("").set_index(["sales_channel", "customer_id"])["person_id"]
    fresh = people[~people.isin(known[known.index.isin(people.index)])]

    assert not set(fresh) & set(known)
    assert len(new.absent) == len(known[~known.index.isin(people.index)])


@given(CROWDS, CROWDS)
@settings(max_examples=12, deadline=None)
def test_accounts_that_come_back_have_their_ids_back(
    first: list[dict[str, Any]], more: list[dict[str, Any]]
) -> None:
    """Data that is missing for one run changes no id, unless it was merged meanwhile."""
    old = link(first)
    back = link(first, previous=link(more, previous=old))
    told = set(back.merges["old_id"]) | set(back.merges["new_id"])
    both = old.people.merge(back.people, on=["sales_channel", "customer_id"])
    moved = both[both["person_id_x"] != both["person_id_y"]]

    assert len(both) == len(old.people)
    assert set(moved["person_id_x"]) | set(moved["person_id_y"]) <= told
