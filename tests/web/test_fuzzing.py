"""Whatever is sent to whichever route: it is answered, and nothing is let out or in."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from anyio.from_thread import start_blocking_portal
from every_page import open_site
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from raw_client import RawClient, digest_of
from web_shop import KEYS, NOW

from crmlib.warranty import DigitalLink
from crmlib.web._form_guard import FormGuard
from crmlib.web._safe_headers import HEADERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from every_page import Site
    from raw_client import Answer

FORM = "application/x-www-form-urlencoded"
GUARD = FormGuard(KEYS.derive("web forms"))
WHO = "mina@example.com"
NASTY = [
    *("", " ", "\0", "\ud800", "\u202e", "\ufeff", "İ", "ﬀ", "%00", "%ff", "{{7*7}}", "{0}", "%s"),
    *(
        "'",
        '" onload="x',
        "<script>",
        "../..",
        "//evil.example",
        "\\evil",
        "a\r\nX-Y: z",
        "~" * 99,
    ),
    *("1" * 5000, "가" * 3000, "-1", "1e999", "NaN", "yes", "no", "all", "*", "on"),
]
texts = st.sampled_from(NASTY) | st.text(max_size=40)


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """Open a brand's pages, in files and on a server."""
    urls = [None, None]
    if request.param == "postgres":
        server = request.getfixturevalue("server")
        urls = [server.url(server.make_database()) for _ in urls]
    with open_site(tmp_path_factory.mktemp("fuzz"), *urls) as opened:
        yield opened


@pytest.fixture(scope="module")
def client(site: Site) -> Iterator[RawClient]:
    """Open a client that sends anything."""
    with start_blocking_portal() as portal:
        yield RawClient(app=site.app, portal=portal)


@pytest.fixture(scope="module")
def good(site: Site) -> dict[str, Any]:
    """Give what is valid: tokens, links, and what the forms of an open certificate hold."""
    link = DigitalLink.parse(site.warranty.issue("fuzz/1"))
    shop = site.warranty
    form = shop.ask(shop.issue("fuzz/2"), "register", WHO)
    token = form.action.split("/")[2]
    return {
        "tokens": [site.opt_out.rpartition("/")[2], str(link.token), token],
        "links": [str(link).removeprefix(link.domain)],
        "fields": [*form.fields.items(), ("code", shop.code_for(WHO)), ("contact", WHO)],
        "form": (token, form.fields),
    }


@st.composite
def altered(draw: st.DrawFn, valid: str) -> str:
    """Change a valid text in one place, or leave it."""
    place = draw(st.integers(0, len(valid)))
    cut = draw(st.integers(0, 2))
    return valid[:place] + draw(st.just("") | texts) + valid[place + cut :]


def mostly(valid: list[str]) -> st.SearchStrategy[str]:
    """Give one that is valid, one that is nearly so, or any text."""
    known = st.sampled_from(valid)
    return known | known.flatmap(altered) | texts


def spell(text: str) -> str:
    """Spell a text as a part of a path or of a form."""
    return quote(text.encode(errors="replace"), safe="/")


@st.composite
def paths(draw: st.DrawFn, good: dict[str, Any], templates: list[str]) -> str:
    """Give the path of a route, filled in, or any other."""
    parts = {
        "{token}": mostly(good["tokens"]),
        "{step}": mostly(["register", "transfer", "accept"]),
        "{rest:path}": mostly([link.partition("?")[0][4:] for link in good["links"]]),
    }
    path = draw(st.sampled_from([*templates, "//evil.example/{token}"]))
    for name in re.findall(r"\{[^}]+\}", path):
        path = path.replace(name, draw(parts.get(name, texts)), 1)
    return spell(path)


CHARSETS = ["idna", "unicode_escape", "utf-16", "undefined", "\0", "hex"]
KINDS = [
    *(FORM, FORM, FORM, f"{FORM}; charset=\xff", "application/json", "text/plain", ""),
    *("multipart/form-data", "multipart/form-data; boundary=b"),
    *(f"multipart/form-data; boundary=b; charset={charset}" for charset in CHARSETS),
]
NAMES = [
    *("form_token", "contact", "code", "passed_on", "name", "order", "scope", "lang", "w"),
    *("List-Unsubscribe", "email.advertising", "sms.night", "advertising-email", *NASTY[:9]),
]
PART = 'Content-Disposition: form-data; name="{}"\r\n\r\n{}\r\n'
ESCAPED = PART.format("form_token", "\\ud800")
SENT = {
    b"origin": [b"null", b"https://evil.example", b"https://[", b"\xff", b"https://pages.example"],
    b"sec-fetch-site": [b"same-origin", b"cross-site", b"\xff"],
    b"accept-language": [b"en", b"ko;q=0.9,en;q=1e9", b"en;q=-1,*;q=0", b"\xff" * 2000],
    b"content-length": [b"-1", b"9" * 5000, "\u00b2".encode("latin-1"), b"10"],
    b"host": [b"evil.example", b"[", b"\xff", b""],
    b"x-forwarded-for": [b"203.0.113.9", b"\xff"],
    b"cookie": [b"a=b", b"\xff" * 200],
    b"range": [b"bytes=0-1"],
}
headers_sent = st.dictionaries(st.sampled_from(list(SENT)), st.integers(0, 4), max_size=3).map(
    lambda chosen: [(name, SENT[name][at % len(SENT[name])]) for name, at in chosen.items()]
)


@st.composite
def bodies(draw: st.DrawFn, good: dict[str, Any]) -> tuple[bytes, list[bytes], str]:
    """Give a query, a body, and its kind: forms with valid, repeated, strange fields, or bytes."""
    valid = st.sampled_from(good["fields"])
    values = texts | valid.flatmap(lambda field: altered(field[1]))
    fields = draw(st.lists(valid | st.tuples(st.sampled_from(NAMES), values), max_size=6))
    kind = draw(st.sampled_from(KINDS))
    form = "&".join(f"{spell(name)}={spell(value)}" for name, value in fields).encode()
    parts = "--b\r\n".join(["", ESCAPED, *(PART.format(*field) for field in fields)])
    body = parts.encode(errors="replace") + b"--b--\r\n" if "multipart" in kind else form
    body = draw(st.sampled_from([body, body, body[:-7], b"\xff\0=" + body]))
    cut = draw(st.integers(0, 9))
    return draw(st.sampled_from([b"", form, b"lang=en"])), [body[:cut], body[cut:]], kind


def check_answer(answer: Answer, told: str) -> None:
    """Look at what holds of every answer: a page of ours, and a log without a trace of people."""
    assert answer.status in {200, 303, 400, 403, 404, 405, 413, 422, 429}, told
    is_style = answer.headers.get("content-type", "").startswith("text/css")
    safe = {name.lower(): value for name, value in HEADERS.items()}
    safe |= {"cache-control": "public, max-age=3600"} if is_style else {}
    assert answer.headers.items() >= safe.items()
    assert "set-cookie" not in answer.headers
    assert not re.search(r"Traceback|sqlalchemy|site-packages|49(?=\})", answer.body)
    assert not re.search(r'(?:href|action|src)="(?!/[^/]|mailto:help@|#)', answer.body)
    assert answer.headers.get("location", "/w/").startswith("/w/")
    assert not re.search(r"Error|Traceback|@example|mina", told)


def in_log(good: dict[str, Any], told: str) -> list[str]:
    """Give the tokens and codes that stand in the log."""
    return [text for text in [*good["tokens"], *dict(good["fields"]).values()] if text in told]


@given(data=st.data())
@settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_whatever_is_sent_is_answered(
    site: Site,
    client: RawClient,
    good: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    data: st.DataObject,
) -> None:
    """No request makes it fail, and but for a POST none changes a row of ledger or registry."""
    caplog.set_level(logging.INFO, "crmlib.web")
    caplog.clear()
    templates = sorted({route.path for route in site.app.routes})
    methods = ["GET", "HEAD", "POST", "POST", "POST", "PUT", "OPTIONS", "X"]
    method = data.draw(st.sampled_from(methods))
    path = data.draw(paths(good, templates))
    query, pieces, kind = data.draw(bodies(good))
    headers = [*data.draw(headers_sent), (b"content-type", kind.encode("latin-1"))]
    before = None if method == "POST" else digest_of(site)
    answer = client.ask(method, path, query=query, headers=headers, pieces=pieces)

    check_answer(answer, caplog.text)
    assert in_log(good, caplog.text) == []
    assert before is None or digest_of(site) == before


@given(data=st.data())
@settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_whatever_is_filled_in_is_answered(
    site: Site,
    client: RawClient,
    good: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    data: st.DataObject,
) -> None:
    """Behind a proof that holds, too: names, codes and addresses may be anything."""
    caplog.set_level(logging.INFO, "crmlib.web")
    caplog.clear()
    token, proofs = good["form"]
    names = st.sampled_from(["contact", "code", "name", "order", "advertising-email"])
    contacts = st.sampled_from([WHO, "010-1234-5678", "a@b.example", "@"]).flatmap(altered)
    fields = data.draw(st.dictionaries(names, texts | contacts, max_size=5))
    step = data.draw(st.sampled_from(["register", "register/code"]))
    form = "warranty register " + ("contact" if step.endswith("code") else "code")
    sent = {**proofs, **fields, "form_token": GUARD.issue(form, token, NOW)}
    body = "&".join(f"{name}={spell(text)}" for name, text in sent.items()).encode()
    answer = client.ask(
        "POST",
        f"/w/{token}/{step}",
        headers=[(b"content-type", FORM.encode())],
        pieces=[body],
    )

    check_answer(answer, caplog.text)
    assert answer.status != 403
    assert in_log(good, caplog.text) == []
