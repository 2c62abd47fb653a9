"""Where providers post what became of messages: verified, once each, in any order."""

from __future__ import annotations

import base64
import itertools
import json
import logging
from hashlib import sha1
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.hmac import HMAC
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient
from web_shop import BRAND, KEYS, NOW, open_shop, running

from crmlib.channels import Secret
from crmlib.delivery import Ledger, list_engagements
from crmlib.exceptions import ConfigError, InvalidParameterError
from crmlib.web import ReportSecrets, create_app, load_settings, make_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from web_shop import Shop

TOKEN = "token-of-the-account"
URL = "https://pages.example/crm/reports/twilio"
SECRETS = ReportSecrets(solapi="s0lapi", nhncloud="nhn-s3cret", twilio=TOKEN, twilio_url=URL)
MINA = "+821001234567"
MAIL = "mina@example.com"
"""Where her message went, which counts more than the number in the report."""
SOLAPI_HEADER = {"X-Solapi-Secret": sha1(b"s0lapi").hexdigest()}
NHN_HEADER = {"X-Toast-Webhook-Signature": "nhn-s3cret"}


@pytest.fixture
def shop(ledger: Ledger) -> Shop:
    """Open a shop that providers report to."""
    return open_shop(ledger, reports=SECRETS)


@pytest.fixture(scope="module")
def deaf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Open one that nobody proves anything to."""
    with Ledger(f"sqlite:///{tmp_path_factory.mktemp('deaf')}/crm.db") as made:
        yield open_shop(made, reports=SECRETS)


@pytest.fixture
def any_shop(any_ledger: Ledger) -> Shop:
    """Open such a shop on either ledger."""
    return open_shop(any_ledger, reports=SECRETS)


def of_solapi(number: str, code: str, key: str, to: str = "01001234567") -> dict[str, Any]:
    """Give one report as Solapi writes it."""
    data = {"messageId": f"M4V{key}", "statusCode": code, "to": to, "customFields": {"key": key}}
    return {"eventDataId": number, "data": data}


def of_nhncloud(hook: str, code: str, key: str) -> dict[str, Any]:
    """Give one report as NHN Cloud writes it."""
    return {
        "hookId": hook,
        "requestId": "2026",
        "recipientSeq": 1,
        "recipientNo": "01001234567",
        "messageStatus": "COMPLETED",
        "resultCode": code,
        "recipientGroupingKey": key,
    }


def sign(url: str, form: dict[str, str]) -> dict[str, str]:
    """Sign as Twilio describes it, by another library than crmlib's."""
    digest = HMAC(TOKEN.encode(), SHA1())
    digest.update((url + "".join(name + form[name] for name in sorted(form))).encode())
    return {"X-Twilio-Signature": base64.b64encode(digest.finalize()).decode()}


def post_twilio(client: Any, key: str, base: str = "", **changes: str) -> Any:
    """Post a status as Twilio does; a field of it is empty."""
    form = {"MessageSid": "SM1", "MessageStatus": "undelivered", "To": MINA, "Body": "", **changes}
    query = f"?crmlib_key={key}"
    return client.post(
        f"{base}/reports/twilio{query}", data=form, headers=sign(f"{URL}{query}", form)
    )


def test_each_provider_is_heard(any_shop: Shop) -> None:
    """Three providers report on one message; after a hard bounce she gets no other."""
    key, client = any_shop.plan.table.loc["C1", "message_key"], any_shop.client
    solapi = client.post(
        "/reports/solapi", json=[of_solapi("E1", "4000", key)], headers=SOLAPI_HEADER
    )
    body = {"event": "MESSAGE_RESULT_UPDATE", "hooks": [of_nhncloud("H1", "1000", key)]}
    nhncloud = client.post("/reports/nhncloud", json=body, headers=NHN_HEADER)
    fine = any_shop.ledger.suppressed("email", [MAIL])
    twilio = post_twilio(client, key, ErrorCode="30005")

    assert [each.status_code for each in (solapi, nhncloud, twilio)] == [200, 200, 200]
    assert [solapi.text, nhncloud.text, twilio.text] == ["", "", "<Response/>"]
    assert twilio.headers["content-type"].startswith("text/xml")
    assert fine == set()
    assert any_shop.ledger.suppressed("email", [MAIL]) == {MAIL}
    events = list_engagements(any_shop.ledger, NOW)
    of_mina = events[events["customer_id"] == "C1"]
    assert any_shop.send("next") == {"C1": "blocked", "C2": "accepted"}
    assert sorted(of_mina["event"]) == ["bounced", "delivered", "sent"]


def test_order_and_number_of_deliveries_make_no_difference(
    any_shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    """Reports that come in every order, each more than once, are each one report."""
    key = any_shop.plan.table.loc["C1", "message_key"]
    reports = [of_solapi(f"E{code}", code, key) for code in ("2000", "4000", "1061")]
    caplog.set_level(logging.INFO)
    for order in itertools.permutations(reports):
        answer = any_shop.client.post("/reports/solapi", json=order, headers=SOLAPI_HEADER)
        assert answer.status_code == 200

    told = [record.message for record in caplog.records if "known already" in record.message]
    assert told == ["4 reports, 0 known already", *["0 reports, 4 known already"] * 5]
    assert any_shop.ledger.suppressed("email", [MAIL]) == {MAIL}  # 1061: opted out


def test_a_stop_that_comes_in_is_an_opt_out(shop: Shop) -> None:
    """Who answers STOP to a message of Twilio is not written to, and gets no answer."""
    form = {"MessageSid": "SM9", "SmsStatus": "received", "Body": "Stop", "From": MINA}
    answer = shop.client.post("/reports/twilio", data=form, headers=sign(URL, form))

    assert answer.text == "<Response/>"
    assert shop.ledger.suppressed("phone", [MINA]) == {MINA}


@pytest.mark.parametrize(
    ("provider", "headers"),
    [
        ("solapi", {}),
        ("solapi", {"X-Solapi-Secret": sha1(b"other").hexdigest()}),
        ("solapi", {"X-Solapi-Secret": "é"}),
        ("nhncloud", {"X-Toast-Webhook-Signature": "nhn-s3creT"}),
        ("nhncloud", NHN_HEADER | {"X-Toast-Webhook-Signature": ""}),
        ("twilio", {"X-Twilio-Signature": "AAAA"}),
        ("twilio", sign(f"{URL}?crmlib_key=1", {"MessageSid": "SM1"})),
    ],
    ids=["none", "other", "letters", "nhn", "nhn-none", "twilio", "twilio-url"],
)
def test_who_cannot_prove_it_is_not_heard(
    deaf: Shop,
    provider: str,
    headers: dict[str, str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A wrong or missing signature is 403, and nothing is recorded."""
    key = deaf.plan.table.loc["C1", "message_key"]
    encoded = {name: value.encode() for name, value in headers.items()}
    fields: dict[str, Any] = {"json": [of_solapi("E1", "1061", key)]}
    if provider == "twilio":
        fields = {"data": {"MessageSid": "SM1", "MessageStatus": "failed", "To": MINA}}
    answer = deaf.client.post(f"/reports/{provider}", headers=encoded, **fields)

    assert answer.status_code == 403
    assert deaf.ledger.suppressed("email", [MAIL]) == set()
    assert "s0lapi" not in caplog.text
    assert provider in caplog.text


def test_who_guesses_is_slowed_down_and_the_provider_is_not(ledger: Ledger) -> None:
    """After some wrong ones it is 429, and what is signed goes on being taken in."""
    shop = open_shop(ledger, reports=SECRETS, rates={"refused": "2/minute"})
    wrong = [shop.client.post("/reports/solapi", json=[]).status_code for _ in range(4)]
    right = [
        shop.client.post("/reports/solapi", json=[], headers=SOLAPI_HEADER).status_code
        for _ in range(4)
    ]

    assert wrong == [403, 403, 429, 429]
    assert right == [200] * 4


def test_what_is_no_report_is_counted_and_not_asked_for_again(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    """It is answered with 200, and the log says how many and why, and of nobody."""
    entries = [{"data": {"statusCode": "4000", "to": "01001234567"}}] * 2
    entries.append({"data": {"messageId": "M1", "statusCode": "9999", "to": "01001234567"}})
    bodies = [json.dumps(entries).encode(), b"\xff{"]
    caplog.set_level(logging.INFO)
    codes = [
        shop.client.post("/reports/solapi", content=body, headers=SOLAPI_HEADER).status_code
        for body in bodies
    ]

    assert codes == [200, 200]
    assert "2 set aside: it names no message" in caplog.text
    assert "1 set aside: a status that is not known" in caplog.text
    assert "1 set aside: no list in JSON" in caplog.text
    assert "1234567" not in caplog.text


def test_reports_may_be_large_and_forms_may_not(shop: Shop) -> None:
    """A thousand reports at once are taken in, five megabytes are not."""
    key = shop.plan.table.loc["C1", "message_key"]
    many = [of_solapi(f"E{number}", "4000", key) for number in range(1_000)]
    codes = [
        shop.client.post(path, content=body, headers=SOLAPI_HEADER).status_code
        for path, body in [
            ("/reports/solapi", json.dumps(many).encode()),
            ("/reports/solapi", b" " * 5_000_000),
            (shop.link(), b" " * 50_000),
        ]
    ]

    assert codes == [200, 413, 413]


@pytest.mark.parametrize(
    "strange",
    ["\ud800", "a\0b", "".join(chr(33 + number * 7919 % 90) for number in range(50_000))],
    ids=["half a letter", "null", "long"],
)
def test_a_strange_report_does_not_cost_the_others_theirs(any_shop: Shop, strange: str) -> None:
    """What a database cannot hold is kept as it can; the bounce in the same body counts."""
    key = any_shop.plan.table.loc["C1", "message_key"]
    odd = of_solapi(strange, "4000", "x")
    odd["data"] |= {"messageId": strange, "statusMessage": strange}
    hooks = [of_nhncloud(strange, "1000", "x") | {"requestId": strange}]
    hooks.append(of_nhncloud("H2", "3001", key))
    ours = [odd, of_solapi("E2", "1061", key)]
    answers = [
        any_shop.client.post("/reports/solapi", content=json.dumps(ours), headers=SOLAPI_HEADER),
        any_shop.client.post("/reports/solapi", content=json.dumps(ours), headers=SOLAPI_HEADER),
        any_shop.client.post(
            "/reports/nhncloud",
            content=json.dumps({"event": "MESSAGE_RESULT_UPDATE", "hooks": hooks}),
            headers=NHN_HEADER,
        ),
    ]

    assert [answer.status_code for answer in answers] == [200] * 3
    assert any_shop.ledger.suppressed("email", [MAIL]) == {MAIL}


def test_reports_that_are_just_not_too_deep_to_be_read(deaf: Shop) -> None:
    """JSON of any depth is answered, though its parts may be too deep to be named."""
    for depth in range(800, 1_000, 2):
        nested = "[" * depth + "]" * depth
        body = f'[{{"data": {{"messageId": "M1", "statusCode": "4000", "more": {nested}}}}}]'
        answer = deaf.client.post("/reports/solapi", content=body, headers=SOLAPI_HEADER)

        assert answer.status_code == 200


def test_nobody_reports_who_was_not_asked(ledger: Ledger) -> None:
    """Without a secret there is no page; a GET finds nothing to see."""
    some = open_shop(ledger, reports=ReportSecrets(solapi="s0lapi")).client
    none = TestClient(create_app(ledger, brand=BRAND, opt_out_keys=KEYS))

    assert some.post("/reports/nhncloud").status_code == 404
    assert some.get("/reports/solapi").status_code == 405
    assert none.post("/reports/solapi").status_code == 404


def test_an_app_under_a_prefix_hears_them_too(ledger: Ledger) -> None:
    """The limits on bodies are those of the page, wherever it is mounted."""
    pages = create_app(ledger, brand=BRAND, opt_out_keys=KEYS, reports=SECRETS)
    client = TestClient(Starlette(routes=[Mount("/crm", pages)]))
    large = json.dumps([of_solapi(f"E{number}", "4000", "1") for number in range(400)])
    answer = client.post("/crm/reports/solapi", content=large, headers=SOLAPI_HEADER)

    assert len(large) > 32_768
    assert answer.status_code == 200
    assert post_twilio(client, "1", "/crm").status_code == 200


def test_a_real_server_takes_in_what_is_posted(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the file of settings, over loopback behind a prefix, to the ledger."""
    monkeypatch.setenv("TWILIO_TOKEN", TOKEN)
    monkeypatch.setenv("SOLAPI_SECRET", "s0lapi")
    KEYS.save(tmp_path / "keys.json")
    file = tmp_path / "web.toml"
    file.write_text(
        '[web]\nopt_out_keys = "keys.json"\nprefix = "/crm"\n'
        '[brand]\nname = "Shop"\nemail = "a@example.com"\n'
        '[reports.solapi]\nsecret = "env:SOLAPI_SECRET"\n'
        f'[reports.twilio]\nauth_token = "env:TWILIO_TOKEN"\nurl = "{URL}"\n'
    )
    told = load_settings(file)
    key = shop.plan.table.loc["C1", "message_key"]
    large = json.dumps([of_solapi(f"E{number}", "4000", key) for number in range(400)])
    with running(make_server(told, shop.ledger)) as address:
        first = post_twilio(httpx2, key, address, ErrorCode="21610")
        again = post_twilio(httpx2, key, address, ErrorCode="21610")
        forged = httpx2.post(f"{address}/reports/twilio", data={"MessageSid": "SM1"})
        solapi = httpx2.post(f"{address}/reports/solapi", content=large, headers=SOLAPI_HEADER)

    assert repr(told.reports) == (
        f"ReportSecrets(solapi=Secret(…), nhncloud=None, twilio=Secret(…), twilio_url={URL!r})"
    )
    codes = [each.status_code for each in (first, again, forged, solapi)]
    assert codes == [200, 200, 403, 200]
    assert shop.ledger.suppressed("email", [MAIL]) == {MAIL}


@pytest.mark.parametrize(
    ("table", "key", "text"),
    [
        ("[reports.solapi]", "reports.solapi.secret", "is missing.*env:NAME"),
        ("[reports.solapi]\nsecret = 12345", "reports.solapi.secret", "is no text"),
        ('[reports.solapi]\nsecret = " 12345"', "reports.solapi.secret", "…"),
        ('[reports.solapi]\nsecret = "env:NO_SUCH"', "reports.solapi.secret", "not set"),
        ('[reports.solapi]\nsecret = "a"\nb = 1', "reports.solapi.b", "no key"),
        ('[reports.acme]\nsecret = "a"', "reports.acme", "solapi"),
        ("[reports]\nsolapi = 1", "reports.solapi", "no key"),
        ('[reports.twilio]\nauth_token = "a"', "reports.twilio.url", "missing"),
        ('[reports.twilio]\nauth_token = "a"\nurl = "x"', "reports.twilio.url", "https"),
    ],
    ids=["none", "number", "blank", "variable", "more", "other", "flat", "no-url", "url"],
)
def test_a_wrong_setting_is_told_without_the_secret(
    tmp_path: Path, table: str, key: str, text: str
) -> None:
    """The error names the key and the way out, and no secret."""
    KEYS.save(tmp_path / "keys.json")
    file = tmp_path / "web.toml"
    head = '[web]\nopt_out_keys = "keys.json"\n[brand]\nname = "Shop"\nemail = "a@b.example"\n'
    file.write_text(head + table)

    with pytest.raises(ConfigError, match=text) as caught:
        load_settings(file)
    assert caught.value.key == key
    assert "12345" not in str(caught.value)


def test_twilio_needs_the_address_that_it_calls() -> None:
    """The signature is over the public address, so token and address go together."""
    with pytest.raises(InvalidParameterError, match="twilio_url"):
        ReportSecrets(twilio="a")
    with pytest.raises(InvalidParameterError, match="twilio_url"):
        ReportSecrets(twilio_url=URL)
    for url in (f"{URL}?a=1", "/reports/twilio"):
        with pytest.raises(InvalidParameterError, match="without a query"):
            ReportSecrets(twilio="a", twilio_url=url)

    assert ReportSecrets(solapi=Secret("a")).solapi == Secret("a")
