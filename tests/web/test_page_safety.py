"""What pages must not do: tell, load, remember or accept more than they should."""

from __future__ import annotations

import logging
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import anyio
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Mount
from starlette.testclient import TestClient
from web_shop import BRAND, KEYS, Clock, open_shop

from crmlib.delivery import list_answers
from crmlib.exceptions import LedgerUnavailableError
from crmlib.web import create_app
from crmlib.web._rates import client_network
from crmlib.web._request_log import RequestLog

if TYPE_CHECKING:
    from web_shop import Shop

    from crmlib.delivery import Ledger

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
PART = b"--b\r\nContent-Disposition: form-data; name=%s\r\n\r\nOne-Click\r\n--b--\r\n"
PAGES = ["", "/preferences", "/erasure"]


class Outside(HTMLParser):
    """Collect what a page loads, runs or is styled by."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at one tag."""
        if tag in {"script", "style", "iframe", "object", "embed", "img"}:
            self.found.append(tag)
        for name, value in attrs:
            loads = name in {"src", "srcset", "style"} or name.startswith("on")
            if loads or (tag == "link" and name == "href" and value != "/style.css"):
                self.found.append(f"{tag} {name}={value}")


@pytest.mark.parametrize("page", PAGES, ids=["opt-out", "preferences", "erasure"])
def test_pages_load_nothing_and_remember_nothing(shown: Shop, page: str) -> None:
    """One style sheet of ours, no script, no style inside, no cookie."""
    answer = shown.client.get(shown.link() + page)
    seen = Outside()
    seen.feed(answer.text)

    assert answer.status_code == 200
    assert seen.found == []
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    ("path", "status"), [("/o/x", 404), ("/style.css", 200), ("/nothing", 404)], ids=str
)
def test_each_answer_has_the_safe_headers(shown: Shop, path: str, status: int) -> None:
    """Errors and files, too."""
    answer = shown.client.get(path)

    assert answer.status_code == status
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["strict-transport-security"].startswith("max-age=31536000")


def test_pages_are_not_kept_and_the_style_is(shown: Shop) -> None:
    """A page may be of one person; the style is of all."""
    assert shown.client.get(shown.link()).headers["cache-control"] == "no-store"
    assert "max-age" in shown.client.get("/style.css").headers["cache-control"]


def test_the_style_sheet_is_read_once(shown: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """No request reads a file: the app has read it."""
    monkeypatch.setattr("crmlib.web._app.files", None)
    style = shown.client.get("/style.css")

    assert style.status_code == 200
    assert "{" in style.text


def test_without_https_nothing_is_promised(ledger: Ledger) -> None:
    """HSTS over plain HTTP would be a lie."""
    app = create_app(ledger, brand=BRAND, opt_out_keys=KEYS)
    answer = TestClient(app, base_url="http://pages.example").get("/o/x")

    assert "strict-transport-security" not in answer.headers


def test_pages_tell_nobody_who_the_recipient_is(shown: Shop) -> None:
    """Who finds a link learns no name, no address and no customer id."""
    pages = "".join(shown.client.get(shown.link() + page).text for page in PAGES)
    told = re.sub(r'value="[\w.-]{40,}"', "", pages.replace(shown.link(), ""))  # but for proofs

    assert not re.search(r"C1|mina|김민아|010|winback", told)


def test_other_methods_are_refused(shown: Shop) -> None:
    """A page says so in its own words."""
    answer = shown.client.put(shown.link())

    assert answer.status_code == 405
    assert "처리할 수 없습니다" in answer.text


@pytest.mark.parametrize("told", [True, False], ids=["told", "not told"])
def test_a_body_that_is_too_large_is_refused(shown: Shop, told: bool) -> None:
    """Whether or not it says beforehand how large it is; nothing is recorded of it."""
    body = b"List-Unsubscribe=One-Click&more=" + b"a" * 40_000
    pieces: Any = body if told else iter([body[:100], body[100:]])
    answer = shown.client.post(
        shown.link(),
        content=pieces,
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )

    assert answer.status_code == 413
    assert list_answers(shown.ledger).empty


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"List-Unsubscribe=One-Click", "application/x-www-form-urlencoded", 200),
        (
            PART % b'"List-Unsubscribe"',
            "multipart/form-data; boundary=b",
            200,
        ),
        (b"", "text/plain", 200),
        (b"--b\r\n", "multipart/form-data", 400),
        (
            PART % b'"a"; filename="a"',
            "multipart/form-data; boundary=b",
            400,
        ),
        (b"&".join(b"a=b" for _ in range(301)), "application/x-www-form-urlencoded", 400),
    ],
    ids=["urlencoded", "multipart", "empty", "broken", "file", "many"],
)
def test_both_kinds_of_forms_are_read(shop: Shop, content: bytes, kind: str, status: int) -> None:
    """RFC 8058 lets mail providers choose; what cannot be read is refused without a trace."""
    answer = shop.client.post(shop.link(), content=content, headers={"Content-Type": kind})

    assert answer.status_code == status
    assert "Traceback" not in answer.text


def test_who_tries_links_is_slowed_down_and_good_links_work(shop: Shop) -> None:
    """Too many wrong links of one address are refused; an opt-out from it still works."""
    statuses = [shop.client.get("/o/x").status_code for _ in range(25)]
    answer = shop.client.post(shop.link(), data=ONE_CLICK)

    assert statuses[:20] == [404] * 20
    assert statuses[-1] == 429
    assert answer.status_code == 200


def test_the_rates_are_the_owners_to_set(ledger: Ledger) -> None:
    """And the answer says how long to wait."""
    shop = open_shop(ledger, rates={"refused": "1/hour"})
    answers = [shop.client.get("/o/x") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [404, 429]
    assert answers[1].headers["retry-after"] == "3600"


def test_addresses_of_one_subscriber_count_as_one(ledger: Ledger) -> None:
    """An IPv6 subscriber has a whole network to come from."""
    app = create_app(ledger, brand=BRAND, opt_out_keys=KEYS, rates={"refused": "1/hour"})

    def ask(host: str) -> int:
        return TestClient(app, client=(host, 1)).get("/o/x").status_code

    hosts = ["2001:db8::1", "2001:db8::2", "2001:db8:0:1::1", "192.0.2.1", "192.0.2.2", "socket"]
    assert [ask(host) for host in hosts] == [404, 429, 404, 404, 404, 404]


def test_what_a_client_says_of_itself_does_not_count(ledger: Ledger) -> None:
    """Only a server that trusts a proxy may put another address in its place."""
    shop = open_shop(ledger, rates={"refused": "1/hour"})
    answers = [
        shop.client.get("/o/x", headers={"X-Forwarded-For": f"192.0.2.{n}"}) for n in range(2)
    ]

    assert [answer.status_code for answer in answers] == [404, 429]


def test_logs_hold_no_tokens_and_nobody(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    """A request is noted by the name of its page."""
    with caplog.at_level(logging.INFO, logger="crmlib.web"):
        shop.client.get(shop.link())
        shop.client.post(shop.link(), data=ONE_CLICK)
        shop.client.get("/o/x?lang=ko")
        shop.client.get("/nothing")
    ours = [record.getMessage() for record in caplog.records if record.name == "crmlib.web"]

    assert ours == [
        "GET OptOutPages.show 200",
        "POST OptOutPages.act 200",
        "GET OptOutPages.show 404",
        "GET nothing 404",
    ]


@settings(max_examples=40, deadline=None)
@given(
    method=st.sampled_from(["GET", "HEAD", "POST", "OPTIONS", "DELETE"]),
    token=st.one_of(st.text(max_size=60), st.just("good")),
    page=st.sampled_from([*PAGES, "/", "/more"]),
    fields=st.dictionaries(
        st.sampled_from(["form_token", "email.advertising", "sms.night", "lang"]), st.text()
    ),
)
def test_whatever_comes_is_answered(
    shown: Shop, method: str, token: str, page: str, fields: dict[str, str]
) -> None:
    """No input makes the pages fail, and none of it gets past the links and proofs."""
    path = shown.link() if token == "good" else f"/o/{quote(token, safe='')}"
    assume(method != "POST" or path + page != shown.link())  # that is an opt-out
    answer = shown.client.request(method, path + page, params=fields, data=fields)

    assert answer.status_code in {200, 403, 404, 405, 429}
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert list_answers(shown.ledger).empty


def test_a_defect_is_a_page_without_traces(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The reader gets a way out; the log says where, and not the text of the error."""
    secret = str(KEYS.keys[0].number + 12_345)  # lines of code are in the log

    def fail(*_: object) -> None:
        raise ValueError(f"{secret} mina@example.com")

    monkeypatch.setattr("crmlib.web._links.find_recipient", fail)
    answer = shop.client.get(shop.link())

    assert answer.status_code == 500
    assert secret not in answer.text + caplog.text
    assert "help@example.com" in answer.text
    assert "ValueError\n" in caplog.text
    assert "in fail" in caplog.text


def test_an_answer_that_breaks_off_is_no_whole_one(caplog: pytest.LogCaptureFixture) -> None:
    """What fails after the first byte ends the connection, and tells the server nothing."""

    async def break_off(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise KeyError(scope["path"])

    async def ask() -> None:
        async def ignore(*_: object) -> None:
            pass

        scope = {"type": "http", "method": "GET", "path": "/o/token"}
        await RequestLog(break_off, site=None)(scope, ignore, ignore)

    with pytest.raises(ConnectionAbortedError) as caught:
        anyio.run(ask)
    assert caught.value.args == ()
    assert caught.value.__suppress_context__
    assert "KeyError\n" in caplog.text
    assert "token" not in caplog.text


def test_a_ledger_that_is_locked_is_told_as_such(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Mail providers try again when they are told to."""

    def fail(*_: object) -> None:
        raise LedgerUnavailableError("crm.db", "another program keeps it locked", "wait")

    monkeypatch.setattr("crmlib.web._links.find_recipient", fail)
    answer = shop.client.post(shop.link(), data=ONE_CLICK)

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
    assert "another program keeps it locked" in caplog.text


def test_the_app_can_stand_in_another(shop: Shop) -> None:
    """Under a prefix all its links and forms keep it."""
    inner = create_app(shop.ledger, brand=BRAND, opt_out_keys=KEYS, clock=Clock())
    outer = TestClient(Starlette(routes=[Mount("/crm", inner)]))
    page = outer.get(f"/crm{shop.link()}?lang=en").text
    paths = re.findall(r'(?:href|action)="(/[^"]*)"', page)

    assert len(paths) == 4
    assert all(path.startswith("/crm/") for path in paths)
    assert [outer.get(path).status_code for path in paths] == [200] * 4
    assert outer.get("/crm/o/x").status_code == 404


def test_a_path_of_two_slashes_leads_to_no_other_host(shop: Shop) -> None:
    """The links to other languages stay here, whatever stands where the token should be."""
    scope = {"type": "http", "method": "GET", "path": "//evil.example/x", "query_string": b""}
    scope |= {"root_path": "", "headers": [], "client": ("192.0.2.1", 1), "scheme": "http"}
    told: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b""}

    async def send(message: dict[str, Any]) -> None:
        told.append(message)

    anyio.run(create_app(shop.ledger, brand=BRAND, opt_out_keys=KEYS), scope, receive, send)
    page = b"".join(message.get("body", b"") for message in told).decode()

    assert told[0]["status"] == 404
    assert "/evil.example/x?lang=" in page
    assert "//evil.example" not in page


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("testclient", "testclient"),
    ],
    ids=["ipv4", "ipv4-on-a-socket-for-both", "ipv6", "no-address"],
)
def test_each_subscriber_is_counted_alone(host: str, network: str) -> None:
    """The whole of IPv4 is not one network, however a socket writes its addresses."""
    assert client_network(Request({"type": "http", "client": (host, 1)})) == network
