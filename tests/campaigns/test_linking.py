"""A campaign plans for people: what is said of accounts is told of whoever is behind them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib.campaigns import (
    PeopleSettings,
    consents_of_people,
    events_of_people,
    link_people,
    load_campaign,
    read_order_files,
    sends_of_people,
)
from crmlib.exceptions import ConfigError, DataQualityWarning
from crmlib.identity import Identities, link_identities
from crmlib.tables import Orders, check_consents, check_engagements, make_transactions

if TYPE_CHECKING:
    from collections.abc import Sequence

MINA, JIHO, SORA = "+82 10-0123-4567", "+82 10-0123-4568", "+82 10-0123-4569"
NOWHERE = PeopleSettings(file=Path("no-such-file.json"))


def orders_of(*accounts: Sequence[str | None]) -> Orders:
    """Give an order of each account: sales channel, customer id, phone and day in May."""
    columns = ["sales_channel", "customer_id", "phone", "day"]
    lines = pd.DataFrame(list(accounts), columns=columns)
    lines["order_id"] = [str(number) for number in range(len(lines))]
    lines["ordered_at"] = "2026-05-" + lines.pop("day")
    return make_transactions(lines.assign(amount="10"))


def consents_of(*events: tuple[str, str, bool, str], **more: Any) -> pd.DataFrame:
    """Give consents: customer id, medium, whether granted, and the day in June."""
    table = pd.DataFrame(list(events), columns=["customer_id", "channel", "granted", "at"])
    table["at"] = "2026-06-" + table["at"] + "T00:00Z"
    return check_consents(table.assign(**{"purpose": "advertising"} | more))


def told(consents: pd.DataFrame) -> list[tuple[str, str, bool]]:
    """Give who said what of which medium, in the order of the table."""
    return list(consents[["customer_id", "channel", "granted"]].itertuples(index=False, name=None))


@pytest.fixture
def mina() -> Identities:
    """Give Mina, who is S1 and C1, and Jiho, who is S2; both S2 and C1 are ids of one channel."""
    orders = orders_of(("s", "S1", MINA, "01"), ("c", "C1", MINA, "02"), ("s", "S2", JIHO, "03"))
    return link_identities(orders)


def test_a_withdrawal_at_any_account_counts_for_the_person(mina: Identities) -> None:
    """A later consent at another account does not outweigh it; that of others stays."""
    consents = consents_of(
        ("S1", "email", True, "01"),
        ("C1", "email", False, "02"),
        ("S1", "email", True, "03"),
        ("S2", "email", True, "04"),
    )

    assert told(consents_of_people(consents, mina)) == [
        ("S1", "email", False),
        ("S2", "email", True),
    ]


def test_the_account_that_withdrew_can_consent_again(mina: Identities) -> None:
    """Then all consents of the person stand, and the last word of the table is yes."""
    consents = consents_of(
        ("S1", "email", True, "01"), ("C1", "email", False, "02"), ("C1", "email", True, "03")
    )

    answer = consents_of_people(consents, mina)
    assert told(answer)[-1] == ("S1", "email", True)
    assert answer["at"].is_monotonic_increasing


def test_a_consent_to_all_media_loses_the_one_that_was_withdrawn(mina: Identities) -> None:
    """It holds for the others, each by its name."""
    consents = consents_of(("C1", "sms", False, "01"), ("S1", "*", True, "02"))

    answer = set(told(consents_of_people(consents, mina)))

    media = {"email", "kakao", "push", "chat", "whatsapp"}
    assert answer == {("S1", "sms", False)} | {("S1", medium, True) for medium in media}


def test_a_withdrawal_from_all_media_leaves_no_consent(mina: Identities) -> None:
    """Not for one medium, and not for all; nor for the night."""
    consents = pd.concat(
        [
            consents_of(("C1", "*", False, "01"), ("S1", "*", True, "02")),
            consents_of(("S1", "sms", True, "03"), purpose="night"),
        ]
    )

    assert told(consents_of_people(consents, mina)) == [("S1", "*", False)]


def test_ids_are_found_with_their_channel_and_without(mina: Identities) -> None:
    """By a column, by the channel in front, by the id of a person; strangers stay themselves."""
    logins = link_identities(
        orders_of(("cafe24", "cafe24:mina", MINA, "02"), (None, "own", MINA, "01"))
    )
    by_column = consents_of(("mina", "email", True, "01"), sales_channel="cafe24")
    elsewhere = consents_of(("own", "email", True, "01"), sales_channel="cafe24")
    stranger = consents_of(("X", "email", True, "01"), sales_channel="cafe24")

    assert told(consents_of_people(by_column, logins)) == [("own", "email", True)]
    assert told(consents_of_people(elsewhere, logins)) == [("own", "email", True)]
    assert told(consents_of_people(stranger, logins)) == [("X", "email", True)]
    assert consents_of_people(by_column.head(0), mina).empty


def test_an_id_of_several_people_refuses_for_all_and_grants_for_none() -> None:
    """Until a column says whose it is; engagements are left out likewise."""
    two = link_identities(orders_of(("a", "1", MINA, "01"), ("b", "1", JIHO, "02")))
    names = sorted(two.people["person_id"])
    refused = consents_of(("1", "email", False, "01"))
    granted = consents_of(("1", "email", True, "01"))
    clicks = check_engagements(
        pd.DataFrame({"customer_id": ["1", "b:1"], "message_key": "k", "channel": "email",
                      "event": "clicked", "at": "2026-06-01T00:00Z"})
    )  # fmt: skip

    assert told(consents_of_people(refused, two)) == [(name, "email", False) for name in names]
    with pytest.warns(DataQualityWarning, match="1 consents name an id of several people"):
        assert consents_of_people(granted, two).empty
    placed = consents_of_people(granted.assign(sales_channel="b"), two)
    assert told(placed) == [(two.people["person_id"].iloc[1], "email", True)]
    with pytest.warns(DataQualityWarning, match="1 events name an id of several people"):
        assert events_of_people(clicks, two)["customer_id"].to_list() == ["b:1"]


def test_engagements_are_told_of_people(mina: Identities) -> None:
    """Whoever opened is the person."""
    clicks = check_engagements(
        pd.DataFrame({"customer_id": ["C1", "X"], "message_key": "k", "channel": "email",
                      "event": "opened", "at": "2026-06-01T00:00Z"})
    )  # fmt: skip

    assert events_of_people(clicks, mina)["customer_id"].to_list() == ["S1", "X"]


def test_profiles_come_first_and_contacts_fill_their_gaps() -> None:
    """Of two profiles of a person that of the account that ordered last; strangers have theirs."""
    orders = orders_of(("s", "S1", MINA, "01"), ("c", "C1", MINA, "02"), ("s", "S2", JIHO, "03"))
    profiles = pd.DataFrame(
        {
            "customer_id": ["S1", "C1", "X"],
            "name": ["Mina", "", "Sora"],
            "email": ["old@example.com", "new@example.com", ""],
            "birth_date": ["2000-02-29", "2000-02-29", ""],
            "hobby": ["chess", "", ""],
        }
    )

    people = link_people([orders], profiles, settings=NOWHERE).profiles.set_index("customer_id")

    assert people.loc["S1", ["name", "email", "hobby"]].to_list() == [
        "Mina",
        "new@example.com",
        "chess",
    ]
    assert people.loc["S1", "phone"] == "+821001234567"
    assert people.loc["S1", "birth_date"] == pd.Timestamp("2000-02-29")
    assert people.loc["S2", "phone"] == "+821001234568"
    assert people.loc["X", "name"] == "Sora"


def test_profiles_of_channels_that_share_ids_are_kept_apart() -> None:
    """A column of the profiles says whose each is, and joins accounts by what it tells."""
    orders = orders_of(("a", "1", None, "01"), ("b", "1", None, "02"), ("b", "2", None, "03"))
    profiles = pd.DataFrame(
        {"customer_id": ["1", "1"], "sales_channel": ["a", "b"], "email": ["a@x.com", "b@x.com"]}
    )
    one = pd.DataFrame({"customer_id": ["1"], "email": ["a@x.com"]})

    apart = link_people([orders], profiles, settings=NOWHERE)
    joined = link_people([orders], one, settings=NOWHERE)
    nobody = link_people([orders], one.head(0), settings=NOWHERE)

    assert apart.profiles["email"].dropna().to_list() == ["a@x.com", "b@x.com"]
    assert apart.identities.people["person_id"].nunique() == 3
    assert joined.identities.people["person_id"].nunique() == 2
    assert nobody.profiles["email"].isna().all()


def test_people_are_called_as_the_plan_calls_them(tmp_path: Path) -> None:
    """Two who are found to be one keep the ids of the plan, and a withdrawal counts for both."""
    settings = PeopleSettings(file=tmp_path / "people.json")
    before = orders_of(("s", "S1", MINA, "01"), ("c", "C1", JIHO, "02"), ("s", "S2", SORA, "03"))
    link_people([before], None, settings=settings).identities.save(settings.file)
    both = orders_of(("s", "S1", MINA, "01"), ("c", "C1", MINA, "02"), ("s", "S2", SORA, "03"))
    now = link_people([both], None, settings=settings)

    as_planned = now.call_as_planned(pd.Index(["C1", "S2"]))
    assert now.apply(both).table["customer_id"].to_list() == ["S1", "S1", "S2"]
    assert as_planned.apply(both).table["customer_id"].to_list() == ["C1", "C1", "S2"]
    assert as_planned.profiles["customer_id"].to_list() == ["S2", "C1"]
    planned = now.call_as_planned(pd.Index(["S1", "C1", "S2"]))
    assert planned.apply(both).table["customer_id"].to_list() == ["S1", "S1", "S2"]
    refused = consents_of(("S1", "email", False, "01"), ("C1", "email", True, "02"))
    assert told(consents_of_people(refused, now.identities)) == [
        ("S1", "email", False),
        ("C1", "email", False),
    ]


def test_a_person_can_be_named_by_an_id_of_an_earlier_run(tmp_path: Path) -> None:
    """Who was merged twice is found under the first id."""
    settings = PeopleSettings(file=tmp_path / "people.json")
    for phones in ((MINA, JIHO, SORA), (MINA, SORA, SORA), (MINA, MINA, MINA)):
        orders = orders_of(("a", "A", phones[0], "01"), ("b", "B", phones[1], "02"),
                           ("c", "C", phones[2], "03"))  # fmt: skip
        identities = link_people([orders], None, settings=settings).identities
        identities.save(settings.file)
    first = identities.people["customer_id"] == "A"
    gone = attrs.evolve(identities, people=identities.people[first])

    said = consents_of_people(consents_of(("C", "email", True, "01")), gone)
    assert told(said) == [("A", "email", True)]


ACCOUNTS = (("a", "1"), ("b", "1"), ("a", "2"), ("b", "a:2"), ("b", "3"))
OWNERS = st.lists(st.sampled_from([MINA, JIHO, SORA]), min_size=5, max_size=5)


@settings(max_examples=8, deadline=None)
@given(runs=st.lists(OWNERS, min_size=2, max_size=3), data=st.data())
def test_no_withdrawal_is_lost_by_merges_and_splits(
    runs: list[list[str]], data: st.DataObject
) -> None:
    """Whoever holds an account of a person that withdrew by any id that it had is refused."""
    identities: Identities | None = None
    refusing: set[tuple[str, str]] = set()
    said: list[tuple[str, str, bool, str]] = []
    for owners in runs:
        orders = orders_of(*((*key, who, "01") for key, who in zip(ACCOUNTS, owners, strict=True)))
        identities = link_identities(orders, previous=identities)
        people = identities.people
        name = data.draw(st.sampled_from(sorted(people["person_id"])))
        theirs = people[people["person_id"] == name]
        refusing |= {*theirs[["sales_channel", "customer_id"]].itertuples(index=False, name=None)}
        said.append((name, "email", False, "02"))
    assert identities is not None

    told_now = consents_of_people(consents_of(*said), identities)
    refused = set(told_now.loc[~told_now["granted"], "customer_id"])
    people = identities.people.set_index(["sales_channel", "customer_id"])["person_id"]

    assert {people[account] for account in refusing} <= refused


def test_a_withdrawal_counts_for_who_has_parted_until_they_consent() -> None:
    """It may have been theirs; who was merged away before the split is followed, too."""
    people: Identities | None = None
    for phones in ((MINA, MINA, SORA), (MINA, MINA, MINA), (SORA, MINA, SORA)):
        accounts = zip("abc", "ABC", phones, ("01", "02", "03"), strict=True)
        people = link_identities(orders_of(*accounts), previous=people)
    assert people is not None
    refused = consents_of(("A", "email", False, "03"))
    names = dict(people.people[["customer_id", "person_id"]].itertuples(index=False, name=None))
    both = {names["A"], names["B"]}

    assert len(both) == 2
    assert set(consents_of_people(refused, people)["customer_id"]) >= both
    placed = consents_of_people(refused.assign(sales_channel="a"), people)
    assert names["B"] not in set(placed["customer_id"])


def test_sends_of_earlier_runs_count_for_the_people_of_today() -> None:
    """By the merger for whom it led to, by a split for both."""
    two = link_identities(orders_of(("a", "A", MINA, "01"), ("b", "B", JIHO, "02")))
    one = link_identities(orders_of(("a", "A", MINA, "01"), ("b", "B", MINA, "02")), previous=two)
    again = link_identities(
        orders_of(("a", "A", MINA, "01"), ("b", "B", JIHO, "02")), previous=one
    )
    sends = pd.DataFrame({"customer_id": ["B", "X"], "at": pd.Timestamp("2026-06-01", tz="UTC")})
    names = set(again.people["person_id"])

    assert sends_of_people(sends, one)["customer_id"].to_list() == ["A", "X"]
    assert set(sends_of_people(sends, again)["customer_id"]) == names | {"X"}
    told_of_a = sends_of_people(sends.assign(customer_id="A"), again)
    assert set(told_of_a["customer_id"]) == names


DATA = """
orders = ["mall.csv", { path = ["own/*.csv"], mapping = "own.toml" }]
later_orders = { path = "later.csv", columns = { amount = "Paid" }, password = "env:NO_SUCH" }
password = "env:SHOP_PASSWORD"
timezone = "Asia/Seoul"
consents = "consents.csv"
[people]
file = "who.json"
region = "KR"
max_accounts = 5
"""


def load(folder: Path, data: str = DATA) -> Any:
    """Load a small campaign file with *data*."""
    file = folder / "campaign.toml"
    file.write_text(
        '[campaign]\nname = "c"\nchannels = ["memory"]\npolicy = "EU"\n'
        f'[data]\n{data}[segmenter]\nkind = "rfm"\n[timing]\nkind = "fixed"\n'
        '[sender]\nname = "Shop"\nemail = "shop@example.com"\n'
        '[templates.default]\nbody = "Hi"\n',
        encoding="utf-8",
    )
    return load_campaign(file)


def test_order_files_may_each_be_read_in_their_own_way(tmp_path: Path) -> None:
    """A table has keys of its own, and what is said of all files holds for the rest."""
    spec = load(tmp_path)

    mall, own = spec.data.orders
    assert mall.paths == (tmp_path / "mall.csv",)
    assert (mall.timezone, mall.mapping, mall.password) == (
        "Asia/Seoul",
        None,
        "env:SHOP_PASSWORD",
    )
    assert own.paths == (tmp_path / "own" / "*.csv",)
    assert (own.timezone, own.mapping) == (None, tmp_path / "own.toml")
    assert spec.data.later_orders[0].columns == {"amount": "Paid"}
    assert spec.people == PeopleSettings(file=tmp_path / "who.json", region="KR", max_accounts=5)
    assert spec.data.profiles is None
    (given,) = spec.data.order_files(tmp_path / "x.csv")
    assert given == mall.__class__(
        paths=(tmp_path / "x.csv",),
        timezone="Asia/Seoul",
        password="env:SHOP_PASSWORD",
        section=None,
    )


def test_order_files_of_several_kinds_are_one_history(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The password comes from the environment, and one that is not there is told by its name."""
    (tmp_path / "own").mkdir()
    (tmp_path / "own.toml").write_text(
        '[columns]\ncustomer_id = "who"\norder_id = "no"\nordered_at = "day"\namount = "won"\n'
    )
    (tmp_path / "own" / "may.csv").write_text("who,no,day,won\na,1,2026-05-01,10\n")
    (tmp_path / "mall.csv").write_text("customer_id,order_id,date,amount\nb,1,2026-05-01,10\n")
    spec = load(tmp_path)
    monkeypatch.setitem(os.environ, "SHOP_PASSWORD", "sesame")

    table = read_order_files(spec.data.orders).table
    assert table["customer_id"].to_list() == ["b", "a"]
    assert [at.hour for at in table["ordered_at"]] == [15, 0]
    with pytest.raises(ConfigError, match=r"data\.later_orders\.password is read from .*NO_SUCH"):
        read_order_files(spec.data.later_orders)


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('"mall.csv"', "5", "data.orders"),
        ('["mall.csv", { path = ["own/*.csv"], mapping = "own.toml" }]', "[]", "data.orders"),
        ('mapping = "own.toml"', 'maping = "own.toml"', "data.orders[2].maping"),
        ('mapping = "own.toml"', 'timezone = "Mars"', "data.orders[2].timezone"),
        ('mapping = "own.toml"', 'mapping = "a", columns = {amount = "b"}',
         "data.orders[2].columns"),
        ('region = "KR"', 'region = "ZZ"', "people.region"),
        ("max_accounts = 5", "max_accounts = 1", "people.max_accounts"),
        ("[people]", "[peple]", "data.profiles"),
    ],
    ids=lambda text: text[:30],
)  # fmt: skip
def test_what_is_wrong_is_named(tmp_path: Path, old: str, new: str, key: str) -> None:
    """The error names the key, down to the place in a list."""
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, DATA.replace(old, new))

    assert caught.value.key == key
