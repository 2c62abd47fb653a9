"""What scanners of web security look for, on every page in every state."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.request import urlopen

import pytest
from every_page import open_site, see_every_page
from web_shop import BRAND, KEYS, running

from crmlib.web import WebSettings, make_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import httpx2

    from crmlib.delivery import Ledger

    Check = Callable[[httpx2.Response], bool]

POLICY = {
    "default-src": "'none'",
    "style-src": "'self'",
    "img-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
}
TELLTALES = {"server", "x-powered-by", "via", "etag", "last-modified", "set-cookie", "refresh"}
ACTS = r"<(script|style|iframe|object|embed|base|img)\b|\s(on\w+|style|src|srcset)=|javascript:"
OUTSIDE = r"""(?:href|action|src)=["'](?!/[^/]|\#|mailto:help@example\.com["'])"""


def has(name: str, value: str) -> Check:
    """Check that a header says just that."""
    return lambda page: page.headers.get(name) == value


def read_policy(page: httpx2.Response) -> dict[str, str]:
    """Give the parts of the policy of a page."""
    parts = page.headers["content-security-policy"].split(";")
    return dict(part.strip().split(" ", 1) for part in parts)


CHECKS: dict[str, Check] = {
    "nothing but what the policy names": lambda page: read_policy(page) == POLICY,
    "one policy": lambda page: len(page.headers.get_list("content-security-policy")) == 1,
    "no frames in old browsers": has("x-frame-options", "DENY"),
    "types are not guessed": has("x-content-type-options", "nosniff"),
    "addresses stay here": has("referrer-policy", "no-referrer"),
    "no cache keeps it": has("cache-control", "no-store"),
    "no search engine finds it": has("x-robots-tag", "noindex, nofollow"),
    "https for a year": lambda page: bool(
        re.match(r"max-age=(\d{8,})", page.headers["strict-transport-security"])
    ),
    "its own window": has("cross-origin-opener-policy", "same-origin"),
    "for no other site": has("cross-origin-resource-policy", "same-origin"),
    "no access from elsewhere": lambda page: "access-control-allow-origin" not in page.headers,
    "no devices": lambda page: (
        set(re.findall(r"=(\S*?)(?:,|$)", page.headers["permissions-policy"])) == {"()"}
    ),
    "says its letters": has("content-type", "text/html; charset=utf-8"),
    "says its language": lambda page: page.headers["content-language"] in {"ko", "en"},
    "tells of no server, keeps no cookie": lambda page: not TELLTALES & set(page.headers),
    "runs nothing, loads nothing": lambda page: not re.search(ACTS, page.text),
    "leads nowhere else": lambda page: not re.search(OUTSIDE, page.text),
    "no comments": lambda page: "<!--" not in page.text,
    "forms are sent to us, by POST": lambda page: all(
        re.match(r'<form method="post" action="/[ow]/', form)
        for form in re.findall(r"<form[^>]*>", page.text)
    ),
    "tells nothing of errors": lambda page: (
        not re.search(r"Traceback|\.py\b|\wError\b", page.text)
    ),
}


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, httpx2.Response]]:
    """See every page once."""
    with open_site(tmp_path_factory.mktemp("headers")) as site:
        yield see_every_page(site, "ko") | see_every_page(site, "en")


@pytest.mark.parametrize("check", CHECKS.values(), ids=[name.replace(" ", "-") for name in CHECKS])
def test_every_page_is_safe(pages: dict[str, httpx2.Response], check: Check) -> None:
    """Those that tell of an error, too."""
    assert len(pages) > 70
    assert [name for name, page in pages.items() if not check(page)] == []


def test_redirects_are_safe(pages: dict[str, httpx2.Response]) -> None:
    """Links of QR codes are led to their certificate, on the same site."""
    led = [page for seen in pages.values() for page in seen.history]

    assert {page.status_code for page in led} == {303}
    for page in led:
        assert read_policy(page) == POLICY
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["location"].startswith("/w/")
        assert not TELLTALES & set(page.headers)


def test_the_server_does_not_say_what_it_is(ledger: Ledger) -> None:
    """Neither which server nor which version answers."""
    settings = WebSettings(
        ledger="",
        opt_out_keys=KEYS,
        brand=BRAND,
        media=("email",),
        topics=(),
        reports=None,
        rates={},
        host="127.0.0.1",
        port=0,
        trusted_proxies=(),
        prefix="",
        warranty=None,
    )
    server = make_server(settings, ledger)
    with running(server) as address, urlopen(f"{address}/style.css") as answer:
        assert answer.headers["server"] is None
        assert answer.headers["content-type"] == "text/css; charset=utf-8"
