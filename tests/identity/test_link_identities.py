"""What makes two accounts one person's, and what does not."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from crmlib.exceptions import DataQualityWarning, InvalidParameterError, MissingColumnsError
from crmlib.identity import Identities, link_identities

HOME = {"postal_code": "06236", "address": "서울 강남구 한빛로 152, 101동 1203호"}
OFFICE = {"postal_code": "04524", "address": "서울 중구 은하로 110, 12층"}


def link(*rows: dict[str, Any], **options: Any) -> Identities:
    """Link accounts called 0, 1 and so on, each on a sales channel of its own."""
    accounts = [
        {"sales_channel": f"channel {place}", "customer_id": str(place)} | row
        for place, row in enumerate(rows)
    ]
    return link_identities(pd.DataFrame(accounts), **{"region": "KR"} | options)


def groups(identities: Identities) -> list[list[str]]:
    """Give the accounts of each person, sorted."""
    people = identities.people.groupby("person_id")["customer_id"].agg(sorted)
    return sorted(people.to_list())


def reasons(identities: Identities) -> list[str]:
    """Give the reasons of what was kept apart."""
    return identities.flagged["reason"].to_list()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"phone": "010-0123-4567"}, {"phone": "+82 1001234567"}),
        ({"phone": "010-0123-4567"}, {"phone": 1001234567}),
        ({"email": "Mina.Kim+shop@example.com"}, {"email": "mina.kim@EXAMPLE.com"}),
        ({"name": "김민준", **HOME}, {"name": "김 민준님", **HOME}),
        (
            {"name": "김민준", **HOME},
            {
                "name": "Minjoon Kim",
                "postal_code": "'06236",
                "address": "101-1203, 152, Hanbit-ro, Gangnam-gu, Seoul",
            },
        ),
        (
            {"name": "김민준", **HOME},
            {"name": "김민준", "address": "서울특별시 강남구 한빛로152 101-1203"},
        ),
        (
            {"name": "김민준", **HOME},
            {
                "name": "김민준",
                "postal_code": "06236",
                "address": "서울 강남구 새봄동 7, 101-1203",
            },
        ),
        (
            {"name": "김민준", "phone": "010-0123-4567"},
            {"name": "김민쥰", "phone": "010-0123-4567"},
        ),
        (
            {"sales_channel": "a", "account_id": "Mina77"},
            {"sales_channel": "a", "account_id": "mina77"},
        ),
    ],
    ids=[
        "phone",
        "phone as a number",
        "mailbox",
        "name and home",
        "romanised",
        "home without postal code",
        "home by lot",
        "phone, name mistyped",
        "login",
    ],
)
def test_what_joins(one: dict[str, Any], other: dict[str, Any]) -> None:
    """A phone, a mailbox, a login in one channel, or name and home make one person."""
    assert groups(link(one, other)) == [["0", "1"]]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({}, {}),
        ({"phone": "0502-1234-5678"}, {"phone": "0502-1234-5678"}),
        ({"phone": "010-0000-0000"}, {"phone": "010-0000-0000"}),
        ({"phone": "--"}, {"phone": "--"}),
        ({"phone": "ask me"}, {"phone": "ask me"}),
        ({"email": "noreply@example.com"}, {"email": "noreply@example.com"}),
        ({"email": "mina at example.com"}, {"email": "mina at example.com"}),
        (
            {"account_id": "mina*****", "sales_channel": "a"},
            {"account_id": "mina*****", "sales_channel": "a"},
        ),
        (
            {"account_id": "mina\N{FULLWIDTH ASTERISK}", "sales_channel": "a"},
            {"account_id": "mina\N{FULLWIDTH ASTERISK}", "sales_channel": "a"},
        ),
        ({"account_id": "mina77"}, {"account_id": "mina77"}),
        ({"name": "김*준", **HOME}, {"name": "김*준", **HOME}),
        ({"name": "김O준", **HOME}, {"name": "김O준", **HOME}),
        ({"name": "김ㅇ준", **HOME}, {"name": "김ㅇ준", **HOME}),
        ({"name": "비회원", **HOME}, {"name": "비회원", **HOME}),
        ({"name": "초코맘", **HOME}, {"name": "초코맘", **HOME}),
        ({"name": "김민준"}, {"name": "김민준"}),
        ({"name": "김민준", "postal_code": "06236"}, {"name": "김민준", "postal_code": "06236"}),
        ({"name": "김민준", **HOME}, {"name": "김서연", **HOME}),
        ({"name": "김민준", **HOME}, {"name": "김민준", **OFFICE}),
        (
            {"name": "김민준", "postal_code": "06236", "address": "서울 강남구 한빛로 152, 302호"},
            {"name": "김민준", "postal_code": "06236", "address": "서울 강남구 한빛로 160, 302호"},
        ),
    ],
    ids=[
        "nothing",
        "virtual number",
        "made-up number",
        "missing number",
        "no number",
        "mailbox of nobody",
        "no address",
        "masked login",
        "login masked in full width",
        "login on another channel",
        "masked name",
        "name masked by a letter",
        "name masked by a jamo",
        "guest",
        "nickname",
        "namesakes",
        "namesakes in one postal zone",
        "family",
        "namesakes apart",
        "namesakes in one street",
    ],
)
def test_what_does_not_join(one: dict[str, Any], other: dict[str, Any]) -> None:
    """What expires, is masked, made up or no more than a name says nothing of who somebody is."""
    assert groups(link(one, other)) == [["0"], ["1"]]


def test_a_phone_with_contradicting_names_does_not_join() -> None:
    """A family that shares a phone stays two people, and the case is flagged."""
    family = link(
        {"name": "김민준", "phone": "010-0123-4567"}, {"name": "김서연", "phone": "010-0123-4567"}
    )

    assert groups(family) == [["0"], ["1"]]
    assert family.flagged.iloc[0].to_list() == [
        "0",
        "1",
        "another name",
        "phone",
        "+8210-****-4567",
        1,
    ]


def test_who_gives_no_name_could_be_either() -> None:
    """A nameless account joins nobody through a phone that two names use."""
    three = link(
        {"name": "김민준", "phone": "010-0123-4567"},
        {"name": "김서연", "phone": "010-0123-4567"},
        {"phone": "010-0123-4567"},
    )

    assert groups(three) == [["0"], ["1"], ["2"]]
    assert sorted(reasons(three)) == ["another name"] + ["used under several names"] * 2


def test_brothers_whose_names_look_alike_in_latin_letters() -> None:
    """A Latin name that two brothers at one home could bear joins neither of them."""
    brothers = link(
        {"name": "김지우", **HOME}, {"name": "김지유", **HOME}, {"name": "Jiu Kim", **HOME}
    )

    assert groups(brothers) == [["0"], ["1"], ["2"]]


def test_two_birth_dates_do_not_join() -> None:
    """Who was born on two days is two people, whatever they share."""
    same = {"name": "김민준", "phone": "010-0123-4567", **HOME}
    two = link(same | {"birth_date": "1990-01-31"}, same | {"birth_date": "1960-01-31"})

    assert groups(two) == [["0"], ["1"]]
    assert set(reasons(two)) == {"another birth date"}


def test_the_weakest_link_gives_way() -> None:
    """Where links would join two birth dates, the e-mail address counts for more than a home."""
    chain = link(
        {"name": "김민준", "birth_date": "1990-01-31", "email": "minjun@example.com"},
        {"name": "김민준", "email": "minjun@example.com", **HOME},
        {"name": "김민준", "birth_date": "1960-01-31", **HOME},
    )

    assert groups(chain) == [["0", "1"], ["2"]]
    assert set(reasons(chain)) == {"would join two birth dates"}


def test_links_of_one_strength_give_way_together() -> None:
    """Where two e-mail links contradict each other, neither holds: nothing says which is right."""
    chain = link(
        {"birth_date": "1990-01-31", "email": "minjun@example.com"},
        {"email": "minjun@example.com"},
        {"email": "seojun@example.com"},
        {"birth_date": "1960-01-31", "email": "seojun@example.com"},
    )
    bridge = pd.DataFrame(
        {
            "sales_channel": [f"channel {place}" for place in (0, 1, 1, 2)],
            "customer_id": ["0", "1", "1", "2"],
            "birth_date": ["1990-01-31", None, None, "1960-01-31"],
            "email": [
                "a.kim@example.com",
                "a.kim@example.com",
                "b.kim@example.com",
                "b.kim@example.com",
            ],
        }
    )

    assert groups(chain) == [["0", "1"], ["2", "3"]]
    assert groups(link_identities(bridge)) == [["0"], ["1"], ["2"]]


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        (({"name": "김민준"}, {"name": "김서연"}), "would join two names"),
        (({"gender": "M"}, {"gender": "F"}), "would join two genders"),
    ],
)
def test_a_group_holds_no_contradiction(
    facts: tuple[dict[str, str], dict[str, str]], reason: str
) -> None:
    """Two names, or two genders without a name, are not joined through a third account."""
    chain = link(
        facts[0] | {"email": "a.kim@example.com"},
        {"email": "a.kim@example.com", "phone": "010-0123-4567"},
        facts[1] | {"phone": "010-0123-4567"},
    )

    assert groups(chain) == [["0", "1"], ["2"]]
    assert reasons(chain) == [reason]


def test_two_genders_under_one_name_are_a_slip() -> None:
    """One name under two genders is believed to be one person who was asked twice."""
    same = {"name": "김지우", "phone": "010-0123-4567"}

    assert groups(link(same | {"gender": "M"}, same | {"gender": "F"})) == [["0", "1"]]


def test_logins_unite_what_they_tell() -> None:
    """Under one login two names are one person's, and each may link."""
    accounts = pd.DataFrame(
        {
            "sales_channel": ["mall", "mall", "market"],
            "customer_id": ["A", "a", "x"],
            "account_id": ["MINA77", "mina77", None],
            "name": ["김민아", "박서연", "박서연"],
            "phone": ["010-0123-4567", None, "010-0123-4567"],
        }
    )

    assert groups(link_identities(accounts, region="KR")) == [["A", "a", "x"]]


def test_one_account_with_two_birth_dates_is_flagged() -> None:
    """An account that contradicts itself keeps its links; its birth dates count for nothing."""
    rows = pd.DataFrame(
        {
            "customer_id": ["1", "1", "2"],
            "birth_date": ["1990-01-31", "1960-01-31", "1970-01-31"],
            "email": ["a.kim@example.com"] * 3,
        }
    )
    identities = link_identities(rows)

    assert groups(identities) == [["1", "2"]]
    assert reasons(identities) == ["two birth dates in one account"]


@pytest.mark.parametrize(
    ("shared", "n", "key"),
    [
        ({"phone": "010-0123-4567"}, 5, "phone"),
        ({"email": "shop@example.com"}, 5, "e-mail"),
        (OFFICE, 9, "name + address"),
    ],
)
def test_what_many_names_use_links_nobody(shared: dict[str, str], n: int, key: str) -> None:
    """A number of five names, or an address of nine, is an office or a relay."""
    names = [
        "김민준",
        "이서연",
        "박지후",
        "최하은",
        "정도윤",
        "강수아",
        "조은우",
        "윤채원",
        "장시우",
    ][:n]
    crowd = link(*({"name": name, **shared} for name in [*names, names[0]]))

    assert len(groups(crowd)) == n + 1
    assert set(reasons(crowd)) == {"shared by too many"}
    assert set(crowd.flagged["key"]) == {key}
    assert crowd.profiles[["email", "phone"]].isna().all(axis=None)


def test_a_group_that_grows_too_large_is_taken_apart() -> None:
    """Nobody is believed to have more accounts than the limit."""
    rows = [{"phone": "010-0123-4567"}] * 4
    chain = [
        {"email": "a.kim@example.com"},
        {"email": "a.kim@example.com", "phone": "010-0123-4567"},
        {"phone": "010-0123-4567"},
    ]

    assert groups(link(*rows, max_accounts=4)) == [["0", "1", "2", "3"]]
    assert len(groups(link(*rows, max_accounts=3))) == 4
    assert groups(link(*chain, max_accounts=2)) == [["0", "1"], ["2"]]
    assert reasons(link(*chain, max_accounts=2)) == ["would join too many accounts"]


def test_options_of_mailboxes() -> None:
    """Dots at Gmail (which gives no names of three letters) and tags are folded, or not."""
    dots = ({"email": "m.i.n@gmail.com"}, {"email": "min@gmail.com"})
    tags = ({"email": "mina.kim+shop@example.com"}, {"email": "mina.kim@example.com"})

    assert len(groups(link(*dots))) == len(groups(link(*tags))) == 1
    assert len(groups(link(*dots, gmail_dots=False))) == 2
    assert len(groups(link(*tags, plus_tags=False))) == 2


def test_national_numbers_need_a_region() -> None:
    """Without a region only numbers with a country code link; what was not read is counted."""
    two = link({"phone": "010-0123-4567"}, {"phone": "010-0123-4567"}, region=None)

    assert groups(two) == [["0"], ["1"]]
    assert two.unused.to_numpy().tolist() == [["phone", "cannot be read", 2]]


def test_cells_that_tell_nothing_are_counted() -> None:
    """Masked, made-up and unreadable cells are counted by field and reason."""
    rows = link(
        {"name": "김*준", "phone": "0502-1234-5678", "account_id": "mi***", "email": "nobody"},
        {"name": "비회원", "phone": "010-0000-0000", "email": "noreply@example.com"},
    )

    assert rows.unused.to_numpy().tolist() == [
        ["name", "masked", 1],
        ["name", "no name", 1],
        ["phone", "virtual number (050x)", 1],
        ["phone", "made up", 1],
        ["e-mail", "made up", 1],
        ["e-mail", "cannot be read", 1],
        ["account id", "masked", 1],
    ]


def test_whatever_has_contacts_can_be_linked() -> None:
    """Orders are linked by their contacts, profiles by the index they may have."""
    contacts = pd.DataFrame({"customer_id": ["1", "2"], "phone": ["+82 10-0123-4567"] * 2})

    assert groups(link_identities(SimpleNamespace(contacts=contacts))) == [["1", "2"]]
    assert groups(link_identities(contacts.set_index("customer_id"))) == [["1", "2"]]


def test_nobody() -> None:
    """No contacts are no people."""
    identities = link_identities(pd.DataFrame({"customer_id": []}))

    assert len(identities.people) == len(identities.profiles) == len(identities.flagged) == 0


def test_contacts_without_customer_are_left_out() -> None:
    """Rows without an id are counted and left out."""
    rows = pd.DataFrame({"customer_id": ["1", None, " "]})

    with pytest.warns(DataQualityWarning, match="2 contacts without customer_id are left out"):
        assert groups(link_identities(rows)) == [["1"]]


def test_birth_dates_that_are_none_are_counted() -> None:
    """A birth date that cannot be read is emptied, with a warning."""
    rows = pd.DataFrame({"customer_id": ["1"], "birth_date": ["1990-02-31"]})

    with pytest.warns(DataQualityWarning, match="1 birth dates of profiles cannot be read"):
        assert link_identities(rows).profiles["birth_date"].isna().all()


def test_what_is_refused() -> None:
    """Without customer_id, with one account per person, or in no country nothing is linked."""
    with pytest.raises(MissingColumnsError, match=r"accounts lacks the columns \['customer_id'\]"):
        link_identities(pd.DataFrame({"name": ["김민준"]}))
    with pytest.raises(InvalidParameterError, match="max_accounts must be 2 or more, got 1"):
        link({}, max_accounts=1)
    with pytest.raises(InvalidParameterError, match="region must be"):
        link({}, region="Korea")


def test_ids_of_spreadsheets() -> None:
    """Whole floats, which spreadsheets make of ids and postal codes, are read as texts."""
    rows = pd.DataFrame({"customer_id": [17850.0, "17850"], "postal_code": [6236.0, "06236"]})

    assert link_identities(rows).people["customer_id"].to_list() == ["17850"]
