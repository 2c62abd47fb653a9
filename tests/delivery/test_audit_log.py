"""Who did what when: written with the deed, and never changed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from another_program import execute
from plans_to_deliver import NOON, Clock, FakeChannel, answering, make_plan
from sqlalchemy.exc import DBAPIError

from crmlib.delivery import (
    Ledger,
    cancel_campaign,
    deliver,
    list_actions,
    pause_campaign,
    resume_campaign,
)
from crmlib.delivery._audit_log import find_operator
from crmlib.exceptions import InvalidParameterError
from crmlib.messages import Outcome

PLAN = make_plan(1)


def send(ledger: Ledger) -> None:
    """Deliver to a provider of which nothing is known."""
    channel = FakeChannel(answering(Outcome.UNKNOWN))
    deliver(PLAN, ledger, approved=PLAN.digest, channels={"fake": channel}, clock=Clock())


def test_each_deed_is_logged_with_name_time_and_reason(url: str) -> None:
    """Approval, pause, resume, settlement and end, by whom, when and why."""
    with Ledger(url, operator="mina") as ledger:
        send(ledger)
        pause_campaign(ledger, "winback", note="wrong price", at=NOON + timedelta(minutes=1))
    with Ledger(url, operator="joon") as ledger:
        resume_campaign(ledger, "winback", note="it is right", at=NOON + timedelta(minutes=2))
        ledger.resolve(
            "winback", "winback-C000-example.com", "accepted", at=NOON, note="in their log"
        )
        cancel_campaign(ledger, "winback", note="sold out", at=NOON + timedelta(minutes=3))
        log = list_actions(ledger, "winback")
    with Ledger.adopt(url, Clock(), operator="mina") as ledger:
        adopted = list_actions(ledger)

    assert log[["operator", "action"]].to_numpy().tolist() == [
        ["mina", "approve"],
        ["mina", "pause"],
        ["joon", "resume"],
        ["joon", "settle"],
        ["joon", "cancel"],
    ]
    assert log["note"].to_list() == [
        f"1 to be sent, digest {PLAN.digest}",
        "wrong price",
        "it is right",
        "winback-C000-example.com is accepted: in their log",
        "sold out",
    ]
    assert log["at"].to_list()[1] == NOON + timedelta(minutes=1)
    last = adopted.iloc[-1]
    assert (last["operator"], last["action"]) == ("mina", "adopt")


@pytest.mark.parametrize(
    "statement",
    ["UPDATE crmlib_log SET note = ''", "DELETE FROM crmlib_log"],
    ids=["change", "delete"],
)
def test_the_log_is_only_added_to(ledger: Ledger, statement: str) -> None:
    """The database itself refuses to change or delete a line."""
    send(ledger)
    with pytest.raises(DBAPIError, match="only added to"):
        execute(ledger, statement)
    assert len(list_actions(ledger)) == 1


def test_who_works_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The name that is given, else the environment's, else the system's, else a number."""
    monkeypatch.setattr("getpass.getuser", lambda: "system")
    found = [
        find_operator("mina", {"CRMLIB_OPERATOR": "joon"}),
        find_operator(None, {"CRMLIB_OPERATOR": "joon"}),
        find_operator(None, {"CRMLIB_OPERATOR": " "}),
    ]

    def fail() -> str:
        raise KeyError(0)

    monkeypatch.setattr("getpass.getuser", fail)
    assert found == ["mina", "joon", "system"]
    assert find_operator(None, {}).startswith("user ")
    with pytest.raises(InvalidParameterError, match="operator must be the name of who works"):
        find_operator(" ", {})
