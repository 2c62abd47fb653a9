"""Solapi, NHN Cloud and SENS: what goes on the wire, and what each answer means."""

from typing import Any

import attrs
import pytest
from http_servers import FakeServer, RefusedError, Request, Response
from messages_by_hand import make_message
from providers_by_hand import PROVIDERS, SENDER_KEY, TEMPLATE
from strict_korean_providers import (
    FROM,
    SENS_SERVICE,
    StrictNhnKakao,
    StrictNhnSms,
    StrictSens,
    StrictSolapi,
)
from strict_providers import KEY, SECRET

from crmlib.channels import (
    NhnCloudAlimtalkChannel,
    NhnCloudBrandChannel,
    NhnCloudChannel,
    SensChannel,
    SolapiAlimtalkChannel,
    SolapiBrandChannel,
    SolapiChannel,
)
from crmlib.exceptions import InvalidParameterError, UnsupportedFeatureError
from crmlib.messages import Button, Message, Outcome, Purpose, Sender

BY_NAME = {provider.name: provider for provider in PROVIDERS}
LONG = "가" * 46


def text(number: str = "+821012345678", body: str = "안녕하세요", **changes: Any) -> Message:
    """Make a text message."""
    return make_message(**({"address": number, "body": body, "subject": None} | changes))


def outcomes_of(receipts: Any) -> list[str]:
    """Give the outcomes as texts."""
    return [str(receipt.outcome) for receipt in receipts]


def test_solapi_types_and_numbers() -> None:
    """90 bytes are an SMS, 92 or a subject an LMS, a picture makes an MMS; countries are split."""
    with FakeServer(StrictSolapi()) as server:
        with SolapiChannel(KEY, SECRET, FROM, base_url=server.url) as channel:
            channel.send(
                [
                    text(body="가" * 45, key="a"),
                    text(body=LONG, key="b"),
                    text(subject="제목", key="c"),
                    text("+12125552368", key="d"),
                ]
            )
        with SolapiChannel(
            KEY, SECRET, FROM, image_id="FL01", base_url=server.url
        ) as with_picture:
            with_picture.send([text()])
        first, second = (request.json["messages"] for request in server.accepted)

    assert [row["type"] for row in first] == ["SMS", "LMS", "LMS", "SMS"]
    assert [(row["country"], row["to"]) for row in first[::3]] == [
        ("82", "01012345678"),
        ("1", "2125552368"),
    ]
    assert [(row["type"], row["imageId"]) for row in second] == [("MMS", "FL01")]


def test_solapi_codes_decide_each_message() -> None:
    """Each message has the outcome of its own code; what the answer leaves out is unknown."""
    codes = {
        "5678": "accepted",
        "1026": "rejected",
        "1029": "rejected",
        "1061": "rejected",
        "1030": "retry",
        "1062": "retry",
        "7777": "unknown",
        "0000": "unknown",
    }
    with (
        FakeServer(StrictSolapi()) as server,
        SolapiChannel(KEY, SECRET, FROM, base_url=server.url) as channel,
    ):
        receipts = channel.send([text(f"+82101234{code}", key=f"k{code}") for code in codes])

    assert outcomes_of(receipts) == list(codes.values())
    assert receipts[1].provider_id == "M4V1"
    assert receipts[1].detail == "HTTP 200: 1026 말 …"
    assert receipts[-1].detail == "HTTP 200: the answer does not name this message"


def test_solapi_may_answer_by_number_alone() -> None:
    """An answer that names no message accepts all if it counts all, and none if it does not."""

    def count_only(total: int) -> Any:
        count = {"total": total, "registeredSuccess": total}
        return Response(200, {"groupInfo": {"groupId": "G1", "count": count}})

    for total, outcome in ((2, "accepted"), (1, "unknown")):
        with (
            FakeServer(lambda _, total=total: count_only(total)) as server,
            SolapiChannel(KEY, SECRET, FROM, base_url=server.url) as channel,
        ):
            receipts = channel.send([text(key="a"), text("+821012340001", key="b")])

        assert outcomes_of(receipts) == [outcome] * 2
        assert [receipt.provider_id for receipt in receipts] == [
            "G1" if outcome == "accepted" else None
        ] * 2


class _Choosy(StrictSolapi):
    """Refuses a request whole if one number is the one it does not like."""

    def _check(self, message: Any) -> None:
        if message["to"].endswith("6666"):
            raise RefusedError(400, {"errorCode": "ValidationError", "errorMessage": "to"})
        super()._check(message)


def test_one_row_that_is_refused_costs_the_others_nothing() -> None:
    """A request refused whole is sent in halves until the bad row is alone."""
    numbers = [f"+82101234{ending:04d}" for ending in (1, 2, 3, 4, 5, 6666, 7, 8)]
    with (
        FakeServer(_Choosy()) as server,
        SolapiChannel(KEY, SECRET, FROM, base_url=server.url) as channel,
    ):
        receipts = channel.send([text(each, key=each) for each in numbers])
        sent = [row["to"] for request in server.accepted for row in request.json["messages"]]

    assert outcomes_of(receipts) == ["accepted"] * 5 + ["rejected"] + ["accepted"] * 2
    assert sorted(sent) == sorted(f"0{each[3:]}" for each in numbers if "6666" not in each)
    assert len(server.requests) == 7


def test_a_door_that_closes_between_the_halves() -> None:
    """When the provider has enough after the first half, the second waits."""
    busy = Response(429, {}, {"Retry-After": "9"})
    refused = Response(400, {"errorCode": "ValidationError"})
    with (
        FakeServer(StrictSolapi(), refused, busy) as server,
        SolapiChannel(KEY, SECRET, FROM, base_url=server.url) as channel,
    ):
        receipts = channel.send([text(key="a"), text(key="b")])

    assert outcomes_of(receipts) == ["retry"] * 2
    assert [receipt.key for receipt in receipts] == ["a", "b"]
    assert len(server.requests) == 2


def test_solapi_kakao_bodies() -> None:
    """Alimtalk goes by code and variables, a brand message by its text and button."""
    button = Button(label="보기", url="https://shop.example/")
    with FakeServer(StrictSolapi()) as server:
        with SolapiAlimtalkChannel(KEY, SECRET, "PF", FROM, base_url=server.url) as alimtalk:
            message = text(registered_template=TEMPLATE, purpose=Purpose.INFORMATIONAL)
            alimtalk.send([message])
            with pytest.raises(UnsupportedFeatureError, match="not registered"):
                alimtalk.send([text(purpose=Purpose.INFORMATIONAL)])
        with SolapiBrandChannel(
            KEY, SECRET, "PF", FROM, targeting="M", base_url=server.url
        ) as brand:
            brand.send([text(button=button)])
            with pytest.raises(UnsupportedFeatureError, match="informational messages"):
                brand.send([text(purpose=Purpose.INFORMATIONAL)])
        first, second = (request.json["messages"][0] for request in server.accepted)

    assert first["kakaoOptions"] == {
        "pfId": "PF",
        "templateId": "welcome",
        "variables": {"#{name}": "Mina"},
        "disableSms": True,
    }
    assert "text" not in first
    assert second["kakaoOptions"]["bms"] == {
        "targeting": "M",
        "chatBubbleType": "TEXT",
        "buttons": [{"linkType": "WL", "name": "보기", "linkMobile": "https://shop.example/"}],
    }


def test_nhn_texts_go_by_kind_and_text() -> None:
    """One text to many is one request, and advertisements go by their own address."""
    ad = {"body": f"(광고) {LONG} 무료수신거부 0801234567"}
    messages = [
        text("+821012340001", key="a", purpose=Purpose.INFORMATIONAL),
        text("+821012340002", key="b", purpose=Purpose.INFORMATIONAL),
        text("+821012340003", key="c", **ad),
        text("+12125552368", key="d", purpose=Purpose.INFORMATIONAL),
        text("+821012340004", key="e", body="(광고) 무료수신거부 0801234567"),
        text("+821012340005", key="f", purpose=Purpose.INFORMATIONAL, subject="알림"),
    ]
    with (
        FakeServer(StrictNhnSms()) as server,
        NhnCloudChannel(KEY, SECRET, FROM, connections=2, base_url=server.url) as channel,
    ):
        receipts = channel.send(messages)
        kinds = {
            request.path.rpartition("/")[2]: len(request.json["recipientList"])
            for request in server.accepted
        }

    assert outcomes_of(receipts) == ["accepted"] * 3 + ["rejected"] + ["accepted"] * 2
    assert [receipt.key for receipt in receipts] == list("abcdef")
    assert "Korean numbers only" in str(receipts[3].detail)
    assert receipts[1].provider_id in {"R1/2", "R2/2"}  # two connections, in either order
    assert sorted(kinds.items()) == [("ad-mms", 1), ("ad-sms", 1), ("mms", 1), ("sms", 2)]


def test_nhn_codes_decide() -> None:
    """What NHN Cloud refuses by code is rejected or, if it is about the account, tried again."""
    informational = {"purpose": Purpose.INFORMATIONAL}
    with (
        FakeServer(StrictNhnSms()) as server,
        NhnCloudChannel(KEY, SECRET, FROM, base_url=server.url) as channel,
        NhnCloudChannel(KEY, "wrong", FROM, base_url=server.url) as stranger,
    ):
        receipts = channel.send(
            [
                text("+821012346001", key="a", **informational),
                text("+821012342052", key="b", **informational),
                text("+821012340000", key="c", **informational),
                text("+821012340001", key="d", **informational),
                text("+821012340002", key="e", body="할인"),
            ]
        )
        (refused,) = stranger.send([text(**informational)])

    assert outcomes_of(receipts) == ["rejected", "retry", "unknown", "accepted", "rejected"]
    assert receipts[0].detail == "HTTP 200: -6001 to …"
    assert receipts[4].detail == "HTTP 200: -6003 no label"
    assert refused.outcome is Outcome.RETRY
    assert refused.detail == "HTTP 200: -1001 Invalid secretKey"


def test_nhn_alimtalk_is_not_taken_twice() -> None:
    """The same key within ten minutes is refused by NHN Cloud, and waits until it is forgotten."""
    message = text(purpose=Purpose.INFORMATIONAL, registered_template=TEMPLATE)
    with (
        FakeServer(StrictNhnKakao()) as server,
        NhnCloudAlimtalkChannel(KEY, SECRET, SENDER_KEY, base_url=server.url) as channel,
    ):
        (first,), (second,) = channel.send([message]), channel.send([message])

    assert first.outcome is Outcome.ACCEPTED
    assert second.outcome is Outcome.RETRY
    assert second.retry_after_seconds == channel.capabilities.idempotency_seconds == 600
    assert server.accepted[0].json["recipientList"][0]["templateParameter"] == {"name": "Mina"}


def test_nhn_brand_messages_name_the_number_to_opt_out() -> None:
    """The sender's free number goes along, and a button leads where it should."""
    sender = Sender(name="Shop", email="shop@example.org", opt_out_phone="0801234567")
    button = Button(label="보기", url="https://shop.example/")
    with (
        FakeServer(StrictNhnKakao()) as server,
        NhnCloudBrandChannel(
            KEY, SECRET, SENDER_KEY, connections=1, base_url=server.url
        ) as channel,
    ):
        message = attrs.evolve(text(button=button), sender=sender)
        receipts = channel.send([message, text(key="b")])
        first, second = (request.json for request in server.accepted)

    assert outcomes_of(receipts) == ["accepted"] * 2
    assert first["unsubscribeNo"] == "0801234567"
    assert first["buttons"] == [{"name": "보기", "type": "WL", "linkMo": "https://shop.example/"}]
    assert "unsubscribeNo" not in second


def test_sens_groups_by_kind_and_halves_what_is_refused() -> None:
    """SMS, LMS and advertisements go in requests of their own; one bad number is found."""
    messages = [
        text("+821012340001", key="a"),
        text("+821012340400", key="b"),
        text("+821012340002", key="c", body=LONG),
        text("+821012340003", key="d", subject="제목"),
        text("+821012340004", key="e", purpose=Purpose.INFORMATIONAL),
        text("+12125552368", key="f"),
    ]
    with (
        FakeServer(StrictSens()) as server,
        SensChannel(KEY, SECRET, SENS_SERVICE, FROM, base_url=server.url) as channel,
    ):
        receipts = channel.send(messages)
        bodies = [request.json for request in server.accepted]

    assert outcomes_of(receipts) == [
        *("accepted", "rejected", "accepted", "accepted", "accepted", "rejected")
    ]
    assert [(body["type"], body["contentType"]) for body in bodies] == [
        ("SMS", "AD"),
        ("LMS", "AD"),
        ("SMS", "COMM"),
    ]
    assert bodies[1]["messages"][1] == {
        "to": "01012340003",
        "content": "안녕하세요",
        "subject": "제목",
    }
    assert receipts[0].provider_id == "VMS-1"


def test_sens_says_who_is_not_let_in() -> None:
    """A wrong secret is a fault of the settings, named in the words of SENS."""
    with (
        FakeServer(StrictSens()) as server,
        SensChannel(KEY, "wrong", SENS_SERVICE, FROM, base_url=server.url) as channel,
    ):
        (receipt,) = channel.send([text()])

    assert receipt.outcome is Outcome.RETRY
    assert "Authentication Failed" in str(receipt.detail)


@pytest.mark.parametrize("name", ["solapi", "nhncloud", "sens"])
@pytest.mark.parametrize(
    ("body", "problem"),
    [("가" * 1001, "is 2,002 bytes"), ("50% — 할인 😀", "which no Korean text message can carry")],
    ids=["too long", "emoji"],
)
def test_texts_that_would_be_cut_or_spoilt_do_not_leave(
    name: str, body: str, problem: str
) -> None:
    """A text over the limit or with characters that turn to question marks is refused here."""
    with (
        BY_NAME[name].server() as server,
        BY_NAME[name].make(server) as channel,
        pytest.raises(UnsupportedFeatureError, match=problem),
    ):
        channel.send([text(body=body)])

    assert server.requests == []


@pytest.mark.parametrize("provider", PROVIDERS[:7], ids=lambda each: each.name)
def test_an_address_that_is_none_is_rejected_here(provider: Any) -> None:
    """What is no number in E.164 leaves no bytes, and is not repeated."""
    with provider.server() as server, provider.make(server) as channel:
        (receipt,) = channel.send([provider.message(address="010-canary")])
        (abroad,) = channel.send([provider.message(address="+9991234567")])

    assert receipt.outcome is abroad.outcome is Outcome.REJECTED
    assert "canary" not in str(receipt.detail)
    assert server.requests == []


@pytest.mark.parametrize(
    ("kind", "settings", "message"),
    [
        (SolapiChannel, (KEY, SECRET, "shop"), "from_number must be a number such as"),
        (SolapiBrandChannel, (KEY, SECRET, "PF", FROM, "X"), "targeting must be one of"),
        (NhnCloudChannel, ("canary/../", SECRET, FROM), "app_key must be letters"),
        (SensChannel, (KEY, SECRET, "a/b", FROM), "service_id must be such as"),
        (SensChannel, ("", SECRET, SENS_SERVICE, FROM), "access_key must be a text"),
    ],
    ids=["from", "targeting", "app key", "service", "no key"],
)
def test_settings_that_cannot_be(kind: Any, settings: tuple[str, ...], message: str) -> None:
    """A wrong setting is named with what would do."""
    more = {"targeting": settings[-1]} if len(settings) == 5 else {}
    with pytest.raises(InvalidParameterError, match=message) as caught:
        kind(*settings[:4], **more)

    assert "canary" not in str(caught.value)


def test_requests_are_signed_anew() -> None:
    """The same message twice has two signatures, as Solapi asks for."""
    with (
        FakeServer(StrictSolapi()) as server,
        SolapiChannel(KEY, SECRET, FROM, base_url=server.url) as channel,
    ):
        channel.send([text()])
        channel.send([text()])
        again: list[Request] = server.accepted

        with pytest.raises(RefusedError, match="DuplicatedSignature"):
            server._answer(again[0])

    assert len({request.headers["authorization"] for request in again}) == 2
