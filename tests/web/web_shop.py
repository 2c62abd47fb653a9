"""A shop whose messages were sent, and its pages: in process, and by a real server."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import attrs
import pandas as pd
import uvicorn
from starlette.testclient import TestClient

from crmlib import policies
from crmlib.campaigns import Campaign
from crmlib.delivery import Ledger, deliver
from crmlib.messages import Sender
from crmlib.opt_out_links import OptOutKeys
from crmlib.planners import Template, TemplatePlanner
from crmlib.segmenters import Rule, RuleSegmenter
from crmlib.timing import FixedTiming
from crmlib.web import Brand, create_app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmlib.campaigns import Plan

NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)  # a Tuesday, noon in Seoul
A_DAY = timedelta(days=1)
KEYS = OptOutKeys.generate()
BRAND = Brand(name="달빛 상점", email="help@example.com", postal_address="서울시 중구 1")
SENDER = Sender(
    name="달빛 상점",
    email="shop@example.com",
    postal_address="서울시 중구 1",
    phone="02-000-0000",
    opt_out_phone="0800000000",
    opt_out_url="https://pages.example/o/{opt_out_token}",
)


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """Tell the time."""
        return self.now

    def advance(self, **span: float) -> None:
        """Move it on."""
        self.now += timedelta(**span)


@cache
def make_plan(name: str = "winback", *, now: datetime = NOW, **terms: Any) -> Plan:
    """Plan for two customers, at once, by e-mail unless *terms* say otherwise."""
    customers = pd.DataFrame(
        {
            "recency_days": [200, 300],
            "last_purchase_at": pd.to_datetime(["2026-04-14", "2026-01-14"], utc=True),
        },
        index=pd.Index(["C1", "C2"], name="customer_id"),
    )
    profiles = pd.DataFrame(
        {
            "customer_id": ["C1", "C2"],
            "name": ["김민아", "이준"],
            "email": ["mina@example.com", "jun@example.com"],
            "phone": ["+821001234567", "+821001234568"],
            "timezone": ["Asia/Seoul"] * 2,
        }
    )
    consents = pd.DataFrame(
        [
            (who, medium, "advertising", True, "2026-01-05T00:00Z")
            for who in ("C1", "C2")
            for medium in ("email", "sms")
        ],
        columns=["customer_id", "channel", "purpose", "granted", "at"],
    )
    segmenter = RuleSegmenter([Rule("Away", [("recency_days", ">=", 90)])]).fit(customers)
    template = Template(subject="보고 싶어요, {name}님", body="다시 오세요!")
    parts: dict[str, Any] = {
        "name": name,
        "segmenter": segmenter,
        "planner": TemplatePlanner({"default": template}),
        "timing": FixedTiming(hour=12),
        "channels": ("memory",),
        "policy": policies.load("KR"),
        "holdout": 0.0,
        "sender": SENDER,
        "opt_out_keys": KEYS,
        "timezone": "Asia/Seoul",
    }
    campaign = Campaign(**parts | terms)
    return campaign.plan(customers, profiles=profiles, consents=consents, now=now)


@attrs.frozen(kw_only=True)
class Shop:
    """A ledger in which a campaign was sent, and the pages that its links lead to."""

    ledger: Ledger
    client: TestClient
    clock: Clock
    plan: Plan

    def link(self, customer: str = "C1") -> str:
        """Give the path of a customer's opt-out link."""
        url: str = self.plan.table.loc[customer, "opt_out_url"]
        return url.removeprefix("https://pages.example")

    def send(self, name: str) -> dict[str, str]:
        """Plan and send another campaign; give the state of each customer's message."""
        plan = make_plan(name, now=self.clock())
        deliver(plan, self.ledger, approved=plan.digest, clock=Clock(self.clock() + A_DAY))
        found = self.ledger.deliveries(name)
        return dict(zip(found["customer_id"], found["state"], strict=True))


def open_shop(ledger: Ledger, **app: Any) -> Shop:
    """Send the first campaign of a shop, and open its pages."""
    clock, plan = Clock(), make_plan()
    deliver(plan, ledger, approved=plan.digest, clock=Clock(NOW + A_DAY))
    made = create_app(ledger, brand=BRAND, opt_out_keys=KEYS, clock=clock, **app)
    client = TestClient(made, base_url="https://pages.example")
    return Shop(ledger=ledger, client=client, clock=clock, plan=plan)


@contextmanager
def running(app: Any, **tls: Any) -> Iterator[str]:
    """Serve *app*, or start a server of uvicorn, on loopback; give its address."""
    server = app
    if not isinstance(app, uvicorn.Server):
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, **tls))
    listening = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        scheme, host = ("https", "localhost") if tls else ("http", "127.0.0.1")
        yield f"{scheme}://{host}:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listening.close()
