"""Every page that the app can show, in each state: as its readers come to see it."""

from __future__ import annotations

import re
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import attrs
from starlette.testclient import TestClient
from warranty_shop import Form, WarrantyShop, open_warranty_shop
from web_shop import BRAND, KEYS, NOW, Clock, make_plan

from crmlib.delivery import Ledger, deliver
from crmlib.exceptions import LedgerUnavailableError
from crmlib.web import create_app

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx2

DAY = timedelta(days=1)
MANY = dict.fromkeys(["refused", "form", "code"], "100000/minute")


@attrs.frozen(kw_only=True, eq=False)
class Site:
    """A brand with all that the app has: opt-out links, certificates, and their pages."""

    ledger: Ledger
    warranty: WarrantyShop
    opt_out: str

    @property
    def app(self) -> Any:
        """Give the app."""
        return self.warranty.client.app


@contextmanager
def open_site(
    folder: Path, ledger_url: str | None = None, registry_url: str | None = None
) -> Iterator[Site]:
    """Send a campaign, and open the pages of its links and of certificates."""
    with (
        Ledger(ledger_url or f"sqlite:///{folder}/crm.db", busy_timeout_seconds=20) as ledger,
        open_warranty_shop(
            ledger, registry_url or f"sqlite:///{folder}/w.db", rates=MANY
        ) as warranty,
    ):
        plan = make_plan()
        deliver(plan, ledger, approved=plan.digest, clock=Clock(NOW + DAY))
        link = plan.table.loc["C1", "opt_out_url"].removeprefix("https://pages.example")
        yield Site(ledger=ledger, warranty=warranty, opt_out=link)


class _Gone:
    """A ledger that cannot be reached."""

    @property
    def store(self) -> Any:
        raise LedgerUnavailableError("crm.db", "another program keeps it locked", "wait")


def see_every_page(site: Site, lang: str) -> dict[str, httpx2.Response]:
    """Give each page by a name, in *lang*; certificates get serial numbers of their own."""
    return {
        f"{lang} {name}": page
        for part in (_see_opt_out, _see_certificates, _see_forms, _see_errors)
        for name, page in part(site, lang).items()
    }


def _see_opt_out(site: Site, lang: str) -> dict[str, httpx2.Response]:
    client, link = site.warranty.client, site.opt_out
    asked = {"params": {"lang": lang}}
    preferences = client.get(f"{link}/preferences", **asked)
    erasure = client.get(f"{link}/erasure", **asked)
    return {
        "opt-out": client.get(link, **asked),
        "opted out": client.post(link, data={"List-Unsubscribe": "One-Click"}, **asked),
        "opted out of all": client.post(link, data={"scope": "all"}, **asked),
        "preferences": preferences,
        "preferences saved": Form.read(site.warranty, preferences).send(
            **{"sms.advertising": "yes", "sms.night": "no"}
        ),
        "erasure": erasure,
        "erasure noted": Form.read(site.warranty, erasure).send(),
    }


def _see_certificates(site: Site, lang: str) -> dict[str, httpx2.Response]:
    shop = site.warranty
    links = {
        name: f"{shop.issue(f'{lang}/{name}', **facts)}&lang={lang}"
        for name, facts in {
            "pending": {"valid_from": NOW + DAY},
            "open": {},
            "expired": {"valid_from": NOW - 9 * DAY, "expires_at": NOW - DAY},
            "revoked": {},
        }.items()
    }
    issued = shop.registry.history().query("kind == 'issued'")["warranty_id"]
    shop.registry.revoke(issued.iloc[-1], "returned", at=NOW)
    return {name: shop.get(link) for name, link in links.items()} | {
        "invalid": shop.get(f"/w/x?lang={lang}")
    }


def _see_forms(site: Site, lang: str) -> dict[str, httpx2.Response]:
    shop = site.warranty
    path = shop.get(shop.issue(f"{lang}/forms")).url.path
    who, other = "mina@example.com", "jun@example.com"
    seen: dict[str, httpx2.Response] = {}

    def ask(step: str, contact: str) -> Form:
        """Look at the form for an address, and at what stands there if it is wrong."""
        seen[step] = shop.get(f"{path}/{step}?lang={lang}")
        form = Form.read(shop, seen[step])
        seen[f"{step}, no address"] = form.send(contact="")
        seen[f"{step}, wrong address"] = form.send(contact="mina@@example")
        seen[f"{step}, code"] = form.send(contact=contact)
        code = Form.read(shop, seen[f"{step}, code"])
        seen[f"{step}, wrong code"] = code.send(code="1")
        if step != "transfer":  # who passes it on is not asked for a name
            seen[f"{step}, long name"] = code.send(name="a" * 61)
        return code

    seen["registered"] = ask("register", who).send(code=shop.code_for(who), name="민아")
    seen["passed on"] = ask("transfer", who).send(code=shop.code_for(who))
    passed_on = re.search(r"<code>([A-Z2-9-]{19})</code>", seen["passed on"].text)[1]
    accept = ask("accept", other)
    seen["transferred"] = accept.send(code=shop.code_for(other), passed_on=passed_on)
    phone = Form.read(shop, shop.get(f"{path}/transfer?lang={lang}"))
    for _ in range(9):
        seen["transfer, too many codes"] = phone.send(contact="010-1234-5678")
    return seen


def _see_errors(site: Site, lang: str) -> dict[str, httpx2.Response]:
    asked = {"params": {"lang": lang}}
    many = "&".join("a=b" for _ in range(301))
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    client, link = site.warranty.client, site.opt_out
    seen = {
        400: client.post(link, content=many, headers=form, **asked),
        403: client.post(f"{link}/erasure", **asked),
        404: client.get("/o/x", **asked),
        405: client.put(link, **asked),
        413: client.post(link, content="a" * 40_000, headers=form, **asked),
    }
    for status, ledger in {429: site.ledger, 500: None, 503: _Gone()}.items():
        app = create_app(ledger, brand=BRAND, opt_out_keys=KEYS, rates={"refused": "1/hour"})
        poor = TestClient(app, base_url="https://pages.example")
        for _ in range(2):
            seen[status] = poor.get("/o/x" if status == 429 else link, **asked)
    assert {status: page.status_code for status, page in seen.items()} == {
        status: status for status in seen
    }
    return {f"error {status}": page for status, page in seen.items()}
