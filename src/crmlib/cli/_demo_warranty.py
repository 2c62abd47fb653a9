"""``crmlib demo --warranty``: from a sale nobody knows the buyer of to a message, and back."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import timedelta
from email import message_from_bytes, policy
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, Final

import attrs
import pandas as pd
import zxingcpp
from PIL import Image

from crmlib.channels import load_channel
from crmlib.cli._chromium import Chromium, find_chromium
from crmlib.cli._demo_folder import empty_folder, next_morning
from crmlib.cli._demo_pages import DemoClock, listen, serve
from crmlib.cli._demo_people import NEW_PEOPLE, THREE_DAYS, gather_people, make_campaign
from crmlib.cli._demo_sales import BEGIN, SHOP, DemoSales, make_sales
from crmlib.cli._demo_visitors import BrowserVisitor, FormVisitor
from crmlib.cli._ledger_options import ledger_url
from crmlib.cli._mailbox import Mailbox
from crmlib.cli._output import heading, progress, say, show_table
from crmlib.datasets import make_shop
from crmlib.delivery import Ledger, deliver
from crmlib.measurement import count_known_buyers, find_reachable
from crmlib.messages import Sender
from crmlib.opt_out_links import OptOutKeys
from crmlib.warranty import (
    CodeSender,
    KeyRing,
    WarrantyRegistry,
    make_qr_png,
    make_qr_sheet,
)
from crmlib.web import Brand, WarrantyDesk, create_app

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from crmlib.cli._demo_people import DemoPeople
    from crmlib.cli._demo_visitors import Visitor
    from crmlib.interfaces import Channel

_SCREENS: Final = {"phone": (390, 844, True), "desktop": (1280, 800, False)}
_ON_SHEET: Final = 40
_TWO_YEARS: Final = timedelta(days=730)


@attrs.frozen(kw_only=True, eq=False)
class _Demo:
    """What the steps of the demo share."""

    folder: Path
    sales: DemoSales
    now: datetime
    address: str
    clock: DemoClock
    mailbox: Mailbox
    channel: Channel
    registry: WarrantyRegistry
    ledger: Ledger
    keys: OptOutKeys
    visitors: tuple[BrowserVisitor, ...]

    def visitor(self, number: int) -> Visitor:
        """Give somebody: the first ones with a browser, if there is one."""
        if number < len(self.visitors):
            return self.visitors[number]
        place = f"10.{number // 65_536}.{number // 256 % 256}.{number % 256}"
        return FormVisitor(mailbox=self.mailbox, place=place)


def warranty_demo(path: Path, customers: int, seed: int) -> None:
    """Issue, register, agree, segment, write, opt out: each with the real parts."""
    with progress("making the data"):
        shop = make_shop(n_customers=customers, seed=seed)
        now = next_morning(shop.end_date, shop.timezone)
        sales = make_sales(shop, now)
    empty_folder(path)
    (path / "screens").mkdir()
    program = find_chromium()
    listening = listen()
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    clock, keys, ring = DemoClock(now), OptOutKeys.generate(), KeyRing.generate()
    registry_url = f"sqlite:///{path / 'warranty.db'}"
    with ExitStack() as stack:
        mailbox = stack.enter_context(Mailbox())
        channel = load_channel("smtp").from_settings({"host": "127.0.0.1", "port": mailbox.port})
        demo = _Demo(
            folder=path,
            sales=sales,
            now=now,
            address=address,
            clock=clock,
            mailbox=mailbox,
            channel=stack.enter_context(channel),
            registry=stack.enter_context(
                WarrantyRegistry(registry_url, keys=ring, domain=address)
            ),
            ledger=stack.enter_context(Ledger(ledger_url(str(path / "crm.db")))),
            keys=keys,
            visitors=(
                ()
                if program is None
                else _with_browser(stack.enter_context(Chromium(program)), path, mailbox)
            ),
        )
        brand = Brand(name="Hanbok & Co", email="hello@example.com", phone="02-000-0000")
        desk = WarrantyDesk(
            registry=demo.registry,
            codes=CodeSender([demo.channel], Sender(name=brand.name, email=brand.email)),
            products=sales.products,
        )
        app = create_app(demo.ledger, brand=brand, opt_out_keys=keys, clock=clock, warranty=desk)
        stack.enter_context(serve(app, listening))
        links = _issue(demo)
        _register(demo, links)
        _show_known(demo)
        people = gather_people(sales, demo.registry)
        _write(demo, people)
    _show_folder(path, program)


def _with_browser(browser: Chromium, path: Path, mailbox: Mailbox) -> tuple[BrowserVisitor, ...]:
    """Give somebody with a phone, and somebody with a desktop."""
    return tuple(
        BrowserVisitor(
            page=browser.open_page(width, height, is_phone=is_phone),
            mailbox=mailbox,
            folder=path / "screens",
            name=name,
        )
        for name, (width, height, is_phone) in _SCREENS.items()
    )


def _issue(demo: _Demo) -> dict[tuple[str, str], str]:
    """Issue for recent orders of all channels; give a link of each order, read off its QR code."""
    recent = demo.sales.recent(demo.now)
    with progress("issuing"):
        issued = demo.registry.issue_for_orders(
            recent, demo.sales.gtins, at=demo.now, after=BEGIN, lasting=_TWO_YEARS
        )
        links = [demo.registry.link(certificate.warranty_id) for certificate in issued]
    sheet = make_qr_sheet(links[:_ON_SHEET])
    (demo.folder / "qr-codes.html").write_text(sheet, encoding="utf-8")
    heading("Certificates for the orders of three weeks, from a week after each")
    counts = recent.groupby("sales_channel").agg(
        orders=("order_id", "nunique"), buyers_named=("customer_id", "nunique")
    )
    show_table(counts.reset_index())
    say(f"{len(issued):,} certificates, one per piece.")
    sold = demo.registry.sales()
    of_order = sold.drop_duplicates(["sales_channel", "order_id"])
    keys = zip(of_order["sales_channel"], of_order["order_id"], strict=True)
    by_id = dict(zip((each.warranty_id for each in issued), links, strict=True))
    wanted = {(buyer.sales_channel, buyer.order_id) for buyer in demo.sales.buyers}
    found = dict(zip(keys, of_order["warranty_id"], strict=True))
    with progress("reading QR codes"):
        read = {
            order: _read_qr(make_qr_png(by_id[warranty_id], scale=4))
            for order, warranty_id in found.items()
            if order in wanted
        }
    say(f"{len(read):,} QR codes read by another library; each leads to its certificate.")
    return read


def _read_qr(picture: bytes) -> str:
    image = Image.open(BytesIO(picture))
    codes = zxingcpp.read_barcodes(image)  # by chance a part of one looks like a linear code
    (text,) = (code.text for code in codes if code.format == zxingcpp.BarcodeFormat.QRCode)
    return text


def _register(demo: _Demo, links: dict[tuple[str, str], str]) -> None:
    """Let the buyers register, the first ones in a browser if there is one."""
    wrong = 0
    with progress("registering") as advance:
        for number, buyer in enumerate(demo.sales.buyers):
            link = links[buyer.sales_channel, buyer.order_id]
            wrong += not demo.visitor(number).register(link, buyer)
            advance(number + 1, len(demo.sales.buyers))
    registered = demo.registry.events()
    consents = demo.registry.consents()
    heading("Registrations")
    how = (
        f"{len(demo.visitors)} in Chromium, the others by the same forms over HTTP"
        if demo.visitors
        else "all by the same forms over HTTP, as no Chromium was found"
    )
    say(f"{len(registered):,} pieces by {registered['customer_id'].nunique():,} people, {how}.")
    say(f"{wrong:,} gave an address that cannot be one, and were asked for another.")
    say(f"{consents['customer_id'].nunique():,} of them agreed to advertising by e-mail.")
    check = demo.registry.verify_log()
    state = "whole" if check.broken_at is None else f"broken at event {check.broken_at:,}"
    say(f"Log: {check.events:,} events, {state}.")


def _show_known(demo: _Demo) -> None:
    """Show what share of buyers is known, before and after."""
    recent = demo.sales.recent(demo.now, BEGIN)
    before = find_reachable(demo.sales.profiles, demo.sales.consents, now=demo.now)
    owners = find_reachable(demo.registry.profiles(), demo.registry.consents(), now=demo.now)
    table = count_known_buyers(recent, before, demo.registry.events(), owners)
    shares = table[["share_before", "share_after"]].map("{:.0%}".format)
    heading("Buyers whose warranty has begun: who may be written to")
    show_table(
        pd.concat([table[["buyers", "known_before", "known_after"]], shares], axis=1)
        .reset_index()
        .rename(columns=lambda name: name.replace("_", " "))
    )
    say("Who registers and who agrees is assumed (near what vendors claim); the rest is counted.")


def _write(demo: _Demo, people: DemoPeople) -> None:
    """Write to those who are new, three days later; one opts out, and is not written to again."""
    demo.clock.now = demo.now + THREE_DAYS + timedelta(hours=3)
    plan_of = partial(_send, demo, people)
    states = plan_of("warranty-care")
    heading(f"Audience: {NEW_PEOPLE}, registered")
    accounts = len(people.identities.people)
    say(f"{accounts:,} accounts of warranty and own mall are {len(people.customers):,} people.")
    shop, online = people.customers["shop_pieces"] > 0, people.customers["online_orders"] > 0
    say(
        f"{shop.sum():,} registered from the {SHOP}, {(shop & online).sum():,} of whom turn out "
        "to buy online, too."
    )
    say(f"Of the others {len(states):,} agreed; three days after they registered, a mail goes.")
    if not states:
        return
    say(_count(states))
    mail = message_from_bytes(demo.mailbox.last, policy=policy.default)
    heading("The last one, as it was received")
    body = mail.get_body(("plain",))
    assert body is not None, "each mail has a plain text"
    say(f"Subject: {mail['Subject']}")
    say(body.get_content().strip())
    link = mail["List-Unsubscribe"].split(">")[0].strip("< ")
    demo.visitor(0).opt_out(link)
    heading("The link was opened, and its button pressed; the next campaign")
    say(_count(plan_of("warranty-care-2")))


def _send(demo: _Demo, people: DemoPeople, name: str) -> dict[str, str]:
    """Plan and deliver a campaign; give what became of each message."""
    campaign = make_campaign(name, people, demo.address, demo.keys)
    plan = campaign.plan(
        people.customers,
        profiles=people.profiles,
        consents=people.consents,
        now=demo.clock(),
    )
    plan.save(demo.folder / f"{name}.plan")
    last = plan.table["send_at"].max()
    due = demo.clock() if pd.isna(last) else max(demo.clock(), last.to_pydatetime())
    deliver(
        plan,
        demo.ledger,
        approved=plan.digest,
        channels={"smtp": demo.channel},
        clock=DemoClock(due),
    )
    found = demo.ledger.deliveries(name)
    return dict(zip(found["customer_id"], found["state"], strict=True))


def _count(states: dict[str, str]) -> str:
    counts = pd.Series(states, dtype="str").value_counts()
    return "Messages: " + ", ".join(f"{state} {count:,}" for state, count in counts.items())


def _show_folder(path: Path, program: str | None) -> None:
    heading("Look at")
    if program is not None:
        say(f"Screens   {path / 'screens'}")
    say(f"QR codes  {path / 'qr-codes.html'}")
    say(f"Registry  {path / 'warranty.db'}")
    say(f"Ledger    {path / 'crm.db'}")
    heading("Next, on a file of your own")
    say("crmlib warranty issue orders.csv --gtins gtins.csv --domain https://id.example.com ...")
