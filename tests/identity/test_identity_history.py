"""Person ids from run to run."""

from __future__ import annotations

import pandas as pd

from crmlib.identity import link_identities

A, B, C = ("mall", "A"), ("market", "B"), ("shop", "C")


def contacts(*rows: tuple[tuple[str, str], str | None, str | None, str]) -> pd.DataFrame:
    """Make contacts of account, phone, e-mail address and day."""
    return pd.DataFrame(
        [
            {
                "sales_channel": channel,
                "customer_id": customer,
                "phone": phone and f"+82 10-0123-{phone}",
                "email": email and f"{email}@example.com",
                "first_seen_at": f"{day}T00:00:00Z",
            }
            for (channel, customer), phone, email, day in rows
        ]
    )


def test_people_are_called_after_their_first_account() -> None:
    """The account that was seen first gives its id, ties go by channel and id."""
    rows = contacts((A, "1111", None, "2026-03-01"), (B, "1111", None, "2026-01-01"))
    ties = contacts((B, "1111", None, "2026-01-01"), (A, "1111", None, "2026-01-01"))

    assert link_identities(rows).people["person_id"].to_list() == ["B", "B"]
    assert link_identities(ties).people["person_id"].to_list() == ["A", "A"]


def test_an_id_that_two_people_could_have_names_the_channel() -> None:
    """Where a customer id means two people on two channels, both are told apart."""
    rows = contacts((("a", "1"), None, None, "2026-01-01"), (("b", "1"), None, None, "2026-01-01"))
    clash = contacts(
        (("a", "1"), None, None, "2026-01-01"),
        (("b", "1"), None, None, "2026-01-01"),
        (("c", "a:1"), None, None, "2026-01-01"),
    )

    assert link_identities(rows).people["person_id"].to_list() == ["a:1", "b:1"]
    assert link_identities(clash).people["person_id"].to_list() == ["a:1~2", "b:1", "a:1"]


def test_a_merge_is_written_down_with_its_cause() -> None:
    """The person seen first keeps the id; the other id leads there, and the key is told."""
    first = contacts((A, "1111", None, "2026-01-01"), (B, None, "b.kim", "2025-01-01"))
    more = contacts((C, "1111", "b.kim", "2026-03-01"))
    old = link_identities(first)
    new = link_identities(pd.concat([first, more]), previous=old)

    assert new.people["person_id"].to_list() == ["B", "B", "B"]
    assert new.merges.to_numpy().tolist() == [[2, "merged", "A", "B", "phone", "+8210-****-1111"]]
    assert new.run == 2


def test_a_split_is_written_down() -> None:
    """When what joined two accounts is contradicted later, most accounts keep the id."""
    same = [(A, "1111", None, "2026-01-01"), (B, "1111", None, "2026-01-02")]
    first = contacts(*same, (C, "1111", None, "2026-01-03"))
    born = ["1990-01-31", "1990-01-31", "1960-01-31"]
    old = link_identities(first)
    new = link_identities(first.assign(birth_date=born), previous=old)

    assert old.people["person_id"].to_list() == ["A", "A", "A"]
    assert new.people["person_id"].to_list() == ["A", "A", "C"]
    assert new.merges.fillna("").to_numpy().tolist() == [[2, "split", "A", "C", "", ""]]


def test_a_part_that_is_split_off_may_join_somebody_else() -> None:
    """An account that leaves one person for another leads from the one id to the other."""
    first = contacts(
        (A, "1111", None, "2026-01-01"),
        (B, "1111", None, "2026-01-02"),
        (C, None, "c.kim", "2026-01-03"),
    )
    born = ["1990-01-31", "1960-01-31", "1960-01-31"]
    more = first.assign(birth_date=born, email=[None, "c.kim@example.com", "c.kim@example.com"])
    new = link_identities(more, previous=link_identities(first))

    assert new.people["person_id"].to_list() == ["A", "C", "C"]
    assert new.merges[["change", "old_id", "new_id"]].to_numpy().tolist() == [["split", "A", "C"]]


def test_changes_of_all_runs_are_kept() -> None:
    """The list of changes grows from run to run."""
    first = contacts((A, "1111", None, "2026-01-01"), (B, "2222", None, "2026-01-02"))
    bridge = contacts((C, "1111", None, "2026-01-03"), (C, "2222", None, "2026-01-03"))
    one = link_identities(first)
    two = link_identities(pd.concat([first, bridge]), previous=one)
    three = link_identities(pd.concat([first, bridge]), previous=two)

    assert two.merges["run"].to_list() == three.merges["run"].to_list() == [2]
    assert three.people["person_id"].to_list() == ["A", "A", "A"]
    assert three.run == 3


def test_accounts_that_are_absent_follow_a_merge() -> None:
    """An account that is not given this time has the id of its person, also after a merge."""
    first = contacts(
        (A, "1111", None, "2026-01-01"),
        (B, "2222", None, "2026-01-02"),
        (C, "2222", None, "2026-01-03"),
    )
    bridge = contacts((A, "1111", None, "2026-01-01"), (B, "1111", None, "2026-01-02"))
    two = link_identities(bridge, previous=link_identities(first))

    assert two.absent.to_numpy().tolist() == [["shop", "C", "A"]]
    assert two.merges["old_id"].to_list() == ["B"]
