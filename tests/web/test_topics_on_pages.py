"""Some advertising can be refused by its topic, on the pages and at the claim."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from starlette.testclient import TestClient
from web_shop import A_DAY, BRAND, KEYS, NOW, Clock, Shop, make_plan

from crmlib.delivery import deliver, list_answers
from crmlib.exceptions import ConfigError, InvalidParameterError
from crmlib.policies import consent_verdicts
from crmlib.tables import check_consents
from crmlib.web import Topic, create_app, load_settings

if TYPE_CHECKING:
    from pathlib import Path

    from crmlib.delivery import Ledger

RESTOCK = Topic(name="Restock", ko="재입고 소식", en="Back in stock")
EVENTS = Topic(name="events", ko="행사", en="Events")


def open_topics(ledger: Ledger, sent: str | None = "restock") -> Shop:
    """Open a shop whose first campaign is about the topic *sent*."""
    clock, plan = Clock(), make_plan(topic=sent)
    deliver(plan, ledger, approved=plan.digest, clock=Clock(NOW + A_DAY))
    app = create_app(ledger, brand=BRAND, opt_out_keys=KEYS, clock=clock, topics=[RESTOCK, EVENTS])
    client = TestClient(app, base_url="https://pages.example")
    return Shop(ledger=ledger, client=client, clock=clock, plan=plan)


@pytest.fixture
def shop(ledger: Ledger) -> Shop:
    """Open it on a ledger in a file."""
    return open_topics(ledger)


@pytest.fixture
def any_shop(any_ledger: Ledger) -> Shop:
    """Open it on either ledger."""
    return open_topics(any_ledger)


def send(shop: Shop, topic: str | None) -> str:
    """Plan with the old consents, send on a topic, and give what became of C1's message."""
    name = f"on-{topic}-{shop.clock():%d%H}"
    plan = make_plan(name, now=shop.clock(), topic=topic)
    deliver(plan, shop.ledger, approved=plan.digest, clock=Clock(shop.clock() + A_DAY))
    found = shop.ledger.deliveries(name).set_index("customer_id")["state"]
    return str(found["C1"])


def save(shop: Shop, **said: str) -> dict[str, str]:
    """Answer as *said*, and give the answers that the page shows then."""
    path = f"{shop.link()}/preferences"
    proof = re.search(r'name="form_token" value="([^"]+)"', shop.client.get(path).text)
    fields = {name.replace("_", "."): value for name, value in said.items()}
    answer = shop.client.post(path, data=fields | {"form_token": proof[1]})
    assert answer.status_code == 200
    return dict(re.findall(r'name="([a-z.]+)" value="(yes|no)" checked', answer.text))


def test_the_topic_of_a_message_can_be_refused_alone(any_shop: Shop) -> None:
    """The claim holds back what is about it, by any medium, and nothing else."""
    page = any_shop.client.get(any_shop.link()).text
    done = any_shop.client.post(any_shop.link(), data={"scope": "topic"}).text
    (row,) = check_consents(list_answers(any_shop.ledger)).to_dict("records")

    assert '<button class="second" name="scope" value="topic">' in page
    assert "재입고 소식" in done
    assert "관한 광고를 보내지 않습니다" in done
    assert (row["channel"], row["purpose"], row["topic"]) == ("*", "advertising", "restock")
    assert not row["granted"]
    assert row["wording"].startswith("opt_out.topic/ko/")
    any_shop.clock.advance(days=1)
    states = [send(any_shop, topic) for topic in ("restock", "events", None)]
    assert states == ["blocked", "accepted", "accepted"]


def test_the_next_plan_obeys_the_answers(shop: Shop) -> None:
    """What the pages recorded holds back the topic when the next plan is made with it."""
    shop.client.post(shop.link(), data={"scope": "topic"})
    said = check_consents(list_answers(shop.ledger))
    before = said.assign(topic="", granted=True, at=said["at"] - 300 * A_DAY)
    asked = {
        "rule": shop.plan.policy.rule("email", "advertising"),
        "consents": check_consents(pd.concat([before, said])),
        "customer_ids": pd.Index(["C1"]),
    }
    verdicts = {
        topic: consent_verdicts(**asked, medium="email", now=NOW, topic=topic)
        for topic in ("restock", "events", None)
    }

    found = {topic: table.loc["C1", "verdict"] for topic, table in verdicts.items()}
    assert found == {"restock": "NO_CONSENT", "events": "ALLOWED", None: "ALLOWED"}


@pytest.mark.parametrize(
    ("sent", "offered"),
    [("restock", True), ("gifts", False), (None, False)],
    ids=["ours", "unnamed", "none"],
)
def test_only_a_topic_with_a_name_is_offered(
    ledger: Ledger, sent: str | None, offered: bool
) -> None:
    """A message about nothing that the pages can name offers what it always did."""
    shop = open_topics(ledger, sent)
    page = shop.client.get(shop.link()).text
    shop.client.post(shop.link(), data={"scope": "topic"})
    (row,) = list_answers(ledger).to_dict("records")

    assert ('value="topic"' in page) is offered
    assert (row["channel"], row["topic"]) == (("*", "restock") if offered else ("email", ""))


def test_one_click_refuses_more_than_the_topic(shop: Shop) -> None:
    """Who presses the button of a mail provider saw no choice, and gets no advertising by mail."""
    shop.client.post(shop.link(), data={"List-Unsubscribe": "One-Click"})
    shop.clock.advance(days=1)

    assert [send(shop, topic) for topic in ("restock", None)] == ["blocked", "blocked"]


def test_each_topic_is_a_choice_by_each_medium(shop: Shop) -> None:
    """Nothing is ticked beforehand; what is said of one leaves the others as they are."""
    page = shop.client.get(f"{shop.link()}/preferences?lang=en").text
    shown = save(shop, email_advertising_restock="no", sms_advertising_events="yes")
    said = check_consents(list_answers(shop.ledger))

    assert page.count("<fieldset>") == 5 + 3 * 2
    assert "checked" not in page
    assert "about “Back in stock” by e-mail?" in page
    assert shown == {"email.advertising.restock": "no", "sms.advertising.events": "yes"}
    assert said[["channel", "topic", "granted"]].to_dict("split")["data"] == [
        ["email", "restock", False],
        ["sms", "events", True],
    ]
    assert said["wording"].str.startswith("preferences.topic/ko/").all()
    assert said["wording"].nunique() == 2  # they name different topics
    shop.clock.advance(days=1)
    assert [send(shop, topic) for topic in ("restock", "events")] == ["blocked", "accepted"]


def test_who_refuses_all_has_no_topic(shop: Shop) -> None:
    """A yes to a topic beside a no is none; after coming back the topics stand as said."""
    save(shop, email_advertising_restock="yes", email_advertising_events="no")
    shop.clock.advance(hours=1)
    refused = save(shop, email_advertising="no", email_advertising_restock="yes")
    shop.clock.advance(hours=1)
    back = save(shop, email_advertising="yes")
    shop.clock.advance(days=1)

    assert refused == {"email.advertising": "no", "email.advertising.events": "no"}
    assert back == {
        "email.advertising": "yes",
        "email.advertising.restock": "yes",
        "email.advertising.events": "no",
    }
    states = [send(shop, topic) for topic in ("restock", "events", None)]
    assert states == ["accepted", "blocked", "accepted"]


def test_a_topic_needs_names() -> None:
    """One in each language, and one that campaigns use."""
    with pytest.raises(InvalidParameterError, match="ko"):
        Topic(name="a", ko=" ", en="A")
    with pytest.raises(InvalidParameterError, match="name"):
        Topic(name=3, ko="가", en="A")

    assert (RESTOCK.name, RESTOCK.title("en")) == ("restock", "Back in stock")


TOPIC = '[[topics]]\nname = "Restock"\nko = "재입고"\nen = "Back in stock"\n'


@pytest.mark.parametrize(
    ("topics", "key", "text"),
    [
        (TOPIC.replace('en = "Back in stock"', ""), "topics[1].en", "is missing"),
        (TOPIC.replace("재입고", ""), "topics[1].name", "ko"),
        (f"{TOPIC}x = 1", "topics[1].x", "no key"),
        (TOPIC * 2, "topics[2].name", "another has"),
        ("[topics]\na = 1", "topics", "headed"),
        ("".join(TOPIC.replace("Res", f"{n}") for n in range(21)), "topics", "more than 20"),
    ],
    ids=["language", "blank", "unknown", "twice", "table", "many"],
)
def test_topics_are_read_from_the_settings(
    tmp_path: Path, topics: str, key: str, text: str
) -> None:
    """Each is a table with a name and a title in each language; what is wrong is told by key."""
    KEYS.save(tmp_path / "keys.json")
    file = tmp_path / "web.toml"
    head = '[web]\nopt_out_keys = "keys.json"\n[brand]\nname = "Shop"\nemail = "a@b.example"\n'
    file.write_text(head + TOPIC, encoding="utf-8")
    good = load_settings(file).topics
    file.write_text(head + topics, encoding="utf-8")

    with pytest.raises(ConfigError, match=text) as caught:
        load_settings(file)
    assert caught.value.key == key
    assert good == (Topic(name="restock", ko="재입고", en="Back in stock"),)
