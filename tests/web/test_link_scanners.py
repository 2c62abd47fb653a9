"""Scanners of mail providers open every link; people press buttons twice, a month later."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from every_page import open_site, see_every_page
from raw_client import digest_of
from warranty_shop import Form

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from every_page import Site

A_MONTH = 31


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Open a brand's pages."""
    with open_site(tmp_path) as opened:
        yield opened


def scan(site: Site, links: list[str]) -> dict[str, int]:
    """GET and HEAD, twice, all that the pages behind *links* name; give what was answered."""
    client, found, left = site.warranty.client, {}, list(links)
    while left:
        link = left.pop()
        if link in found or link.startswith(("mailto:", "#")) or "lang=en" in link:
            continue
        for method in ("HEAD", "GET", "HEAD", "GET"):
            page = client.request(method, link)
            assert page.status_code in {200, 404, 405}
        found[link] = page.status_code
        if page.status_code == 200:
            left += map(unescape, re.findall(r'(?:href|action)="([^"]+)"', page.text))
            left.append(urlsplit(str(page.url)).path)
    return found


def test_scanners_change_nothing(site: Site) -> None:
    """Whatever they find, from the links of messages and QR codes on, and the pages behind."""
    seen = see_every_page(site, "ko")
    links = [site.opt_out, site.warranty.issue("scan/1")]
    for page in seen.values():
        links += map(unescape, re.findall(r'(?:href|action)="([^"]+)"', page.text))
    before, mails = digest_of(site), len(site.warranty.mails.sent)
    found = scan(site, links)

    assert sum(status == 200 for status in found.values()) > 20
    assert any("/register" in link for link in found)
    assert any(link.endswith("/code") or "/code?" in link for link in found)
    assert digest_of(site) == before
    assert len(site.warranty.mails.sent) == mails


@pytest.mark.parametrize(
    ("page", "fields"),
    [
        ("", {"scope": "medium"}),
        ("", {"scope": "all"}),
        ("/preferences", {"sms.advertising": "yes", "email.advertising": "no"}),
        ("/erasure", {}),
    ],
    ids=["opt-out", "opt-out of all", "preferences", "erasure"],
)
def test_a_second_press_changes_nothing(site: Site, page: str, fields: dict[str, str]) -> None:
    """Sent twice, a month later: the answer is the same, and no row is another."""
    shop = site.warranty
    shop.clock.advance(days=A_MONTH)
    form = Form.read(shop, shop.get(site.opt_out + page))
    before = digest_of(site)
    first = form.send(**fields)
    between = digest_of(site)
    second = form.send(**fields)

    assert (first.status_code, second.status_code) == (200, 200)
    assert first.text == second.text
    assert before != between == digest_of(site)


def test_a_second_press_makes_no_second_owner(site: Site) -> None:
    """A month after the sale: each step is taken once, and both answers lead to its result."""
    shop = site.warranty
    link = shop.issue("twice")
    shop.clock.advance(days=A_MONTH)
    form = shop.ask(link, "register", "mina@example.com")
    filled = {"code": shop.code_for("@"), "advertising-email": "yes"}
    pages = [form.send(**filled) for _ in range(2)]
    form = shop.ask(link, "transfer", "mina@example.com")
    offers = [form.send(code=shop.code_for("@")) for _ in range(2)]
    passed_on = re.search(r"<code>([A-Z2-9-]{19})</code>", offers[0].text)[1]
    form = shop.ask(link, "accept", "jun@example.com")
    filled = {"code": shop.code_for("@"), "passed_on": passed_on}
    taken = [form.send(**filled) for _ in range(2)]
    kinds = shop.registry.history()["kind"].value_counts()

    assert pages[0].text == pages[1].text
    assert [offer.status_code for offer in offers] == [200, 422]
    assert taken[0].text == taken[1].text
    assert [page.status_code for page in taken] == [200, 200]
    assert kinds[["registered", "transfer offered", "transferred"]].to_list() == [1, 1, 1]
    assert len(shop.registry.consents()) == 1
