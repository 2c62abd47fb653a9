"""How buyers come to the pages of the demo: with a browser, or by the same forms over HTTP."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from html.parser import HTMLParser
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlencode, urlsplit

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crmlib.cli._chromium import ChromiumPage
    from crmlib.cli._demo_sales import Buyer
    from crmlib.cli._mailbox import Mailbox

_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_REDIRECTS = (302, 303, 307)
AGREE = "advertising-email"


class Visitor(Protocol):
    """Somebody who opens links."""

    def register(self, link: str, buyer: Buyer) -> bool:
        """Go from the QR code of a product to its registration; say if the address was taken."""

    def opt_out(self, link: str) -> None:
        """Open the link of a message, and press its button."""


@attrs.frozen(kw_only=True, eq=False)
class FormVisitor:
    """Somebody who fills in the forms without a browser, as one of many places.

    Parameters
    ----------
    mailbox : Mailbox
        Where codes arrive.
    place : str
        The address that they come from, which the server believes a proxy on
        loopback.
    """

    mailbox: Mailbox
    place: str

    def register(self, link: str, buyer: Buyer) -> bool:
        """Go from the QR code of a product to its registration; say if the address was taken."""
        url, _ = self._open(f"{link}&lang={buyer.language}")
        certificate, _, language = url.partition("?")
        action, fields = _read_form(self._open(f"{certificate}/register?{language}")[1])
        _, page = self._send(link, action, fields | {"contact": buyer.email})
        action, fields = _read_form(page)
        if "contact" not in fields:  # it asks for another address, and for no code
            return False
        fields |= {"code": read_code(self.mailbox), "name": buyer.name}
        self._send(link, action, fields | ({AGREE: "yes"} if buyer.agrees else {}))
        return True

    def opt_out(self, link: str) -> None:
        """Open the link of a message, and press its button."""
        action, fields = _read_form(self._open(link)[1])
        self._send(link, action, fields)

    def _open(self, url: str) -> tuple[str, str]:
        return self._ask("GET", url)

    def _send(self, site: str, action: str, fields: dict[str, str]) -> tuple[str, str]:
        parts = urlsplit(site)
        url = f"{parts.scheme}://{parts.netloc}{action}"
        return self._ask("POST", url, urlencode(fields))

    def _ask(self, method: str, url: str, body: str | None = None) -> tuple[str, str]:
        """Give the page and its address, wherever it was led to."""
        parts = urlsplit(url)
        connection = HTTPConnection(parts.netloc, timeout=60)
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        headers = {"X-Forwarded-For": self.place, **(_FORM if body is not None else {})}
        connection.request(method, target, body, headers)
        answer = connection.getresponse()
        page = answer.read().decode()
        connection.close()
        if answer.status in _REDIRECTS:
            return self._open(f"{parts.scheme}://{parts.netloc}{answer.headers['Location']}")
        return url, page


@attrs.frozen(kw_only=True, eq=False)
class BrowserVisitor:
    """Somebody with a real browser; each page is kept as a picture.

    Parameters
    ----------
    page : ChromiumPage
        Of a phone or of a desktop.
    mailbox : Mailbox
        Where codes arrive.
    folder : Path
        Where the pictures go.
    name : str
        What their names begin with.
    """

    page: ChromiumPage
    mailbox: Mailbox
    folder: Path
    name: str
    _numbers: Iterator[int] = attrs.field(factory=lambda: iter(range(1, 100)), init=False)

    def register(self, link: str, buyer: Buyer) -> bool:
        """Go from the QR code of a product to its registration; say if the address was taken."""
        self.page.go(f"{link}&lang={buyer.language}")
        self._save("certificate")
        self.page.press("a.button")
        self.page.fill("#contact", buyer.email)
        self._save("contact")
        self.page.press("form button")
        if not self.page.ask("document.querySelector('#code') !== null"):
            return False
        self.page.fill("#code", read_code(self.mailbox))
        self.page.fill("#name", buyer.name)
        if buyer.agrees:
            self.page.tick(f"input[name={AGREE}]")
        self._save("code")
        self.page.press("form button")
        self._save("registered")
        return True

    def opt_out(self, link: str) -> None:
        """Open the link of a message, and press its button."""
        self.page.go(link)
        self._save("opt-out")
        self.page.press("form button")
        self._save("opted-out")

    def _save(self, what: str) -> None:
        self.page.save(self.folder / f"{self.name}-{next(self._numbers)}-{what}.png")


def read_code(mailbox: Mailbox) -> str:
    """Give the six digits of the mail that came last."""
    subject = message_from_bytes(mailbox.last, policy=policy.default)["Subject"]
    found = re.search(r"\d{6}", subject)
    assert found is not None, "the last mail is a code"
    return found[0]


class _FormReader(HTMLParser):
    """Read what the form of a page sends by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Take the form's address, and its hidden fields."""
        told = dict(attributes)
        if tag == "form":
            self.action = told["action"] or ""
        if tag == "input" and told["type"] == "hidden":
            self.fields[told["name"] or ""] = told["value"] or ""


def _read_form(page: str) -> tuple[str, dict[str, str]]:
    reader = _FormReader()
    reader.feed(page)
    return reader.action, reader.fields
