"""Providers that answer a question with other people's messages, or with nonsense."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import attrs
import pytest
from http_servers import FakeServer, Request, Response
from hypothesis import given, settings
from hypothesis import strategies as st
from providers_by_hand import PROVIDERS, Provider

from crmlib.messages import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from crmlib.messages import DeliveryReceipt

NOW = datetime.now(UTC)
JUST_NOW = NOW - timedelta(minutes=1)
ASKED = {
    provider.name: provider for provider in PROVIDERS if provider.name not in {"slack", "fcm"}
}
BY_TEXT = [name for name in ASKED if name.startswith(("sens", "twilio"))]
STATUS_FIELDS = {"statusCode", "msgStatus", "messageStatus", "statusName", "status"}
ACCEPTED = {"solapi": "4000", "nhncloud": "3", "sens": "success", "twilio": "delivered"}
FAILED = {"solapi": "3104", "nhncloud": "0", "sens": "fail", "twilio": "failed"}

each_provider = pytest.mark.parametrize("name", ASKED)
by_text = pytest.mark.parametrize("name", BY_TEXT)


def change(value: Any, fields: dict[str, Any]) -> Any:
    """Give *value* with other values in the fields called so, wherever they are."""
    if isinstance(value, list):
        return [change(each, fields) for each in value]
    if not isinstance(value, dict):
        return value
    return {name: fields.get(name, change(each, fields)) for name, each in value.items()}


def repeat(value: Any, *changes: dict[str, Any]) -> Any:
    """Give *value* with each record in it once for each of *changes*."""
    if isinstance(value, list):
        return [change(each, fields) for fields in changes for each in value]
    if not isinstance(value, dict):
        return value
    if "M4V0" in value:  # Solapi lists an object
        return {
            f"M4V{number}": change(value["M4V0"], fields) for number, fields in enumerate(changes)
        }
    return {name: repeat(each, *changes) for name, each in value.items()}


def ask(name: str, bend: Callable[[Response], Response]) -> DeliveryReceipt:
    """Send a message by a provider that bends what it answers to questions; ask for it."""
    provider: Provider = ASKED[name]
    strict = provider.answer()

    def answer(request: Request) -> Response:
        response: Response = strict(request)
        return bend(response) if request.method == "GET" else response

    with FakeServer(answer) as server, provider.make(server) as channel:
        message = provider.message()
        assert channel.send([message])[0].outcome is Outcome.ACCEPTED
        (receipt,) = channel.look_up([message], since=JUST_NOW)
    assert receipt.key == message.key
    return receipt


def with_fields(**fields: Any) -> Callable[[Response], Response]:
    """Bend the fields of an answer."""
    return lambda response: attrs.evolve(response, body=change(response.body, fields))


def with_records(*changes: dict[str, Any]) -> Callable[[Response], Response]:
    """Bend an answer: each record in it comes once for each of *changes*."""
    return lambda response: attrs.evolve(response, body=repeat(response.body, *changes))


def korean(moment: datetime) -> str:
    """Write an instant as SENS does."""
    return f"{moment + timedelta(hours=9):%Y-%m-%d %H:%M:%S}"


@each_provider
def test_what_is_true_is_believed(name: str) -> None:
    """Without a lie the message is found, however its number is written."""
    written = {} if name.startswith("twilio") else {"to": "+82 10-1234-5678"}
    receipt = ask(name, with_fields(**written, recipientNo=written.get("to", "")))

    assert receipt.outcome is Outcome.ACCEPTED
    assert receipt.provider_id


@each_provider
@pytest.mark.parametrize(
    "fields",
    [
        {"to": "01099998888", "recipientNo": "01099998888"},
        {"to": "+15551234567", "recipientNo": "+15551234567"},
        {"to": None, "recipientNo": ["01012345678"]},
        {
            "key": "other",
            "recipientGroupingKey": "other",
            "body": "Else",
            "content": "Else",
        },
        {"customFields": [], "recipientGroupingKey": {}, "body": None, "content": []},
    ],
    ids=["number", "country", "no-number", "message", "no-message"],
)
def test_a_message_of_others_settles_nothing(name: str, fields: dict[str, Any]) -> None:
    """A record to another number, or of another text or key, is not ours."""
    hidden = {"isSuccessful": True} | fields
    if name == "solapi" or name.startswith("nhncloud"):
        hidden.pop("body", None)  # there it is no text of a message

    assert ask(name, with_fields(**hidden)).outcome is Outcome.UNKNOWN


@by_text
@pytest.mark.parametrize(
    "moment",
    [
        NOW - timedelta(days=7),
        NOW - timedelta(minutes=7),
        NOW - timedelta(hours=9),
        NOW + timedelta(hours=9),
        NOW + timedelta(days=7),
    ],
    ids=["last week", "before", "west", "east", "next week"],
)
def test_the_same_text_at_another_time_is_another_message(name: str, moment: datetime) -> None:
    """A provider that lists other times than it was asked for, or tells them in another zone."""
    times = {"date_created": format_datetime(moment), "requestTime": korean(moment)}

    assert ask(name, with_fields(**times)).outcome is Outcome.UNKNOWN


@by_text
@pytest.mark.parametrize("moment", [None, "0000-00-00 00:00:00", 5])
def test_a_record_without_its_time_settles_nothing(name: str, moment: Any) -> None:
    """Who does not say when it was, or not readably, may speak of another message."""
    fields = {"date_created": moment, "requestTime": moment}

    assert ask(name, with_fields(**fields)).outcome is Outcome.UNKNOWN


@each_provider
@pytest.mark.parametrize("status", [400, 404, 500])
def test_an_answer_that_is_no_yes_settles_nothing(name: str, status: int) -> None:
    """The right record in an answer that says that it is an error."""
    receipt = ask(name, lambda response: attrs.evolve(response, status=status))

    assert receipt.outcome is Outcome.UNKNOWN


def test_a_no_of_nhn_cloud_settles_nothing() -> None:
    """It answers a refusal with 200, too."""
    for name in ("nhncloud", "nhncloud-alimtalk", "nhncloud-brand"):
        for said in (False, None, "true", 1):
            assert ask(name, with_fields(isSuccessful=said)).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("name", [name for name in ASKED if name != "sens"])
@pytest.mark.parametrize("status", [None, {}])
def test_a_status_that_is_none_settles_nothing(name: str, status: Any) -> None:
    """A record of ours that does not say what became of it."""
    fields = dict.fromkeys(STATUS_FIELDS, status)

    assert ask(name, with_fields(**fields)).outcome is Outcome.UNKNOWN


@each_provider
def test_one_record_many_times_is_one(name: str) -> None:
    """The same record three times settles the message, by its id."""
    once = ask(name, with_fields())
    thrice = ask(
        name, lambda response: attrs.evolve(response, body=repeat(response.body, *[{}] * 3))
    )

    assert thrice == once


@each_provider
@pytest.mark.parametrize("order", [1, -1], ids=["taken first", "failed first"])
def test_a_failure_beside_a_message_that_was_taken(name: str, order: int) -> None:
    """Under our key the one that was taken counts; by the text alone nobody knows which it is."""
    kind = name.partition("-")[0]
    states = [dict.fromkeys(STATUS_FIELDS, words[kind]) for words in (ACCEPTED, FAILED)][::order]
    receipt = ask(
        name, lambda response: attrs.evolve(response, body=repeat(response.body, *states))
    )

    assert receipt.outcome is (Outcome.UNKNOWN if name in BY_TEXT else Outcome.ACCEPTED)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=12,
)
NAMES = st.sampled_from(
    [
        "messages", "messageList", "body", "data", "header", "messageSearchResultResponse",
        "customFields", "key", "to", "recipientNo", "statusCode", "status", "messageId", "sid",
        "recipientGroupingKey", "requestTime", "date_created", "content", "isSuccessful",
    ]
)  # fmt: skip
SHAPED = st.recursive(
    JSON, lambda inner: st.dictionaries(NAMES, inner | st.lists(inner, max_size=3), max_size=6)
)


@settings(max_examples=10, deadline=None)
@given(answer=SHAPED)
def test_nonsense_settles_nothing_and_breaks_nothing(answer: Any) -> None:
    """Whatever JSON comes in place of a record, the message stays unknown."""
    octets = json.dumps(answer).encode()
    for name, provider in ASKED.items():
        message = provider.message()
        with (
            FakeServer(lambda _, octets=octets: Response(200, octets)) as server,
            provider.make(server) as channel,
        ):
            (receipt,) = channel.look_up([message], since=JUST_NOW)

        assert receipt.outcome is Outcome.UNKNOWN, name


@each_provider
@pytest.mark.parametrize(
    "octets",
    [
        b"[" * 100_000,
        b'{"messages": [' + b'{"to": "+821012345678"},' * 200_000 + b"{}]}",
        b'{"messages": ' + b"9" * 10_000 + b"}",
        b"\xff\xfe{}",
        '{"messages": [{"sid": "\ud800"}]}'.encode("utf-16", "surrogatepass"),
    ],
    ids=["deep", "five megabytes", "long number", "bytes", "utf-16"],
)
def test_a_body_that_is_too_much_settles_nothing(name: str, octets: bytes) -> None:
    """Deep, huge or strange bodies are an answer that tells nothing."""
    assert ask(name, lambda _: Response(200, octets)).outcome is Outcome.UNKNOWN
