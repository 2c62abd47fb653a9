"""Who is decided on, how, and with which reason."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shops_by_hand import NOW, SENDER, ColumnSegmenter, Shop
from sklearn.exceptions import NotFittedError

from crmlib import policies
from crmlib.campaigns import _routes as routes_room
from crmlib.campaigns import assign_holdout
from crmlib.exceptions import (
    InvalidParameterError,
    InvalidTableError,
    MissingColumnsError,
    UnknownNameError,
)
from crmlib.interfaces import Channel, MessagePlanner, TimingModel
from crmlib.messages import Capabilities, Message, Sender
from crmlib.planners import Template, TemplatePlanner

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmlib.messages import DeliveryReceipt


class TextChannel(Channel):
    """A channel to phones that carries plain text only."""

    name = "text"
    capabilities: ClassVar[Capabilities] = Capabilities(medium="sms", address_field="phone")

    def send(self, messages: Sequence[Message]) -> list[DeliveryReceipt]:
        """Refuse, since planning never sends."""
        raise AssertionError("planning must not send")


@pytest.fixture
def text_channel(monkeypatch: pytest.MonkeyPatch) -> None:
    """Register the text channel."""
    real = routes_room.load_channel
    monkeypatch.setattr(
        routes_room, "load_channel", lambda name: TextChannel if name == "text" else real(name)
    )


def outcome(plan: Any, customer_id: str) -> tuple[str, str]:
    """Give decision and reason of one customer."""
    row = plan.table.loc[customer_id]
    return row["decision"], row["reason"]


def test_a_row_that_is_sent() -> None:
    """Somebody who is sent to has channel, address, dressed text, moment and key."""
    plan = Shop().plan()
    row = plan.table.loc["C1"]

    assert plan.counts().to_dict("list") == {
        "decision": ["send"],
        "reason": ["ALLOWED"],
        "customers": [3],
    }
    assert row["channel"] == "memory"
    assert row["medium"] == "email"
    assert row["address"] == "c1@example.com"
    assert row["subject"] == "Hello Name C1"
    assert row["message"].startswith("Hello Name C1.\n")
    assert "Moonlight Shop\nshop@example.com" in row["message"]
    assert row["opt_out_url"] == f"https://shop.example/out/{row['message_key']}"
    assert row["opt_out_url"] in row["message"]
    assert row["opt_out_url"] in row["html"]
    assert row["detail"].startswith("consent of 2026-01-05 (")
    assert row["why_who"] == "segment A"
    local = row["send_at"].tz_convert("Asia/Seoul")
    assert (local.hour, str(local.date())) == (10, "2026-11-02")
    assert row["not_after"] == NOW + timedelta(days=7)


def test_messages_can_be_made_of_every_row_to_send() -> None:
    """Each planned row gives a Message for the channels."""
    plan = Shop().plan(holdout=0.5)

    for key, row in plan.table.set_index("message_key").iterrows():
        message = plan.message(str(key))
        assert message.body == row["message"]
        assert message.sender == SENDER


def test_outsiders_are_held() -> None:
    """Who is in no segment of the audience is looked at and held."""
    shop = Shop()
    shop.customers.loc["C2", "group"] = "B"
    plan = shop.plan(audience=["A"])
    row = plan.table.loc["C2"]

    assert outcome(plan, "C2") == ("held", "NOT_IN_AUDIENCE")
    assert row["detail"] == "segment B is not in the audience"
    assert row["segment"] == "B"
    assert outcome(plan, "C1") == ("send", "ALLOWED")
    assert plan.header["audience"] == ["A"]


def test_held_rows_hold_neither_address_nor_text() -> None:
    """The plan keeps no personal data of people who get nothing."""
    shop = Shop()
    shop.consents = shop.consents[shop.consents["customer_id"] != "C2"]
    row = shop.plan().table.loc["C2"]
    kept = {"segment", "decision", "reason", "detail", "why_who", "night_consent"}

    assert row["reason"] == "NO_CONSENT"
    assert row.drop(list(kept)).isna().all()


def test_strangers_and_people_without_address() -> None:
    """No profile, no address and a wrong address are three reasons."""
    shop = Shop(5)
    shop.profiles = shop.profiles[shop.profiles["customer_id"] != "C1"]
    shop.set_profile("C2", email=None)
    shop.set_profile("C3", email="  ")
    shop.set_profile("C4", email="no-address")
    plan = shop.plan()

    assert outcome(plan, "C1") == ("held", "NO_PROFILE")
    assert outcome(plan, "C2") == ("held", "NO_ADDRESS")
    assert outcome(plan, "C3") == ("held", "NO_ADDRESS")
    assert outcome(plan, "C4") == ("held", "INVALID_ADDRESS")
    assert outcome(plan, "C5") == ("send", "ALLOWED")
    assert "no-address" not in plan.table.loc["C4", "detail"]


def test_profiles_without_the_column_of_the_address() -> None:
    """Profiles that know no addresses of the kind hold everybody, saying so."""
    shop = Shop()
    shop.profiles = shop.profiles.drop(columns="email")
    plan = shop.plan()

    assert set(plan.table["reason"]) == {"NO_ADDRESS"}
    assert plan.table.loc["C1", "detail"] == "the profiles have no column 'email'"


def test_one_address_gets_one_message() -> None:
    """Of several customers at one address the one who bought last keeps it."""
    shop = Shop(4)
    for key, address in (("C1", "Same@Example.com"), ("C2", "same@example.com")):
        shop.set_profile(key, email=address)
    plan = shop.plan()

    assert outcome(plan, "C1") == ("held", "DUPLICATE_ADDRESS")
    assert plan.table.loc["C1", "detail"] == (
        "C2 has the same email and keeps it: one message goes to one address"
    )
    assert outcome(plan, "C2") == ("send", "ALLOWED")


def test_ties_at_one_address() -> None:
    """If both bought at the same moment the smaller customer_id keeps the address."""
    shop = Shop(4)
    shop.customers["last_purchase_at"] = pd.Timestamp("2026-01-01", tz="UTC")
    for key in ("C3", "C2"):
        shop.set_profile(key, email="same@example.com")
    plan = shop.plan()

    assert outcome(plan, "C3") == ("held", "DUPLICATE_ADDRESS")
    assert outcome(plan, "C2") == ("send", "ALLOWED")


def _shared(withdrawn: str | None, silent: str | None) -> Shop:
    """Give three customers at one address, of whom one withdrew or never said a word."""
    shop = Shop(3)
    for key in ("C1", "C2", "C3"):
        shop.set_profile(key, email="same@example.com")
    shop.consents.loc[shop.consents["customer_id"] == withdrawn, "granted"] = False
    shop.consents = shop.consents[shop.consents["customer_id"] != silent]
    return shop


def test_an_address_goes_to_one_who_may_be_written_to() -> None:
    """Who bought last but never consented does not take the message from one who did."""
    plan = _shared(withdrawn=None, silent="C3").plan()

    assert outcome(plan, "C1") == ("held", "DUPLICATE_ADDRESS")
    assert outcome(plan, "C2") == ("send", "ALLOWED")
    assert outcome(plan, "C3") == ("held", "NO_CONSENT")
    assert plan.table.loc["C3", "detail"].startswith("no consent on record")


@pytest.mark.parametrize("policy", ["EU", "US"], ids=["opt-in", "opt-out"])
def test_a_withdrawal_silences_the_address(policy: str) -> None:
    """A refusal is one of the mailbox: whoever shares it gets nothing, and the plan says whose."""
    shop = _shared(withdrawn="C1", silent="C2")
    table = shop.plan(policy=policies.load(policy)).table

    assert table["reason"].tolist() == ["NO_CONSENT"] * 3
    assert table.loc["C1", "detail"].startswith("withdrawn on 2026-01-05 (")
    assert table.loc["C3", "detail"].startswith(
        f"C1, who has the same email, withdrew on 2026-01-05 ({policy} "
    )


def test_a_withdrawal_counts_from_outside_the_audience() -> None:
    """Somebody who withdrew and is no customer now still speaks for the address."""
    shop = _shared(withdrawn="C1", silent=None)
    shop.customers = shop.customers.drop(index="C1")
    plan = shop.plan()

    assert set(plan.table["reason"]) == {"NO_CONSENT"}


def test_a_withdrawal_silences_one_medium_only() -> None:
    """What was withdrawn for text messages does not stop an e-mail to the same people."""
    shop = _shared(withdrawn="C1", silent=None)
    shop.consents["channel"] = ["sms", "*", "*"]
    plan = shop.plan()

    assert outcome(plan, "C3") == ("send", "ALLOWED")


def test_a_withdrawal_taken_back_silences_nobody() -> None:
    """Only the last word of each customer counts."""
    shop = _shared(withdrawn="C1", silent=None)
    again = shop.consents.iloc[:1].assign(granted=True, at=pd.Timestamp("2026-02-01", tz="UTC"))
    shop.consents = pd.concat([shop.consents, again])

    assert outcome(shop.plan(), "C3") == ("send", "ALLOWED")


def test_informational_messages_heed_no_withdrawal_of_another() -> None:
    """Where no consent is needed a withdrawal from advertising silences nobody."""
    shop = _shared(withdrawn="C1", silent="C2")

    assert outcome(shop.plan(purpose="informational"), "C3") == ("send", "ALLOWED")


@pytest.mark.usefixtures("text_channel")
def test_an_address_taken_on_one_channel_is_taken_on_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two media to one kind of address still give one address one message."""
    monkeypatch.setattr(
        TextChannel, "capabilities", Capabilities(medium="sms", address_field="email")
    )
    shop = _shared(withdrawn=None, silent="C3")
    shop.consents["channel"] = ["email", "sms"]
    plan = shop.plan(channels=["memory", "text"])

    assert outcome(plan, "C1") == ("send", "ALLOWED")
    assert outcome(plan, "C2") == ("held", "DUPLICATE_ADDRESS")
    assert "; text: C1 has the same email and keeps it" in plan.table.loc["C2", "detail"]


@pytest.mark.parametrize(
    "listed",
    [["C2@EXAMPLE.com", "+821012345678"], pd.Series(["c2@example.com"])],
    ids=["any spelling", "series"],
)
def test_suppressed_addresses(listed: Any) -> None:
    """An address on the suppression list is held, in whichever spelling it is listed."""
    plan = Shop().plan(suppressions=listed)

    assert outcome(plan, "C2") == ("held", "SUPPRESSED")
    assert plan.table.loc["C2", "detail"] == "the email is on the suppression list"
    assert list(plan.table["decision"]) == ["send", "held", "send"]


@pytest.mark.parametrize(
    "entry",
    [
        "Name <c1@example.com>",
        "mailto:c1@example.com",
        "c1@example.com;",
        "\ufeffc1@example.com",
        "010-1234-5678",
        "+821012345678; +821012345679",
        "nonsense",
        " ",
        None,
        float("nan"),
    ],
)
def test_a_suppression_is_never_lost(entry: Any) -> None:
    """An entry that is no address refuses the list; the error tells its place and not itself."""
    with pytest.raises(InvalidParameterError) as caught:
        Shop().plan(suppressions=["c2@example.com", entry, "c3@example.com"])

    assert "1 of 3 that are none, at the positions 1" in str(caught.value)
    assert "c1@example" not in str(caught.value)


def test_a_suppression_list_of_many_strange_entries() -> None:
    """Ten places are shown, and that there are more."""
    with pytest.raises(
        InvalidParameterError, match=r"12 of 12 .* 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, …"
    ):
        Shop().plan(suppressions=["x"] * 12)


def test_a_suppression_list_is_no_text() -> None:
    """One address alone is refused: it would be read letter by letter."""
    with pytest.raises(InvalidParameterError, match="put a single one in a list, got 'one text'"):
        Shop().plan(suppressions="c1@example.com")


@pytest.mark.parametrize(
    "now",
    [
        datetime(1, 1, 1, 3, tzinfo=timezone(timedelta(hours=9))),
        datetime(9999, 12, 31, tzinfo=timezone(timedelta(hours=9))),
    ],
    ids=["the first day", "the last day"],
)
def test_the_edges_of_the_calendar(now: datetime) -> None:
    """A moment at the first or last day that a datetime can tell is refused as a parameter."""
    shop = Shop()
    with pytest.raises(InvalidParameterError, match="now must be a moment far enough"):
        shop.campaign().plan(
            shop.customers, profiles=shop.profiles, consents=shop.consents, now=now
        )


def test_without_a_sender() -> None:
    """Without a sender everybody is held, and the detail says what to give."""
    plan = Shop().plan(sender=None)

    assert set(plan.table["reason"]) == {"SENDER_INCOMPLETE"}
    assert plan.table.loc["C1", "detail"] == (
        "the campaign has no sender; give Campaign(sender=Sender(name=…, email=…, opt_out_url=…))"
    )
    assert plan.header["sender"] is None


def test_a_sender_who_lacks_what_the_law_wants() -> None:
    """A sender without what must be shown holds everybody, with the law that asks for it."""
    plan = Shop().plan(
        sender=Sender(name="Shop", email="shop@example.com"), policy=policies.load("US")
    )

    assert set(plan.table["reason"]) == {"SENDER_INCOMPLETE"}
    assert plan.table.loc["C1", "detail"].startswith(
        "the sender lacks postal_address, opt_out_url, to be shown by US CAN-SPAM"
    )
    assert plan.table.loc["C1", "detail"].endswith(
        "; give Campaign(sender=Sender(postal_address=…, opt_out_url=…))"
    )


def test_informational_messages_still_have_a_sender() -> None:
    """Where the law asks for nothing a message needs a sender all the same."""
    plan = Shop().plan(sender=None, purpose="informational")

    assert set(plan.table["reason"]) == {"SENDER_INCOMPLETE"}
    assert plan.table.loc["C1", "detail"] == (
        "the campaign has no sender; give Campaign(sender=Sender(name=…, email=…))"
    )


def test_informational_messages_need_no_consent() -> None:
    """What is no advertisement goes without consent and without label."""
    shop = Shop()
    shop.consents = shop.consents.iloc[:0]
    plan = shop.plan(purpose="informational", policy=policies.load("KR"))

    assert set(plan.table["decision"]) == {"send"}
    assert plan.table.loc["C1", "subject"] == "Hello Name C1"


def test_korean_advertisements_carry_label_and_sender() -> None:
    """Under Korean law the subject begins with the label of advertisements."""
    plan = Shop().plan(policy=policies.load("KR"))

    assert plan.table.loc["C1", "subject"] == "(광고) Hello Name C1"
    assert "Moonlight Shop\n1 Moonlight Street\n" in plan.table.loc["C1", "message"]


def test_a_message_that_cannot_be_written() -> None:
    """A template that needs what a customer lacks holds that customer alone."""
    shop = Shop()
    shop.set_profile("C2", name=None)
    planner = TemplatePlanner({"default": Template(subject="Hi", body="Hi {name}", name="hi")})
    plan = shop.plan(planner=planner)

    assert outcome(plan, "C2") == ("held", "NO_MESSAGE")
    assert plan.table.loc["C2", "detail"].startswith("template 'hi': needs {name}, which is miss")
    assert outcome(plan, "C1") == ("send", "ALLOWED")


def test_no_template_for_a_segment() -> None:
    """A segment for which there is no template is held, with the templates there are."""
    plan = Shop().plan(planner=TemplatePlanner({"B": Template(subject="x", body="y")}))

    assert plan.table.loc["C1", "detail"].startswith("no template is for the segment 'A'")


def test_email_needs_a_subject() -> None:
    """An e-mail without a subject is held before it can be sent."""
    plan = Shop().plan(planner=TemplatePlanner({"default": Template(body="x")}))

    assert set(plan.table["reason"]) == {"NO_MESSAGE"}
    assert plan.table.loc["C1", "detail"] == (
        "template 'default': has no subject, and e-mail needs one"
    )


def test_holdouts_get_all_but_the_message() -> None:
    """Held-out rows keep channel, text and moment: what they would have got."""
    shop = Shop(60)
    with_holdout, without = shop.plan(holdout=0.4), shop.plan(holdout=0)
    held_out = with_holdout.table["decision"] == "hold-out"
    expected = assign_holdout(with_holdout.table["address"], share=0.4, salt="winback")
    changed = ["decision", "reason", "detail"]

    assert held_out.to_numpy().tolist() == expected.tolist()
    assert set(with_holdout.table.loc[held_out, "reason"]) == {"HOLD_OUT"}
    assert with_holdout.table.loc[held_out, "detail"].iloc[0] == (
        "held out at random: 40.0% of those who could be written to"
    )
    assert with_holdout.table.drop(columns=changed).equals(without.table.drop(columns=changed))
    assert with_holdout.header["holdout"] == {
        "share": 0.4,
        "salt": "winback",
        "propensity": {"send": 0.6, "hold-out": 0.4},
    }


def test_a_campaign_keeps_its_keys_and_holdouts() -> None:
    """Planned again on another day, an address has the same key and arm; another name has not."""
    shop = Shop(60)
    first = shop.plan(holdout=0.5).table
    later = (
        shop.campaign(holdout=0.5)
        .plan(
            shop.customers,
            profiles=shop.profiles,
            consents=shop.consents,
            now=NOW + timedelta(days=3),
        )
        .table
    )
    other = shop.plan(holdout=0.5, name="spring").table

    assert later["message_key"].equals(first["message_key"])
    assert later["decision"].equals(first["decision"])
    assert not set(other["message_key"]) & set(first["message_key"])
    assert not other["decision"].equals(first["decision"])


@settings(max_examples=10, deadline=None)
@given(st.randoms(use_true_random=False))
def test_row_order_does_not_matter(random: Any) -> None:
    """Shuffled tables give the plan of the same digest."""
    shop = Shop(8)
    shop.set_profile("C3", email="c4@example.com")
    expected = shop.plan(holdout=0.3).digest
    for table in ("customers", "profiles", "consents"):
        order = list(range(8))
        random.shuffle(order)
        setattr(shop, table, getattr(shop, table).iloc[order])

    assert shop.plan(holdout=0.3).digest == expected


def test_inputs_are_left_alone() -> None:
    """Planning writes into none of its tables."""
    shop = Shop()
    before = [table.copy() for table in (shop.customers, shop.profiles, shop.consents)]
    shop.plan()
    after = [shop.customers, shop.profiles, shop.consents]

    assert all(one.equals(other) for one, other in zip(before, after, strict=True))


@pytest.mark.usefixtures("text_channel")
def test_the_next_channel_takes_over() -> None:
    """Who cannot be reached by the first channel is reached by the next, and the plan says so."""
    shop = Shop(4)
    shop.set_profile("C2", email=None)
    shop.set_profile("C3", email=None, phone="1")
    shop.consents = pd.concat(
        [
            shop.consents[shop.consents["customer_id"] != "C4"],
            shop.consents[shop.consents["customer_id"] == "C4"].assign(channel="sms"),
        ]
    )
    plan = shop.plan(channels=["memory", "text"])
    table = plan.table

    assert table["channel"].tolist() == ["memory", "text", None, "text"]
    assert table.loc["C1", "detail"].startswith("memory: consent of 2026-01-05")
    assert table.loc["C2", "detail"].startswith("memory: the profile has no email; text: consent")
    assert table.loc["C3", "reason"] == "INVALID_ADDRESS"
    assert table.loc["C3", "detail"].startswith("memory: the profile has no email; text: phone")
    assert table.loc["C4", "detail"].startswith("memory: no consent on record")
    assert table.loc["C2", "subject"] is None
    assert table.loc["C2", "html"] is None
    assert table.loc["C2", "why_what"].endswith(
        "; without its subject and HTML part, which text cannot carry"
    )


@pytest.mark.usefixtures("text_channel")
def test_the_reason_is_that_of_the_channel_that_came_furthest() -> None:
    """With a wrong e-mail address and no consent for the phone the consent is what lacks."""
    shop = Shop(1)
    shop.set_profile("C1", email="wrong")
    shop.consents = shop.consents.iloc[:0]

    assert outcome(shop.plan(channels=["memory", "text"]), "C1") == ("held", "NO_CONSENT")
    assert outcome(shop.plan(channels=["text", "memory"]), "C1") == ("held", "NO_CONSENT")


def test_two_channels_to_one_kind_of_address() -> None:
    """Two channels to mailboxes still give one address one message."""
    shop = Shop()
    shop.set_profile("C1", email="c2@example.com")
    plan = shop.plan(channels=["memory", "file"])

    assert outcome(plan, "C1") == ("held", "DUPLICATE_ADDRESS")
    assert plan.table["channel"].tolist() == [None, "memory", "memory"]


@pytest.mark.usefixtures("text_channel")
def test_quiet_hours_are_kept() -> None:
    """A text in the Korean night goes in the morning, unless there is consent for the night."""
    shop = Shop(2)
    night = shop.consents.iloc[:1].assign(purpose="night")
    shop.consents = pd.concat([shop.consents, night])
    from crmlib.timing import FixedTiming  # noqa: PLC0415 -- only here

    plan = shop.plan(channels=["text"], policy=policies.load("KR"), timing=FixedTiming(hour=23))
    hours = plan.table["send_at"].dt.tz_convert("Asia/Seoul").dt.hour

    assert plan.table["night_consent"].tolist() == [True, False]
    assert hours["C1"] == 23
    assert 8 <= hours["C2"] < 21


@pytest.mark.usefixtures("text_channel")
@pytest.mark.parametrize(
    ("policy", "reason", "law"),
    [
        ("KR", "NO_NIGHT_CONSENT", " (KR Network Act art. 50(3); KR practice on"),
        ("US", "QUIET_HOURS", " (US TCPA, 47 CFR 64.1200(c)(1))"),
    ],
)
def test_a_window_that_is_all_night(policy: str, reason: str, law: str) -> None:
    """If the window holds no permitted hour the row is held for the night, and names the law."""
    shop = Shop(1)
    night = datetime(2026, 11, 2, 22, 30, tzinfo=timezone(timedelta(hours=9)))
    plan = shop.campaign(
        channels=["text"], policy=policies.load(policy), horizon=timedelta(hours=4)
    ).plan(shop.customers, profiles=shop.profiles, consents=shop.consents, now=night)

    assert outcome(plan, "C1") == ("held", reason)
    assert plan.table.loc["C1", "detail"].startswith("no hour that begins from 2026-11-02 13:30")
    assert f" is permitted in Asia/Seoul{law}" in plan.table.loc["C1", "detail"]
    assert plan.header["created_at"] == "2026-11-02T13:30:00+00:00"


def test_unknown_zones_are_told() -> None:
    """Who has no zone is taken to live in the campaign's, and the reason says so."""
    shop = Shop()
    shop.set_profile("C2", timezone=None)
    table = shop.plan(timezone="Europe/London").table

    assert table.loc["C2", "timezone"] == "Europe/London"
    assert table.loc["C2", "send_at"].tz_convert("Europe/London").hour == 10
    assert table.loc["C2", "why_when"].endswith(
        "; the zone is not known, Europe/London is assumed"
    )
    assert "assumed" not in table.loc["C1", "why_when"]


def test_profiles_of_little() -> None:
    """Profiles need an address and nothing else."""
    shop = Shop(2)
    shop.profiles = shop.profiles[["customer_id", "email"]]
    table = shop.plan().table

    assert table["message"].str.startswith("Hello there.").all()
    assert table["name"].tolist() == [None, None]


class OddPlanner(MessagePlanner):
    """A planner that answers whatever a test wants."""

    def __init__(self, **answer: Any) -> None:
        self.answer = answer

    def fit(self, transactions: pd.DataFrame, y: None = None) -> OddPlanner:
        """Learn nothing."""
        return self

    def plan(self, audience: pd.DataFrame, *, medium: str) -> pd.DataFrame:
        """Answer a usual message, changed."""
        usual = dict.fromkeys(self.columns) | {"subject": "Hi", "body": "Hi", "template": "t"}
        return pd.DataFrame([usual | self.answer] * len(audience), index=audience.index)


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ({"body": None}, "has no text"),
        ({"body": " \n"}, "has no text"),
        ({"button_label": "Look"}, "has half a button: it needs a label and an address"),
        (
            {"button_label": "L\nook", "button_url": "https://x.example/"},
            "has a button whose label is blank or holds a line break",
        ),
        (
            {"button_label": "Look", "button_url": "javascript:alert(1)"},
            "has a button whose address is no web address",
        ),
        ({"subject": "Hi\r\nBcc: x@example.com"}, "has a subject with a line break"),
        ({"subject": "=?utf-8?q?=0A?= Hi"}, "has a subject with a line break"),
        ({"subject": "Hi \u202eanim"}, "has a subject with a line break"),
        ({"body": "Hi\x00"}, "has a character in its text"),
        ({"html": "Hi\x00"}, "has a character in its text"),
        ({"problem": "sold out"}, "sold out"),
    ],
    ids=repr,
)
def test_planners_of_others_are_checked(answer: dict[str, Any], problem: str) -> None:
    """Whatever a planner writes, a row that would break a message is held when planning."""
    plan = Shop(1).plan(planner=OddPlanner(**answer))

    assert outcome(plan, "C1") == ("held", "NO_MESSAGE")
    assert plan.table.loc["C1", "detail"].startswith(f"template 't': {problem}")


def test_a_planner_without_reasons_or_names() -> None:
    """A planner that names no template and gives no reason is used all the same."""
    plan = Shop(1).plan(planner=OddPlanner(template=None))
    drawn = Shop(1).plan(planner=OddPlanner(propensity=0.25))

    assert np.isnan(plan.table.loc["C1", "propensity"])
    assert drawn.table.loc["C1", "propensity"] == 0.25
    assert outcome(plan, "C1") == ("send", "ALLOWED")
    assert plan.table.loc["C1", "why_what"] == ""


def test_a_name_that_could_forge_a_header() -> None:
    """A profile whose name holds a line break is held, whether a template uses it or not."""
    shop = Shop(1)
    shop.set_profile("C1", name="Mina\r\nBcc: x@example.com")
    plan = shop.plan(planner=OddPlanner())

    assert plan.table.loc["C1", "detail"].startswith("template 't': goes to a name with a line")


def test_planners_that_break_their_contract() -> None:
    """An answer with other columns or other rows is an error that names the planner."""

    class FewColumns(OddPlanner):
        def plan(self, audience: pd.DataFrame, *, medium: str) -> pd.DataFrame:
            return super().plan(audience, medium=medium).drop(columns="why")

    class OtherRows(OddPlanner):
        def plan(self, audience: pd.DataFrame, *, medium: str) -> pd.DataFrame:
            return super().plan(audience, medium=medium).iloc[::-1].reset_index(drop=True)

    with pytest.raises(MissingColumnsError, match="the answer of FewColumns lacks"):
        Shop().plan(planner=FewColumns())
    with pytest.raises(InvalidTableError, match="the answer of OtherRows is not indexed like"):
        Shop().plan(planner=OtherRows())


def test_segmenters_that_break_their_contract() -> None:
    """A segmenter that answers for others is an error that names it."""

    class Reversed(ColumnSegmenter):
        def predict(self, customers: pd.DataFrame) -> pd.Series[str]:
            return super().predict(customers).iloc[::-1]

    shop = Shop()
    with pytest.raises(InvalidTableError, match="the answer of Reversed does not name one"):
        shop.plan(segmenter=Reversed().fit(shop.customers))


def test_a_segmenter_that_is_not_fitted() -> None:
    """A segmenter must have learned its segments before."""
    with pytest.raises(NotFittedError, match="ColumnSegmenter instance is not fitted yet"):
        Shop().plan(segmenter=ColumnSegmenter())


@pytest.mark.parametrize(
    ("parameters", "error", "problem"),
    [
        ({"audience": ["a"]}, UnknownNameError, r"no segment 'a'.*there are \['A'\]"),
        ({"channels": ["pigeon"]}, UnknownNameError, "there is no channel 'pigeon'"),
        ({"channels": []}, InvalidParameterError, "channels must be a list of channel names"),
        ({"channels": "smtp"}, InvalidParameterError, "channels must be a list"),
        ({"channels": ["file"] * 2}, InvalidParameterError, "channels must be a list"),
        ({"audience": "A"}, InvalidParameterError, "audience must be a list of segments"),
        ({"holdout": 0.91}, InvalidParameterError, "holdout must be from 0 to 0.9, got 0.91"),
        ({"holdout": -0.1}, InvalidParameterError, "holdout must be from 0 to 0.9"),
        ({"holdout": "x"}, InvalidParameterError, "holdout must be from 0 to 0.9"),
        ({"holdout": np.nan}, InvalidParameterError, "holdout must be from 0 to 0.9"),
        ({"name": ""}, InvalidParameterError, "name must be up to 100 letters"),
        ({"name": "../x"}, InvalidParameterError, "name must be up to 100 letters"),
        ({"name": "a\nb"}, InvalidParameterError, "name must be up to 100 letters"),
        ({"purpose": "spam"}, InvalidParameterError, "purpose must be 'advertising' or"),
        ({"horizon": timedelta(0)}, InvalidParameterError, "horizon must be a timedelta"),
        ({"horizon": 7}, InvalidParameterError, "horizon must be a timedelta"),
        ({"timezone": "Mars/Phobos"}, InvalidParameterError, "Mars/Phobos"),
        ({"policy": "KR"}, InvalidParameterError, "policy must be a Policy"),
        ({"planner": None}, InvalidParameterError, "planner must be a MessagePlanner"),
        ({"timing": TimingModel}, InvalidParameterError, "timing must be a TimingModel"),
        ({"segmenter": 5}, InvalidParameterError, "segmenter must be a Segmenter"),
        ({"sender": "shop"}, InvalidParameterError, "sender must be a Sender"),
        (
            {
                "sender": Sender(
                    name="x", email="x@y.example", opt_out_url="https://shop.example/out"
                )
            },
            InvalidParameterError,
            "web address that holds {opt_out_token} or {message_key}",
        ),
    ],
    ids=str,
)
def test_parameters_that_cannot_be(
    parameters: dict[str, Any], error: type[Exception], problem: str
) -> None:
    """A parameter that cannot be is an error that says what would do."""
    with pytest.raises(error, match=problem):
        Shop().plan(**parameters)


@pytest.mark.usefixtures("text_channel")
def test_a_medium_that_the_policy_does_not_know(monkeypatch: pytest.MonkeyPatch) -> None:
    """A channel whose medium no rule covers is an error, not a free pass."""
    fax = Capabilities(medium="fax", address_field="phone")
    monkeypatch.setattr(TextChannel, "capabilities", fax)
    with pytest.raises(UnknownNameError, match="rule for the medium 'fax'"):
        Shop().plan(channels=["text"])


@pytest.mark.parametrize("now", [datetime(2026, 11, 2), "2026-11-02"], ids=str)  # noqa: DTZ001 -- what the test is about
def test_now_needs_a_zone(now: Any) -> None:
    """A moment without a zone is no moment."""
    shop = Shop()
    with pytest.raises(InvalidParameterError, match="now must be an aware datetime"):
        shop.campaign().plan(
            shop.customers, profiles=shop.profiles, consents=shop.consents, now=now
        )


def test_customers_tables_that_cannot_be() -> None:
    """Customers need text ids, each once, and their last purchase."""
    shop = Shop()
    good = shop.customers
    shop.customers = good.drop(columns="last_purchase_at")
    with pytest.raises(MissingColumnsError, match="customers lacks the columns"):
        shop.plan()
    shop.customers = good.reset_index(drop=True)
    with pytest.raises(InvalidTableError, match="customers is not indexed by text"):
        shop.plan()
    shop.customers = pd.concat([good, good])
    with pytest.raises(InvalidTableError, match="customers repeats a customer_id"):
        shop.plan()


def test_nobody_at_all() -> None:
    """A shop without customers has a plan without rows."""
    shop = Shop()
    shop.customers = shop.customers.iloc[:0]

    assert shop.plan(segmenter=ColumnSegmenter().fit(Shop().customers)).table.empty


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["A", "B"]),
            st.sampled_from([None, "x@example.com", "y@example.com", "broken"]),
            st.booleans(),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_everybody_is_decided_once(kinds: list[tuple[str, str | None, bool]]) -> None:
    """Every customer is in the plan once, with a decision, a reason and a detail."""
    shop = Shop(len(kinds))
    shop.customers["group"] = [group for group, _, _ in kinds]
    shop.profiles["email"] = pd.Series([email for _, email, _ in kinds], dtype=object)
    shop.consents["granted"] = [granted for _, _, granted in kinds]
    plan = shop.plan(audience=[kinds[0][0]], holdout=0.5)

    assert list(plan.table.index) == sorted(shop.customers.index)
    assert plan.counts()["customers"].sum() == len(kinds)
    assert plan.table[["decision", "reason", "detail"]].notna().all(axis=None)
    sent = plan.table[plan.table["decision"] != "held"]
    assert sent["address"].is_unique
    assert set(sent["segment"]) <= {kinds[0][0]}
