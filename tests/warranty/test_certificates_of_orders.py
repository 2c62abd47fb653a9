"""From order files of any channel to certificates, and from registrations to audiences."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from warranty_facts import AT, JUN, KEYS, MINA

from crmlib import Rule, RuleSegmenter, TriggerTiming, link_identities
from crmlib.exceptions import InvalidTableError, MissingColumnsError
from crmlib.tables import check_consents, check_events, check_profiles, make_transactions
from crmlib.warranty import ConsentAnswer, WarrantyRegistry

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GTINS = {"chair": "9506000134352", "lamp": "4012345111118"}
YEARS = timedelta(days=730)
DAY = timedelta(days=1)
LINES = pd.DataFrame(
    {
        "customer_id": ["s1", "s1", "m1", "m2", "m2"],
        "order_id": ["1", "1", "7", "8", "8"],
        "line_id": ["1a", "1b", "7a", "8a", "8b"],
        "ordered_at": ["2026-11-20T12:00Z"] * 5,
        "product_id": ["chair", "ribbon", "chair", "lamp", "chair"],
        "quantity": [2, 1, 1, 1, 1],
        "amount": [80.0, 1.0, 40.0, 30.0, 40.0],
        "sales_channel": ["shop", "shop", "mall", "mall", "mall"],
    }
)


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[WarrantyRegistry]:
    """Make a registry in a file."""
    url = f"sqlite:///{tmp_path}/w.db"
    with WarrantyRegistry(url, keys=KEYS, domain="https://id.example.com") as made:
        yield made


def issue(registry: WarrantyRegistry, lines: pd.DataFrame = LINES, **more: object) -> list[str]:
    """Issue for *lines*; give the ids of the new certificates."""
    table = make_transactions(lines).table
    issued = registry.issue_for_orders(table, GTINS, at=AT, lasting=YEARS, **more)
    return [certificate.warranty_id for certificate in issued]


def test_each_piece_of_an_order_gets_one_certificate(registry: WarrantyRegistry) -> None:
    """Two chairs are two certificates, a product without a GTIN none; a second run adds none."""
    first = issue(registry)
    twice = pd.concat([LINES.iloc[::-1], LINES.assign(order_id=["9"] * 5)], ignore_index=True)

    assert len(first) == 5
    assert issue(registry) == []
    assert len(issue(registry, twice)) == 5
    links = [registry.link(warranty_id) for warranty_id in first]
    assert len({link.serial for link in links}) == 5
    assert {link.gtin for link in links} == {"09506000134352", "04012345111118"}


def test_certificates_begin_days_after_delivery(registry: WarrantyRegistry) -> None:
    """What was not delivered gets none yet; what was, one that begins after so many days."""
    delivered = pd.Series(pd.to_datetime(["2026-11-22T09:00Z", *[None] * 4], utc=True))
    early = issue(registry, delivered_at=delivered, after=7 * DAY)
    later = issue(registry)

    assert (len(early), len(later)) == (2, 3)
    token = registry.link(early[0]).token
    valid = registry.verify(token, at=pd.Timestamp("2026-11-29T09:00Z").to_pydatetime())
    assert valid.valid_from == pd.Timestamp("2026-11-29T09:00Z")
    assert valid.expires_at - valid.valid_from == YEARS


def test_orders_without_products_or_zones_are_refused(registry: WarrantyRegistry) -> None:
    """A table without product ids, or deliveries without a zone, cannot be issued for."""
    table = make_transactions(LINES).table

    with pytest.raises(MissingColumnsError, match="product_id"):
        registry.issue_for_orders(table.drop(columns="product_id"), GTINS, at=AT, lasting=YEARS)
    naive = table["ordered_at"].dt.tz_localize(None)
    with pytest.raises(InvalidTableError, match="in which zone"):
        registry.issue_for_orders(table, GTINS, at=AT, lasting=YEARS, delivered_at=naive)


def test_later_files_revoke_what_came_back(registry: WarrantyRegistry) -> None:
    """A cancelled order, a returned line and a negative line end their certificates only."""
    lines = pd.concat([LINES, LINES.iloc[[0]].assign(order_id="9")], ignore_index=True)
    issue(registry, lines)
    statuses = ["", "", "cancelled", "returned", "", ""]
    back = lines.iloc[[5]].assign(quantity=-1, amount=-40.0, line_id="9b", status="")
    later = pd.concat([lines.assign(status=statuses), back, back], ignore_index=True)
    later.loc[7, "line_id"] = "9c"  # the second chair of this order came back another day

    ended = registry.revoke_returns(make_transactions(later), at=AT)

    assert (len(ended.revoked), ended.unclear) == (4, ())
    details = registry.history().query("kind == 'revoked'")["detail"]
    assert (
        sorted(details) == ['{"reason":"order cancelled"}'] + ['{"reason":"product returned"}'] * 3
    )
    again = registry.revoke_returns(make_transactions(later), at=AT)
    assert (again.revoked, again.unclear) == ((), ())


def test_one_of_two_pieces_that_came_back_is_for_a_person(registry: WarrantyRegistry) -> None:
    """If one of two chairs came back, both are named, until a person has revoked the right one."""
    chairs = issue(registry)[:2]
    back = make_transactions(LINES.iloc[[0]].assign(quantity=-1, amount=-40.0))

    ended = registry.revoke_returns(back, at=AT)
    assert (ended.revoked, sorted(ended.unclear)) == ((), sorted(chairs))
    registry.revoke(chairs[1], "product returned", at=AT)
    ended = registry.revoke_returns(back, at=AT)
    assert (ended.revoked, ended.unclear) == ((), ())


def test_without_line_ids_only_whole_orders_are_revoked(registry: WarrantyRegistry) -> None:
    """A returned ribbon does not end the warranty of a chair that was kept."""
    lines = LINES.drop(columns=["line_id", "sales_channel"])
    issue(registry, lines)
    later = make_transactions(lines.assign(status=["", "returned", "returned", "", ""]))

    ended = registry.revoke_returns(later, at=AT)
    assert (len(ended.revoked), len(ended.unclear)) == (1, 2)


def test_refunds_that_were_set_aside_count_too(registry: WarrantyRegistry) -> None:
    """A refund that is set aside by request names no product: its whole order is looked at."""
    issue(registry)
    back = LINES.iloc[[2]].assign(quantity=-1, amount=-40.0, line_id="7b")

    ended = registry.revoke_returns(make_transactions(back, refunds="set-aside"), at=AT)

    assert (len(ended.revoked), ended.unclear) == (1, ())


def test_registrations_are_canonical_tables(registry: WarrantyRegistry) -> None:
    """Profiles, consents and events pass the checks of the tables; each answer has its wording."""
    token = registry.link(issue(registry)[0]).token
    answers = [
        ConsentAnswer(channel="email", purpose="advertising", granted=True, wording="v3"),
        ConsentAnswer(channel="email", purpose="night", granted=False, wording="v3"),
    ]
    code = registry.request_code(token, MINA, at=AT)
    owner = registry.register(token, MINA, code, answers, at=AT)
    no = ConsentAnswer(channel="email", purpose="advertising", granted=False, wording="v3")
    registry.record_answers(owner, [no], at=AT + DAY, source="opt-out page")

    consents = check_consents(registry.consents())
    assert consents["granted"].to_list() == [True, False, False]
    assert consents["source"].iloc[-1] == "opt-out page"
    assert check_profiles(registry.profiles())["email"].to_list() == ["mina@example.com"]
    events = check_events(registry.events())
    assert events[["event", "item", "sales_channel", "order_id"]].to_numpy().tolist() == [
        ["warranty_registered", "chair", "shop", "1"]
    ]
    timing = TriggerTiming("warranty_registered", 3 * DAY).fit(events)
    states = timing.states(pd.DataFrame(index=[owner]), AT + 3 * DAY)
    assert states["state"].to_list() == ["due"]


def test_bought_in_the_shop_registered_never_bought_online_is_an_audience(
    registry: WarrantyRegistry,
) -> None:
    """Owners and the accounts of an online shop are linked to people, and a rule finds these."""
    shop_chair, _, mall_chair, *_ = issue(registry)
    for warranty_id, who in ((shop_chair, MINA), (mall_chair, JUN)):
        token = registry.link(warranty_id).token
        registry.register(token, who, registry.request_code(token, who, at=AT), at=AT)
    online = LINES.iloc[[2]].assign(name="Jun", phone="+82 10-0123-4567")
    orders = make_transactions(online)

    everybody = pd.concat([registry.contacts(), orders.contacts], ignore_index=True)
    people = link_identities(everybody).people
    who = people.set_index(["sales_channel", "customer_id"])["person_id"]
    registered = registry.events()
    registered["person_id"] = who["warranty"].reindex(registered["customer_id"]).array
    customers = pd.DataFrame(index=pd.Index(sorted(set(who)), name="customer_id"))
    in_shop = registered.loc[registered["sales_channel"] == "shop", "person_id"]
    customers["registered_from_shop"] = customers.index.isin(in_shop).astype(int)
    customers["online_orders"] = customers.index.isin(who["mall"]).astype(int)
    segmenter = RuleSegmenter(
        [
            Rule(
                "shop only",
                [("registered_from_shop", "==", 1), ("online_orders", "==", 0)],
            )
        ]
    ).fit(customers)

    assert len(customers) == 2  # Jun, who registered and ordered online, is one person
    segments = segmenter.predict(customers)
    mina = registry.profiles().set_index("email").loc["mina@example.com", "customer_id"]
    assert list(segments.index[segments == "shop only"]) == [who["warranty", mina]]
