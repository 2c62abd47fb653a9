"""What a plan holds, says and refuses to be."""

from __future__ import annotations

import attrs
import numpy as np
import pandas as pd
import pytest
from plans_by_hand import HEADER, held_row, make_plan, sent_row

from crmlib.campaigns import PLAN_COLUMNS, Plan
from crmlib.exceptions import (
    InvalidParameterError,
    InvalidTableError,
    MissingColumnsError,
    UnknownNameError,
)
from crmlib.messages import Message, Purpose, Recipient, Sender


def test_message_is_what_the_row_says(plan: Plan) -> None:
    """A message carries the address, the texts and the sender of its row."""
    expected = Message(
        key="key-Mina",
        recipient=Recipient(customer_id="C1", address="mina@example.com", name="Mina"),
        sender=Sender(name="Moonlight Shop", email="shop@example.com"),
        purpose=Purpose.ADVERTISING,
        body="Hello Mina",
        subject="We miss you, Mina",
        html="<p>Hello Mina</p>",
    )

    assert plan.message("key-Mina") == expected


def test_message_of_an_unknown_key(plan: Plan) -> None:
    """A key that no row has is an error that names the plan."""
    with pytest.raises(InvalidParameterError, match="one of the plan 'winback', got 'no-key'"):
        plan.message("no-key")


def test_rows_are_sorted_and_typed(plan: Plan) -> None:
    """The order in which rows came is forgotten, and absent texts are None."""
    rows = {"C2": held_row(), "C1": sent_row(html=np.nan)}
    table = make_plan(rows).table

    assert list(table.index) == ["C1", "C2"]
    assert table.index.name == "customer_id"
    assert tuple(table.columns) == PLAN_COLUMNS
    assert table.loc["C1", "html"] is None
    assert table.loc["C2", "address"] is None
    assert str(table["send_at"].dtype) == "datetime64[us, UTC]"
    assert pd.isna(table.loc["C2", "not_after"])
    assert table["night_consent"].dtype == bool


def test_the_digest_is_of_contents_only() -> None:
    """Row order does not move the digest; a text, a time or a header key does."""
    rows = {"C1": sent_row(), "C2": held_row()}
    turned = dict(reversed(rows.items()))
    later = sent_row(send_at=pd.Timestamp("2011-12-12T11:18:00Z"))
    others = [
        make_plan(rows | {"C1": sent_row(subject="We miss you!")}),
        make_plan(rows | {"C1": later}),
        make_plan(rows, campaign="winback-2"),
        make_plan({"C1": sent_row()}),
    ]
    digest = make_plan(rows).digest

    assert make_plan(turned).digest == digest
    assert digest not in {other.digest for other in others}
    assert len({other.digest for other in others}) == 4


def test_a_plan_stays_as_it_is(plan: Plan) -> None:
    """Writing into what a plan gives changes neither its table, digest nor messages."""
    before, key = plan.digest, plan.table.loc["C1", "message_key"]
    text = plan.message(key).body
    table, header = plan.table, plan.header
    table["message"] = "X"
    table.loc["C1", "subject"] = "X"
    header["sender"]["name"] = "X"

    assert plan.digest == before
    assert plan.message(key).body == text
    assert plan.message(key).sender.name == "Moonlight Shop"
    assert plan.table.loc["C1", "message"] == text


def test_writing_into_the_table_of_a_plan_warns(plan: Plan) -> None:
    """Who writes straight into the table is told that it changes nothing."""
    with pytest.warns(pd.errors.ChainedAssignmentError):
        plan.table["message"] = "X"


def test_a_changed_plan_has_another_digest(plan: Plan) -> None:
    """A plan made of a changed table gives the new text, and no old approval fits it."""
    table = plan.table
    table["message"] = table["message"].where(table["message"].isna(), "Something else")
    changed = attrs.evolve(plan, table=table)

    assert changed.digest != plan.digest
    assert changed.message(table.loc["C1", "message_key"]).body == "Something else"


def test_the_header_is_a_copy() -> None:
    """Changing the mapping that a plan was made of does not change the plan."""
    holdout = {"share": 0.1, "salt": "winback"}
    plan = make_plan({"C1": held_row()}, holdout=holdout, channels=("smtp",))
    holdout["share"] = 0.5

    assert plan.header["holdout"]["share"] == 0.1
    assert plan.header["channels"] == ["smtp"]


def test_counts_add_up(plan: Plan) -> None:
    """Sent, held out and held add up to everybody looked at."""
    counts = plan.counts()

    assert counts.to_dict("list") == {
        "decision": ["send", "hold-out", "held"],
        "reason": ["ALLOWED", "HOLD_OUT", "NO_CONSENT"],
        "customers": [1, 1, 2],
    }


@pytest.mark.parametrize(
    ("customer_id", "text"),
    [
        (
            "C1",
            (
                "C1 gets template 'winback' by email (smtp) on Monday 2011-12-12 at 20:17 "
                "Asia/Seoul.\nWho: segment At Risk.\n"
                "What: template 'winback' is for the segment At Risk.\n"
                "When: buys most around 20:00."
            ),
        ),
        (
            "C2",
            (
                "C2 is held out to measure the effect, and would have got template 'winback' by "
                "email (smtp) on Monday 2011-12-12 at 20:17 Asia/Seoul.\nWho: segment At Risk.\n"
                "What: template 'winback' is for the segment At Risk.\n"
                "When: buys most around 20:00."
            ),
        ),
        ("C3", "C3 gets nothing: no consent (NO_CONSENT).\nWho: segment At Risk."),
    ],
    ids=["sent", "held out", "held"],
)
def test_explain(plan: Plan, customer_id: str, text: str) -> None:
    """Each customer's fate is told in sentences, the hour in the customer's own zone."""
    assert plan.explain(customer_id) == text


def test_explain_without_zone_or_detail() -> None:
    """Without a zone the hour is told in UTC, and a missing detail is owned up to."""
    plan = make_plan({"C1": sent_row(timezone=None), "C2": held_row(detail=None)})

    assert "at 11:17 UTC" in plan.explain("C1")
    assert "gets nothing: no detail was given (NO_CONSENT)" in plan.explain("C2")


def test_explain_an_unknown_customer() -> None:
    """An unknown id is an error that lists the ids beside it, not a million of them."""
    plan = make_plan({f"C{number}": held_row() for number in range(10, 99)})
    with pytest.raises(UnknownNameError, match="did you mean") as caught:
        plan.explain("C5x")

    assert caught.value.known == ["C58", "C59", "C60", "C61", "C62"]


def test_repr_holds_no_personal_data(plan: Plan) -> None:
    """Logging a plan logs neither names nor addresses."""
    assert "mina" not in repr(plan).lower()


def test_a_plan_is_frozen(plan: Plan) -> None:
    """Header and table of a plan cannot be replaced."""
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        plan.header = {}  # type: ignore[misc]  # what the test is about


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"decision": "maybe"}, "holds the decision 'maybe'"),
        ({"address": None}, "has no address for 'C1'"),
        ({"send_at": None}, "has no send_at for 'C1'"),
        ({"send_at": pd.Timestamp("2011-12-17T00:00:00Z")}, "at or after its not_after"),
        ({"subject": 5}, "holds integer in subject"),
        ({"night_consent": None}, "holds no booleans in night_consent"),
    ],
    ids=["decision", "address", "send_at", "expired", "type", "night"],
)
def test_rows_that_cannot_be(change: dict[str, object], problem: str) -> None:
    """A row that could not be delivered is refused when the plan is made."""
    with pytest.raises(InvalidTableError, match=problem):
        make_plan({"C1": sent_row(**change)})


def test_tables_that_cannot_be() -> None:
    """Missing or unknown columns, repeated ids and repeated keys are refused."""
    table = pd.DataFrame([held_row()], index=["C1"])
    with pytest.raises(MissingColumnsError, match="the plan lacks the columns \\['segment'\\]"):
        Plan(header=HEADER, table=table.drop(columns="segment"))
    with pytest.raises(InvalidTableError, match="has other columns: \\['secret'\\]"):
        Plan(header=HEADER, table=table.assign(secret="x"))
    with pytest.raises(InvalidTableError, match="names 'C1' twice"):
        Plan(header=HEADER, table=pd.concat([table, table]))
    with pytest.raises(InvalidTableError, match="integer in customer_id"):
        Plan(header=HEADER, table=table.set_axis([7]))
    with pytest.raises(InvalidTableError, match="one message_key twice"):
        make_plan({"C1": sent_row(), "C2": sent_row()})


def test_headers_that_cannot_be() -> None:
    """A header must hold every key, know its format and be plain JSON."""
    with pytest.raises(InvalidParameterError, match="a mapping that holds \\['not_after'\\]"):
        Plan(header={k: v for k, v in HEADER.items() if k != "not_after"}, table=pd.DataFrame())
    with pytest.raises(InvalidParameterError, match=r"must be 'crmlib.plan/1', got 'x/9'"):
        make_plan({}, format="x/9")
    with pytest.raises(InvalidParameterError, match="plain JSON"):
        make_plan({}, created_at=pd.Timestamp(0))
    with pytest.raises(InvalidParameterError, match="plain JSON"):
        make_plan({}, holdout={"share": float("nan")})


def test_an_empty_plan_is_a_plan() -> None:
    """A plan that looked at nobody has a digest and counts nobody."""
    plan = make_plan({})

    assert len(plan.digest) == 64
    assert plan.counts().empty


@pytest.mark.parametrize("propensity", [0.0, 1.5, "often"], ids=str)
def test_a_propensity_is_a_probability(propensity: object) -> None:
    """What is above 0 and at most 1 is kept to the last digit, None is NaN, others are refused."""
    kept = make_plan({"C1": sent_row(propensity=0.1 + 0.2), "C2": held_row()}).table["propensity"]

    assert kept["C1"] == 0.1 + 0.2
    assert np.isnan(kept["C2"])
    with pytest.raises(InvalidTableError, match="holds what is no probability in propensity"):
        make_plan({"C1": sent_row(propensity=propensity)})
