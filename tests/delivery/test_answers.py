"""What recipients say by their links: kept for good, and asked at each claim."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import attrs
import pandas as pd
import pytest
from another_program import execute
from plans_to_deliver import NOON, Clock, FakeChannel, make_plan
from sqlalchemy.exc import DBAPIError, IntegrityError

from crmlib.delivery import (
    Answer,
    Ledger,
    LinkedRecipient,
    close_request,
    deliver,
    find_answer,
    find_recipient,
    find_refusals,
    list_answers,
    list_notices,
    list_requests,
    record_answers,
    request_erasure,
)
from crmlib.delivery._schema_steps import STEPS
from crmlib.exceptions import InvalidParameterError

HOUR = timedelta(hours=1)
NO = Answer(medium="email", purpose="advertising", granted=False, wording="w1")
YES = Answer(medium="email", purpose="advertising", granted=True, wording="w1")


def send(ledger: Ledger, **terms: object) -> dict[str, str]:
    """Deliver a plan, and give the state of each customer's message."""
    plan = make_plan(2, **terms)
    channels = {"fake": FakeChannel()}
    deliver(plan, ledger, approved=plan.digest, channels=channels, clock=Clock())
    found = ledger.deliveries(plan.campaign)
    return dict(zip(found["customer_id"], found["state"], strict=True))


def recipient_of(ledger: Ledger, key: str = "winback-C000-example.com") -> LinkedRecipient:
    """Give whom a message went to."""
    found = find_recipient(ledger, key)
    assert found is not None
    return found


def say(ledger: Ledger, *answers: Answer, hours: int = 0) -> int:
    """Have C000 answer some hours before noon."""
    at = NOON - hours * HOUR
    return record_answers(ledger, recipient_of(ledger), answers, at=at, source="test")


@pytest.fixture
def sent(ledger: Ledger) -> Ledger:
    """Give a ledger by which C000 and C001 were written to."""
    assert set(send(ledger).values()) == {"accepted"}
    return ledger


def test_a_message_leads_to_its_recipient_without_an_address(sent: Ledger) -> None:
    """By its key alone, of whatever campaign; nobody else's key leads anywhere."""
    send(sent, campaign="later")
    found = recipient_of(sent, "later-C001-example.com")

    assert (found.campaign, found.customer_id, found.medium) == ("later", "C001", "email")
    assert "C001" not in repr(found).replace(found.message_key, "")
    assert find_recipient(sent, "none") is None


def test_a_withdrawal_counts_for_the_address_whoever_has_it(sent: Ledger) -> None:
    """The customer gets another id, and the address stays withdrawn."""
    say(sent, NO)
    renamed = {"C000": {"address": "new@example.com"}, "C001": {"address": "c000@example.com"}}

    assert send(sent, campaign="second") == {"C000": "blocked", "C001": "accepted"}
    assert send(sent, campaign="third", rows=renamed)["C001"] == "blocked"


def test_a_withdrawal_counts_before_its_time(sent: Ledger) -> None:
    """The page may run on a machine whose clock is ahead of the sender's."""
    say(sent, NO, hours=-1)

    assert send(sent, campaign="second")["C000"] == "blocked"


def test_a_withdrawal_from_advertising_stops_no_notice(sent: Ledger) -> None:
    """What is informational still reaches them."""
    say(sent, NO)

    assert send(sent, campaign="notice", purpose="informational")["C000"] == "accepted"


def test_the_last_word_counts(sent: Ledger) -> None:
    """Back and forth, each said later than the other."""
    say(sent, NO, hours=3)
    say(sent, YES, hours=2)
    came_back = send(sent, campaign="second")
    say(sent, NO, hours=1)

    assert came_back["C000"] == "accepted"
    assert send(sent, campaign="third")["C000"] == "blocked"


def test_only_news_are_kept(sent: Ledger) -> None:
    """The first no is news, as silence is none; a yes after a no; everything after one yes."""
    all_of_it = Answer(medium="*", purpose="advertising", granted=False, wording="w1")
    told = [
        say(sent, NO, hours=9),
        say(sent, NO, hours=8),
        say(sent, all_of_it, hours=7),
        say(sent, all_of_it, NO, hours=6),
        say(sent, YES, hours=5),
        say(sent, YES, hours=4),
        say(sent, all_of_it, hours=3),
    ]

    assert told == [1, 0, 1, 0, 1, 0, 1]
    assert list_answers(sent)["granted"].to_list() == [False, False, True, False]


def test_what_was_said_elsewhere_counts_too(sent: Ledger) -> None:
    """Consents that were recorded from a file are known to the page."""
    table = pd.DataFrame(
        {
            "customer_id": "C000",
            "channel": ["email", "sms", "*"],
            "purpose": ["advertising", "night", "advertising"],
            "granted": [True, True, False],
            "at": ["2011-06-01T00:00Z", "2011-05-01T00:00Z", "2011-05-02T00:00Z"],
        }
    )
    sent.record_consents(table)
    recipient = recipient_of(sent)
    asked = [("email", "advertising"), ("sms", "advertising"), ("sms", "night")]

    assert [find_answer(sent, recipient, *each, at=NOON) for each in asked] == [True, False, False]
    assert (
        find_answer(sent, recipient_of(sent, "winback-C001-example.com"), *asked[0], at=NOON)
        is None
    )


def test_of_two_at_one_instant_the_withdrawal_counts(sent: Ledger) -> None:
    """As everywhere."""
    say(sent, YES, NO)

    assert find_answer(sent, recipient_of(sent), "email", "advertising", at=NOON) is False


def test_an_answer_shows_which_text_was_seen() -> None:
    """Without it there is no proof."""
    with pytest.raises(InvalidParameterError, match="the version of the text"):
        Answer(medium="email", purpose="advertising", granted=True, wording="")


@pytest.mark.parametrize(
    "change", ["UPDATE crmlib_answers SET granted = true", "DELETE FROM crmlib_answers"]
)
def test_answers_are_only_added_to(sent: Ledger, change: str) -> None:
    """The database itself refuses to change them."""
    say(sent, NO)

    with pytest.raises((DBAPIError, IntegrityError), match="only added to"):
        execute(sent, change)


def test_erasure_is_a_task_until_it_is_done(sent: Ledger) -> None:
    """One at a time; when it is done, a note says what was."""
    recipient = recipient_of(sent)
    told = [request_erasure(sent, recipient, at=NOON) for _ in range(2)]
    (waiting,) = list_requests(sent)["id"]
    close_request(sent, waiting, at=NOON + HOUR, note=" profile and orders erased ")
    again = request_erasure(sent, recipient, at=NOON + 2 * HOUR)
    listed = list_requests(sent)

    assert (told, again) == ([True, False], True)
    assert listed["kind"].to_list() == ["erasure"] * 2
    assert listed["note"].to_list() == ["profile and orders erased", None]
    assert listed["done_at"].isna().to_list() == [False, True]
    for number, note, problem in [
        (waiting, "x", "not done"),
        (99, "x", "not done"),
        (2, " ", "note"),
    ]:
        with pytest.raises(InvalidParameterError, match=problem):
            close_request(sent, number, at=NOON, note=note)


def test_a_ledger_from_before_answers_climbs(sent: Ledger) -> None:
    """On either database it gets the tables, and the log of answers is closed to changes."""
    step: Any = STEPS[5]
    for statement in (
        "DROP TABLE crmlib_answers",
        "DROP TABLE crmlib_requests",
        *step[sent.store.engine.dialect.name],
    ):
        execute(sent, statement)
    execute(sent, STEPS[7][sent.store.engine.dialect.name][1])  # the one of answers
    told = say(sent, NO), request_erasure(sent, recipient_of(sent), at=NOON)

    assert told == (1, True)
    with pytest.raises((DBAPIError, IntegrityError), match="only added to"):
        execute(sent, "DELETE FROM crmlib_answers")


def test_the_last_word_counts_whatever_the_clocks_of_the_pages_say(sent: Ledger) -> None:
    """Yes on a page whose clock is ahead, then no on another one: no."""
    say(sent, NO, hours=3)
    say(sent, YES, hours=1)
    say(sent, NO, hours=2)
    stays_out = send(sent, campaign="second")
    news = say(sent, YES)

    assert stays_out["C000"] == "blocked"
    assert news == 1
    assert send(sent, campaign="third")["C000"] == "accepted"


def test_who_would_be_held_back_is_known_before(sent: Ledger) -> None:
    """It is what the claim says: of the customer, whoever has the address, and of the topic."""
    renamed = {"C000": {"address": "new@example.com"}, "C001": {"address": "c000@example.com"}}
    plans = [make_plan(2, campaign="a"), make_plan(2, campaign="b", rows=renamed)]
    before = [find_refusals(sent, plan, at=NOON) for plan in plans]
    say(sent, attrs.evolve(NO, topic="restock"), hours=1)
    of_topic = find_refusals(sent, plans[0], at=NOON)
    say(sent, NO)
    after = [find_refusals(sent, plan, at=NOON) for plan in plans]

    assert before == [set(), set()]
    assert of_topic == set()
    assert after == [{"C000"}, {"C000", "C001"}]
    with pytest.raises(InvalidParameterError):
        find_refusals(sent, plans[0], at=NOON.replace(tzinfo=None))


def test_an_answer_whose_page_told_the_result_is_its_notice(sent: Ledger) -> None:
    """It tells of itself alone; what nobody was shown is no notice."""
    say(sent, YES, hours=2)
    told = NOON - HOUR
    shown = [NO, attrs.evolve(YES, medium="sms")]
    record_answers(sent, recipient_of(sent), shown, at=told, source="page", is_told=True)
    (notice,) = list_notices(sent).to_dict("records")

    assert notice == {
        "customer_id": "C000",
        "duty": "result-notice",
        "at": told,
        "since": told,
        "until": told,
        "outcome": "sent",
        "message_key": "",
    }
