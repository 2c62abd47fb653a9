"""A brand whose products have certificates, and the pages that their QR codes lead to."""

from __future__ import annotations

import re
from contextlib import contextmanager
from datetime import timedelta
from html import unescape
from typing import TYPE_CHECKING, Any

import attrs
from starlette.testclient import TestClient
from web_shop import BRAND, KEYS, NOW, Clock

from crmlib.channels import MemoryChannel
from crmlib.messages import Capabilities, Sender
from crmlib.warranty import CodeSender, KeyRing, Piece, WarrantyRegistry
from crmlib.web import WarrantyDesk, create_app

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx2

    from crmlib.delivery import Ledger

RING = KeyRing.generate()
DOMAIN = "https://pages.example"
SENDER = Sender(name="달빛 상점", email="shop@example.com")
A_YEAR = timedelta(days=365)


class Phones(MemoryChannel):
    """A channel to phones."""

    capabilities = Capabilities(medium="sms", address_field="phone")


def open_registry(url: str) -> WarrantyRegistry:
    """Open the books of the brand."""
    return WarrantyRegistry(url, keys=RING, domain=DOMAIN, busy_timeout_seconds=20)


@attrs.frozen(kw_only=True, eq=False)
class WarrantyShop:
    """The registry, its pages, and the codes that they send."""

    registry: WarrantyRegistry
    client: TestClient
    clock: Clock
    mails: MemoryChannel
    phones: Phones

    def issue(self, serial: str = "S/1", **facts: Any) -> str:
        """Issue a certificate; give the address of its QR code."""
        dates = {"valid_from": NOW, "expires_at": NOW + A_YEAR}
        piece = Piece(gtin="9506000134352", serial=serial, **dates | facts)
        issued = self.registry.issue(piece, at=self.clock())
        return str(self.registry.link(issued.warranty_id))

    def get(self, url: str, **headers: str) -> httpx2.Response:
        """Open a page as a browser does."""
        return self.client.get(url, headers={"Accept-Language": "ko", **headers})

    def ask(self, link: str, step: str, contact: str, **more: str) -> Form:
        """Give the form that asks for the code, which went out by now."""
        page = self.get(link)
        form = Form.read(self, self.get(f"{page.url.path}/{step}"))
        return Form.read(self, form.send(contact=contact, **more))

    def code_for(self, contact: str) -> str:
        """Read the code that went to a contact last."""
        sent = (self.mails if "@" in contact else self.phones).sent
        return re.search(r"\d{6}", sent[-1].body)[0]

    def register(self, link: str, contact: str = "mina@example.com", **more: str) -> None:
        """Register a product from its QR code on."""
        form = self.ask(link, "register", contact)
        page = form.send(code=self.code_for(contact), **more)
        assert "/register" not in page.url.path

    def visitor(self, number: int) -> WarrantyShop:
        """Give the shop as somebody else sees it, from another place."""
        client = TestClient(
            self.client.app, base_url=DOMAIN, client=(f"198.51.100.{number}", 40_000)
        )
        return attrs.evolve(self, client=client)


@attrs.frozen(kw_only=True, eq=False)
class Form:
    """The form of a page, with what it holds."""

    shop: WarrantyShop
    page: httpx2.Response
    action: str
    fields: dict[str, str]

    @classmethod
    def read(cls, shop: WarrantyShop, page: httpx2.Response) -> Form:
        """Find the form of a page."""
        action = re.search(r'<form method="post" action="([^"]+)"', page.text)[1]
        hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text)
        return cls(
            shop=shop,
            page=page,
            action=unescape(action),
            fields={name: unescape(value) for name, value in hidden},
        )

    def send(self, **fields: str) -> httpx2.Response:
        """Send it, filled in."""
        return self.shop.client.post(
            self.action, data=self.fields | fields, headers={"Accept-Language": "ko"}
        )


@contextmanager
def open_warranty_shop(
    ledger: Ledger, url: str, *, has_phones: bool = True, **terms: Any
) -> Iterator[WarrantyShop]:
    """Open the pages of a brand on a registry at *url*; *terms* go to the app."""
    clock, mails, phones = Clock(), MemoryChannel(), Phones()
    with open_registry(url) as registry:
        app = create_app(
            ledger,
            brand=BRAND,
            opt_out_keys=KEYS,
            clock=clock,
            warranty=WarrantyDesk(
                registry=registry,
                codes=CodeSender([mails, phones] if has_phones else [mails], SENDER),
                products={"9506000134352": "원목 의자"},
            ),
            **terms,
        )
        yield WarrantyShop(
            registry=registry,
            client=TestClient(app, base_url=DOMAIN),
            clock=clock,
            mails=mails,
            phones=phones,
        )
