"""The pages behind QR codes: what they show, and that showing changes nothing."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient
from warranty_shop import A_YEAR, RING, Form, open_warranty_shop
from web_shop import NOW, open_shop

from crmlib.exceptions import InvalidParameterError
from crmlib.warranty import DigitalLink, KeyRing, TokenFacts, sign_token
from crmlib.web import WarrantyDesk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from warranty_shop import WarrantyShop

    from crmlib.delivery import Ledger

DAY = timedelta(days=1)


@pytest.fixture
def shop(ledger: Ledger, tmp_path: Path) -> Iterator[WarrantyShop]:
    """Open a brand's pages."""
    with open_warranty_shop(ledger, f"sqlite:///{tmp_path}/w.db") as made:
        yield made


def heading(page: object) -> str:
    """Give the heading of a page."""
    return re.search(r"<h1[^>]*>([^<]+)</h1>", page.text)[1]


def test_a_code_leads_to_its_certificate(shop: WarrantyShop) -> None:
    """A GS1 Digital Link, its serial number with a slash, is led to the page of the piece."""
    link = shop.issue("A/1", lot="L/2")
    page = shop.get(link)

    assert "/10/L%2F2/21/A%2F1?w=" in link
    assert page.url.path == f"/w/{DigitalLink.parse(link).token}"
    assert heading(page) == "정품 보증서"
    assert "원목 의자" in page.text
    assert "2026년 11월 24일" in page.text
    assert page.headers["content-language"] == "ko"
    assert heading(shop.get(link + "&lang=en")) == "Warranty certificate"


def test_a_certificate_shows_how_it_stands(shop: WarrantyShop) -> None:
    """Pending, open, registered, transferred, expired and revoked each have words of their own."""
    link = shop.issue(valid_from=NOW + DAY)
    seen = [heading(shop.get(link))]
    shop.clock.advance(days=1)
    seen.append(heading(shop.get(link)))
    shop.register(link)
    registered = shop.get(link)
    form = shop.ask(link, "transfer", "mina@example.com")
    passed_on = re.search(r"<code>([A-Z2-9-]+)</code>", form.send(code=code(shop)).text)[1]
    shop.ask(link, "accept", "jun@example.com").send(code=code(shop), passed_on=passed_on)
    transferred = shop.get(link)
    shop.clock.advance(days=366)
    seen.append(heading(shop.get(link)))
    (warranty_id,) = shop.registry.history().query("kind == 'issued'")["warranty_id"]
    shop.registry.revoke(warranty_id, "returned", at=NOW)
    seen.append(heading(shop.get(link)))

    assert seen == [
        "보증이 아직 시작되지 않았습니다",
        "정품 보증서",
        "보증 기간이 끝났습니다",
        "유효하지 않은 보증서입니다",
    ]
    assert "보증이 등록되어 있습니다" in registered.text
    assert "소유자가 바뀌어" in transferred.text
    assert "mina" not in registered.text + transferred.text


def code(shop: WarrantyShop) -> str:
    """Give the code that was mailed last."""
    return shop.code_for("@")


def test_looking_changes_nothing(shop: WarrantyShop) -> None:
    """Scanners open every link and every page behind it; the registry stays as it was."""
    links = [shop.issue("1"), shop.issue("2")]
    shop.register(links[1])
    before = shop.registry.verify_log()
    for link in links:
        page = shop.get(link)
        for method in ("GET", "HEAD"):
            for further in ("", "/register", "/transfer", "/accept"):
                answer = shop.client.request(method, page.url.path + further)
                assert answer.status_code == 200

    assert shop.registry.verify_log() == before
    assert len(shop.mails.sent) == 1


def forge(link: str, kind: str) -> str:
    """Give a bad link of some *kind*."""
    token = DigitalLink.parse(link).token
    facts = TokenFacts(
        warranty_id="x", gtin="9506000134352", serial="S/1", issued_at=NOW, expires_at=NOW + A_YEAR
    )
    bad = {
        "altered": token[:-6] + ("AAAAAA" if not token.endswith("AAAAAA") else "BBBBBB"),
        "cut": token[:-1],
        "wrong key": sign_token(facts, KeyRing.generate()),
        "unknown": sign_token(facts, RING),
        "none": "",
        "text": "a.b",
        "not ascii": "%EC%9D%98",
    }
    guessed = {
        "guessed serial": link.replace("/21/S%2F1", "/21/S%2F2"),
        "guessed gtin": link.replace("/01/09506000134352", "/01/04012345111118"),
        "guessed lot": link.replace("/21/", "/10/L1/21/"),
        "no gtin": link.replace("/01/09506000134352", "/01/1"),
        "no link": "https://pages.example/01/x",
    }
    return guessed.get(kind) or f"{link.partition('?')[0]}?w={bad[kind]}"


BAD = (
    *("altered", "cut", "wrong key", "unknown", "none", "text", "not ascii", "guessed serial"),
    *("guessed gtin", "guessed lot", "no gtin", "no link"),
)


def test_bad_links_look_alike(shop: WarrantyShop, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever is wrong with a link, the page is the same: nobody learns from guessing."""
    link = shop.issue()
    before = shop.registry.verify_log()
    pages = {kind: shop.get(forge(link, kind)) for kind in BAD}

    assert {page.status_code for page in pages.values()} == {404}
    assert {heading(page) for page in pages.values()} == {"확인되지 않는 보증서입니다"}
    bodies = {re.sub(r'href="[^"]*"', "", page.text) for page in pages.values()}
    assert len(bodies) == 1
    assert shop.registry.verify_log() == before
    assert "refused: bad signature" in caplog.text
    assert "refused: the token of another piece" in caplog.text


def test_guessing_is_slowed(shop: WarrantyShop) -> None:
    """After twenty wrong links in a minute an address has to wait; a good one still works."""
    link = shop.issue()
    answers = [shop.get(forge(link, "cut")).status_code for _ in range(22)]

    assert answers == [404] * 20 + [429] * 2
    assert shop.get(link).status_code == 200


def test_a_step_that_does_not_fit_leads_back(shop: WarrantyShop) -> None:
    """What is registered cannot be registered, what is not cannot be passed on."""
    link = shop.issue()
    path = shop.get(link).url.path

    assert shop.get(f"{path}/transfer").url.path == path
    assert shop.get(f"{path}/accept?lang=en").url.path == path
    shop.register(link)
    assert shop.get(f"{path}/register").url.path == path
    assert shop.get(f"{path}/steal").status_code == 404


def test_without_a_registry_there_are_no_such_pages(ledger: Ledger) -> None:
    """An app without warranties answers their links as any other."""
    assert open_shop(ledger).client.get("/w/x").status_code == 404


def test_pages_under_a_prefix_stay_there(shop: WarrantyShop) -> None:
    """Mounted in an app, a link is led to the page under its prefix, and so are its forms."""
    link = shop.issue()
    app = Starlette(routes=[Mount("/crm", shop.client.app)])
    client = TestClient(app, base_url="https://pages.example")
    page = client.get(link.replace("https://pages.example", "/crm"))
    form = Form.read(shop, client.get(f"{page.url.path}/register"))

    assert page.url.path.startswith("/crm/w/")
    assert form.action.startswith("/crm/w/")


def test_desks_that_cannot_work_are_refused(shop: WarrantyShop) -> None:
    """GTINs, zones and media are checked when the desk is made."""
    parts = {"registry": shop.registry, "codes": None}
    with pytest.raises(InvalidParameterError, match="check digit"):
        WarrantyDesk(**parts, products={"9506000134353": "x"})
    with pytest.raises(InvalidParameterError, match="timezone"):
        WarrantyDesk(**parts, timezone="Mars")
    with pytest.raises(InvalidParameterError, match="fax"):
        WarrantyDesk(**parts, media={"phone": ["fax"]})
