"""What providers post about messages: verified, and read entry by entry."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlib.channels import (
    DeliveryReport,
    ReportBatch,
    ReportKind,
    read_nhncloud_reports,
    read_solapi_reports,
    read_twilio_report,
)
from crmlib.exceptions import UntrustedReportError

NOW = datetime(2026, 11, 3, tzinfo=UTC)
URL = "https://shop.example/twilio?crmlib_key=5b1f"
TOKEN = "the token of the account"
FORM = {
    "MessageSid": "SM" + "1" * 32,
    "AccountSid": "AC" + "2" * 32,
    "MessageStatus": "delivered",
    "To": "+821012345678",
    "From": "+15005550006",
}


def hmac_sha1(key: bytes, text: bytes) -> bytes:
    """Compute RFC 2104 with SHA-1 by its definition, apart from Python's hmac."""
    padded = (hashlib.sha1(key).digest() if len(key) > 64 else key).ljust(64, b"\0")
    inner = hashlib.sha1(bytes(byte ^ 0x36 for byte in padded) + text).digest()
    return hashlib.sha1(bytes(byte ^ 0x5C for byte in padded) + inner).digest()


def sign(url: str, form: dict[str, str]) -> str:
    """Sign as Twilio says that it does: address, then each name and value, by name."""
    text = url + "".join(name + value for name, value in sorted(form.items()))
    return base64.b64encode(hmac_sha1(TOKEN.encode(), text.encode())).decode()


def twilio(url: str = URL, **changes: str) -> ReportBatch:
    """Read a request of Twilio that is well signed."""
    form = FORM | changes
    return read_twilio_report(url, form, sign(url, form), TOKEN, received_at=NOW)


def kinds(batch: ReportBatch) -> list[str]:
    """Give what the reports say."""
    return [str(each.kind) for each in batch.reports]


def reasons(batch: ReportBatch) -> list[tuple[str, str]]:
    """Give what was set aside, and why."""
    return [(each.where, each.reason) for each in batch.set_aside]


# Twilio


def test_the_example_of_twilio_is_verified() -> None:
    """Address, fields and signature that Twilio publishes as its example fit each other."""
    form = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+12349013030",
        "Digits": "1234",
        "From": "+12349013030",
        "To": "+18005551212",
    }
    batch = read_twilio_report(
        "https://mycompany.com/myapp.php?foo=1&bar=2",
        form,
        "0/KCTR6DLpKmkAf8muzZqo1nDgQ=",
        "12345",
        received_at=NOW,
    )

    assert reasons(batch) == [("the request", "it names no message")]


def test_a_status_is_a_report_on_its_message() -> None:
    """The key comes from the address that was called, the rest from the fields."""
    (found,) = twilio().reports

    assert found == DeliveryReport(
        source="twilio",
        report_id=f"{FORM['MessageSid']}/delivered",
        kind=ReportKind.DELIVERED,
        at=NOW,
        message_key="5b1f",
        provider_id=FORM["MessageSid"],
        address_field="phone",
        address="+821012345678",
        words="delivered",
    )


@pytest.mark.parametrize(
    ("status", "code", "verdicts"),
    [
        ("queued", "", ["accepted"]),
        ("sent", "", ["accepted"]),
        ("read", "", ["delivered"]),
        ("undelivered", "30005", ["hard_bounce"]),
        ("undelivered", "30006", ["hard_bounce"]),
        ("undelivered", "30003", ["soft_bounce"]),
        ("undelivered", "30007", ["failed"]),
        ("failed", "21610", ["failed", "opted_out"]),
        ("failed", "", ["failed"]),
        ("canceled", "", ["failed"]),
    ],
)
def test_what_a_status_of_twilio_says(status: str, code: str, verdicts: list[str]) -> None:
    """Only a number that does not exist, or takes no texts, bounces hard."""
    batch = twilio(MessageStatus=status, ErrorCode=code)

    assert kinds(batch) == verdicts
    assert len({each.report_id for each in batch.reports}) == len(verdicts)


def test_whatsapp_and_short_codes() -> None:
    """An address of WhatsApp is a number; a short code is none."""
    assert twilio(To="whatsapp:+821012345678").reports[0].address == "+821012345678"
    assert twilio(To="12345").reports[0].address is None
    assert twilio("https://shop.example/twilio").reports[0].message_key is None


@pytest.mark.parametrize("words", [{"OptOutType": "STOP", "Body": "Stopp"}, {"Body": " stop "}])
def test_who_answers_stop_opts_out(words: dict[str, str]) -> None:
    """A message that comes in and says STOP is an opt-out of who sent it."""
    answer = {"MessageStatus": "", "SmsStatus": "received", "From": "+821012345678"}
    (found,) = twilio(**answer, **words).reports

    assert (found.kind, found.address) == ("opted_out", "+821012345678")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (
            {"SmsStatus": "received", "MessageStatus": "", "Body": "Thanks"},
            "a message that came in",
        ),
        (
            {"SmsStatus": "received", "MessageStatus": "", "Body": "STOP", "From": "12"},
            "a message",
        ),
        ({"MessageStatus": "lost in space"}, "a status that is not known"),
        ({"MessageSid": ""}, "it names no message"),
    ],
)
def test_what_of_twilio_is_set_aside(changes: dict[str, str], reason: str) -> None:
    """What says nothing of a message of ours is set aside with its reason."""
    batch = twilio(**changes)

    assert batch.reports == ()
    assert batch.set_aside[0].reason.startswith(reason)


@pytest.mark.parametrize(
    ("url", "called"),
    [
        ("https://shop.example/t", "https://shop.example:443/t"),
        ("https://shop.example:443/t", "https://shop.example/t"),
        ("http://shop.example:8080/t", "http://shop.example:8080/t"),
    ],
)
def test_a_port_that_goes_without_saying_may_be_said(url: str, called: str) -> None:
    """Twilio signs with the usual port or without it."""
    batch = read_twilio_report(url, FORM, sign(called, FORM), TOKEN, received_at=NOW)

    assert kinds(batch) == ["delivered"]


@pytest.mark.parametrize("wrong", ["address", "port", "field", "signature", "token", "none"])
def test_what_twilio_did_not_sign_is_refused(wrong: str) -> None:
    """A request whose address, fields, signature or token differ is not read."""
    url = {"address": f"{URL}1", "port": URL.replace("/twilio", ":8443/twilio")}.get(wrong, URL)
    form = FORM | ({"MessageStatus": "failed"} if wrong == "field" else {})
    signature = {"signature": "AAAA", "none": ""}.get(wrong, sign(URL, FORM))
    token = "another" if wrong == "token" else TOKEN
    with pytest.raises(UntrustedReportError, match="twilio: its signature does not fit"):
        read_twilio_report(url, form, signature, token, received_at=NOW)


# Solapi

SOLAPI: dict[str, Any] = {
    "eventDataId": "E1",
    "retryCount": 0,
    "data": {
        "messageId": "M4V1",
        "statusCode": "4000",
        "statusMessage": "수신완료 01012345678",
        "to": "01012345678",
        "country": "82",
        "customFields": {"key": "5b1f"},
        "dateReported": "2026-11-02T03:00:00.000Z",
    },
}


def solapi(*entries: Any) -> ReportBatch:
    """Read a request of Solapi."""
    return read_solapi_reports(json.dumps(entries), received_at=NOW)


def test_an_entry_of_solapi_is_a_report() -> None:
    """Key, number and moment are read; the words hold no number."""
    (found,) = solapi(SOLAPI).reports

    assert found == DeliveryReport(
        source="solapi",
        report_id="E1",
        kind=ReportKind.DELIVERED,
        at=datetime(2026, 11, 2, 3, tzinfo=UTC),
        message_key="5b1f",
        provider_id="M4V1",
        address_field="phone",
        address="+821012345678",
        words="4000 수신완료 …",
    )


@pytest.mark.parametrize(
    ("code", "verdicts"),
    [
        ("2000", ["accepted"]),
        ("3000", ["accepted"]),
        ("4000", ["delivered"]),
        ("1061", ["failed", "opted_out"]),
        ("2061", ["failed", "opted_out"]),
        ("3104", ["failed"]),
        ("3107", ["failed"]),
        ("3108", ["soft_bounce"]),
        ("1029", ["failed"]),
    ],
)
def test_what_a_code_of_solapi_says(code: str, verdicts: list[str]) -> None:
    """Who has no KakaoTalk has a number all the same."""
    batch = solapi(SOLAPI | {"data": SOLAPI["data"] | {"statusCode": code}})

    assert kinds(batch) == verdicts
    assert len({each.report_id for each in batch.reports}) == len(verdicts)


def test_an_entry_without_an_envelope_is_read_too() -> None:
    """An entry that is the message itself has no name: what it holds is its name."""
    flat = {"messageId": "M4V2", "statusCode": "4000", "dateUpdated": "2026-11-02T12:00:00"}
    (first,), (again,) = solapi(flat).reports, solapi(flat).reports

    assert (first.report_id, first.message_key, first.address) == (again.report_id, None, None)
    assert first.at == datetime(2026, 11, 2, 3, tzinfo=UTC)  # a clock of Korea
    assert solapi(flat | {"statusCode": "3000"}).reports[0].report_id != first.report_id


def test_one_bad_entry_costs_the_others_nothing() -> None:
    """What cannot be read is set aside by its number, the rest is read."""
    bad = [
        5,
        {"data": {"statusCode": "4000"}},
        {"data": {"messageId": "M4V1", "statusCode": "9"}},
        {"data": {"messageId": "M4V1"}},
    ]
    batch = solapi(*bad, SOLAPI)

    assert kinds(batch) == ["delivered"]
    assert reasons(batch) == [
        ("entry 1", "no object"),
        ("entry 2", "it names no message"),
        ("entry 3", "a status that is not known"),
        ("entry 4", "a status that is not known"),
    ]


def test_solapi_is_known_by_the_digest_of_its_secret() -> None:
    """The header is the SHA-1 of the secret; without a secret nothing is compared."""
    body = json.dumps([SOLAPI])
    header = "CD7BEEF72AA8E3C9FE2D7DFC0D1B4EDA0EF6A2C5"
    right = hashlib.sha1(b"s3cret").hexdigest()

    batch = read_solapi_reports(body, received_at=NOW, secret_header=right, secret="s3cret")
    assert kinds(batch) == ["delivered"]
    with pytest.raises(UntrustedReportError, match="solapi: X-Solapi-Secret does not fit"):
        read_solapi_reports(body, received_at=NOW, secret_header=header, secret="s3cret")


# NHN Cloud

HOOK: dict[str, Any] = {
    "hookId": "H1",
    "requestId": "20261102120000ABC",
    "recipientSeq": 1,
    "receiveDate": "2026-11-02T12:00:04",
    "recipientNo": "01012345678",
    "messageStatus": "COMPLETED",
    "recipientGroupingKey": "5b1f",
    "resultCode": "1000",
}
OPT_OUT = {
    "hookId": "H2",
    "recipientNo": "010-1234-5678",
    "unsubscribeNo": "08012341234",
    "createdDateTime": "2026-11-02T12:00:00.000+09:00",
}


def nhncloud(*hooks: Any, event: str = "MESSAGE_RESULT_UPDATE", **given: str) -> ReportBatch:
    """Read a request of NHN Cloud."""
    body = json.dumps({"hooksId": "X", "event": event, "hooks": hooks})
    return read_nhncloud_reports(body, received_at=NOW, **given)


def test_a_hook_of_nhn_cloud_is_a_report() -> None:
    """What has no zone is a clock of Korea."""
    (found,) = nhncloud(HOOK).reports

    assert found == DeliveryReport(
        source="nhncloud",
        report_id="H1",
        kind=ReportKind.DELIVERED,
        at=datetime(2026, 11, 2, 3, 0, 4, tzinfo=UTC),
        message_key="5b1f",
        provider_id="20261102120000ABC/1",
        address_field="phone",
        address="+821012345678",
        words="1000 COMPLETED",
    )


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({"messageStatus": "SENDING", "resultCode": ""}, "accepted"),
        ({"messageStatus": "FAILED", "resultCode": "3003"}, "hard_bounce"),
        ({"messageStatus": "FAILED", "resultCode": "2003"}, "soft_bounce"),
        ({"messageStatus": "FAILED", "resultCode": "3012"}, "failed"),
        ({"messageStatus": None, "resultCode": "MRC01"}, "delivered"),
        ({"messageStatus": None, "resultCode": "MRC02"}, "failed"),
    ],
)
def test_what_a_code_of_nhn_cloud_says(changes: dict[str, str], verdict: str) -> None:
    """A phone that is off may be on tomorrow; a number without a subscriber will not."""
    assert kinds(nhncloud(HOOK | changes)) == [verdict]


def test_who_calls_the_080_number_opts_out() -> None:
    """The number is all that is told, and enough."""
    (found,) = nhncloud(OPT_OUT, event="UNSUBSCRIBE").reports

    assert (found.kind, found.address) == ("opted_out", "+821012345678")
    assert found.at == datetime(2026, 11, 2, 3, tzinfo=UTC)


def test_what_of_nhn_cloud_is_set_aside() -> None:
    """Hooks that name nobody, and events about other things, are no reports."""
    nameless = {"recipientNo": ""}

    assert reasons(nhncloud(nameless, event="UNSUBSCRIBE")) == [("entry 1", "it names no number")]
    assert reasons(nhncloud({"resultCode": "1000"})) == [("entry 1", "it names no message")]
    assert reasons(nhncloud(HOOK | {"resultCode": "", "messageStatus": "FAILED"})) == [
        ("entry 1", "a status that is not known")
    ]
    assert reasons(nhncloud(HOOK, event="CONVERSION_BLOCK")) == [
        ("the request", "an event that is not about messages")
    ]


def test_a_hook_without_date_or_name_happened_when_it_came() -> None:
    """A date that cannot be read or is in the future is that of the receipt."""
    for date in ("", "soon", "2099-01-01T00:00:00"):
        (found,) = nhncloud({**HOOK, "hookId": None, "receiveDate": date}).reports
        assert found.at == NOW
        assert len(found.report_id) == 32


def test_nhn_cloud_is_known_by_its_signature() -> None:
    """The header is what was entered with the webhook."""
    assert kinds(nhncloud(HOOK, signature="s3cret", secret="s3cret")) == ["delivered"]
    with pytest.raises(UntrustedReportError, match="nhncloud: X-Toast-Webhook-Signature is"):
        nhncloud(HOOK, signature="s3creT", secret="s3cret")


# all


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff", b"[" * 100_000, b"5", b"null", b'{"hooks": 5}']
)
def test_a_body_that_is_no_json_is_set_aside(body: bytes) -> None:
    """A request that cannot be read raises nothing: it would only come again."""
    for read in (read_solapi_reports, read_nhncloud_reports):
        batch = read(body, received_at=NOW)
        assert batch.reports == ()
        assert batch.set_aside[0].where == "the request"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*HOOK, *OPT_OUT, *SOLAPI, *SOLAPI["data"], "event", "hooks", "key"]),
            inner,
            max_size=6,
        )
    ),
    max_leaves=20,
)


@given(JSON)
def test_no_json_breaks_the_reading(value: Any) -> None:
    """Whatever kinds stand where texts are expected, entries are read or set aside."""
    body = json.dumps([value])
    read_solapi_reports(body, received_at=NOW)
    for event in ("UNSUBSCRIBE", "MESSAGE_RESULT_UPDATE"):
        read_nhncloud_reports(json.dumps({"event": event, "hooks": [value]}), received_at=NOW)


def test_a_report_says_what_it_is_about() -> None:
    """A report needs a message or an address, an address its field, and a moment its zone."""
    given: dict[str, Any] = {"source": "x", "report_id": "1", "kind": "failed", "at": NOW}
    with pytest.raises(ValueError, match="needs a message_key, a provider_id or an address"):
        DeliveryReport(**given)
    with pytest.raises(ValueError, match="both or neither"):
        DeliveryReport(**given, address="a@example.com")
    with pytest.raises(ValueError, match="aware"):
        DeliveryReport(**given | {"at": NOW.replace(tzinfo=None)}, message_key="k")
    assert NOW - timedelta(0) == DeliveryReport(**given, message_key="k").at
