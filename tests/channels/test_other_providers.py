"""Twilio, Slack, Firebase and apprise: what goes on the wire, and what each answer means."""

import json
import logging
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from http_servers import FakeServer, RefusedError, Request, Response
from messages_by_hand import make_message
from providers_by_hand import PROVIDERS, FcmServer, service_account
from strict_providers import SECRET, SID, StrictTwilio, strict_slack

from crmlib.channels import (
    AppriseChannel,
    FcmChannel,
    SlackChannel,
    TwilioChannel,
    TwilioWhatsAppChannel,
)
from crmlib.channels._google_tokens import GoogleTokens
from crmlib.exceptions import InvalidParameterError, MissingExtraError, UnsupportedFeatureError
from crmlib.messages import Button, Message, Outcome
from crmlib.testing import channel_checks

BY_NAME = {provider.name: provider for provider in PROVIDERS}
JUST_NOW = datetime.now(UTC) - timedelta(minutes=1)
BUTTON = Button(label="Look", url="https://shop.example/?a=1&b=2")


def message_to(address: str, **changes: Any) -> Message:
    """Make a message without a subject."""
    return make_message(**({"address": address, "subject": None} | changes))


def outcomes_of(receipts: Any) -> list[str]:
    """Give the outcomes as texts."""
    return [str(receipt.outcome) for receipt in receipts]


def twilio(server: FakeServer, **settings: Any) -> TwilioChannel:
    """Make a channel of one connection."""
    settings = {"from_number": "+15005550006", "connections": 1} | settings
    return TwilioChannel(SID, SECRET, base_url=server.url, **settings)


def test_twilio_codes_decide_each_message() -> None:
    """What Twilio refuses is rejected with its code, and too many requests end the batch."""
    numbers = [f"+1500555{ending}" for ending in ("0001", "1211", "1610", "1614", "0429", "0002")]
    with FakeServer(StrictTwilio()) as server, twilio(server) as channel:
        receipts = channel.send([message_to(each, key=each) for each in numbers])

    assert outcomes_of(receipts) == ["accepted", *["rejected"] * 3, *["retry"] * 2]
    assert receipts[0].provider_id == "SM" + "0" * 32
    assert receipts[1].detail == ("HTTP 400: 21211 The 'To' number … is not a valid phone number.")
    assert len(server.requests) == 5


def test_twilio_by_messaging_service() -> None:
    """A messaging service takes the place of a number, and reports go where they should."""
    service = "MG" + "1" * 32
    answer = StrictTwilio(sender=("MessagingServiceSid", service))
    settings = {"from_number": None, "messaging_service_sid": service}
    with (
        FakeServer(answer) as server,
        twilio(server, **settings, status_callback="https://shop.example/r") as channel,
    ):
        (receipt,) = channel.send([message_to("+821012345678", body="50% & 할인 + é")])

    assert receipt.outcome is Outcome.ACCEPTED
    assert server.accepted[0].form == {
        "To": "+821012345678",
        "MessagingServiceSid": service,
        "StatusCallback": "https://shop.example/r",
        "Body": "50% & 할인 + é",
    }


def test_twilio_is_asked_what_became_of_a_message() -> None:
    """A look-up finds the number and the text, and sends nothing."""
    found, failed, other = (
        message_to(number, key=number)
        for number in ("+15005550001", "+15005553003", "+15005550009")
    )
    with FakeServer(StrictTwilio()) as server, twilio(server) as channel:
        channel.send([found, failed])
        receipts = channel.look_up([found, failed, other, message_to("nobody")], since=JUST_NOW)
        methods = [request.method for request in server.requests]

    assert outcomes_of(receipts) == ["accepted", "rejected", "unknown", "rejected"]
    assert receipts[0].provider_id == "SM" + "0" * 32
    assert methods == ["POST", "POST", "GET", "GET", "GET"]


def test_the_same_text_of_last_month_is_another_message() -> None:
    """What Twilio took before the message was claimed is not taken for it."""
    strict = StrictTwilio()
    with FakeServer(strict) as server, twilio(server) as channel:
        strict.now = lambda: JUST_NOW - timedelta(days=30)
        channel.send([message_to("+15005550001")])
        (receipt,) = channel.look_up([message_to("+15005550001")], since=JUST_NOW)

    assert receipt.outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("answer", [b"oops", b"[]", b'{"messages": 1}', b'{"messages": [1]}'])
def test_twilio_that_cannot_say_leaves_it_unknown(answer: bytes) -> None:
    """A look-up that is answered with nonsense settles nothing."""
    with FakeServer(lambda _: Response(200, answer)) as server, twilio(server) as channel:
        (receipt,) = channel.look_up([message_to("+15005550001")], since=JUST_NOW)

    assert receipt.outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(("kind", "most"), [(TwilioChannel, 1530), (TwilioWhatsAppChannel, 1600)])
def test_twilio_takes_1600_characters(kind: type[TwilioChannel], most: int) -> None:
    """What is longer does not leave: a text of ten segments, a chat of 1,600 characters."""
    channel = kind(SID, SECRET, "+15005550006", base_url="http://127.0.0.1:9")
    with channel:
        if kind is TwilioChannel:
            with pytest.raises(UnsupportedFeatureError, match="11 segments"):
                channel.send([message_to("+15005550001", body="x" * (most + 1))])
        else:
            (receipt,) = channel.send([message_to("+15005550001", body="x" * (most + 1))])
            assert receipt.outcome is Outcome.REJECTED


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"account_sid": "AC1"}, "account_sid must be AC and 32 digits"),
        ({"from_number": None}, "from_number and messaging_service_sid must be given one of them"),
        ({"messaging_service_sid": "MG1"}, "must be given one of them, got 'both'"),
        (
            {"from_number": None, "messaging_service_sid": "MG1"},
            "messaging_service_sid must be MG and 32 digits",
        ),
        ({"from_number": "shop.example.org"}, "from_number must be such as"),
    ],
    ids=["sid", "neither", "both", "service", "from"],
)
def test_twilio_settings_that_cannot_be(settings: dict[str, Any], text: str) -> None:
    """A wrong setting is named with what would do."""
    needed = {"account_sid": SID, "auth_token": SECRET, "from_number": "+15005550006"}
    with pytest.raises(InvalidParameterError) as caught:
        TwilioChannel(**(needed | settings))

    assert text in str(caught.value)


def slack(server: FakeServer, token: str = SECRET) -> SlackChannel:
    """Make a channel to *server*."""
    return SlackChannel(token, base_url=f"{server.url}/api")


def test_slack_takes_texts_literally() -> None:
    """Signs that Slack would act upon are written so that they do nothing; buttons are blocks."""
    with FakeServer(strict_slack) as server, slack(server) as channel:
        (receipt,) = channel.send(
            [message_to("U1", body="<!channel> & <https://evil.example|ok>", button=BUTTON)]
        )
        body = server.accepted[0].json

    assert receipt.outcome is Outcome.ACCEPTED
    assert receipt.provider_id == "1503435956.000247"
    assert body["text"] == "&lt;!channel&gt; &amp; &lt;https://evil.example|ok&gt;"
    assert body["blocks"][0]["text"]["type"] == "plain_text"
    assert body["blocks"][1]["elements"][0]["url"] == BUTTON.url


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        ("channel_not_found", Outcome.REJECTED),
        ("missing_scope", Outcome.RETRY),
        ("ratelimited", Outcome.RETRY),
        ("internal_error", Outcome.UNKNOWN),
    ],
)
def test_slack_says_no_with_status_200(error: str, outcome: Outcome) -> None:
    """The word of the error decides; one about the app ends the batch."""
    with FakeServer(strict_slack) as server, slack(server) as channel:
        receipts = channel.send([message_to(f"E-{error}", key="a"), message_to("U1", key="b")])

    assert receipts[0].outcome is outcome
    assert receipts[0].detail == f"HTTP 200: {error}"
    assert len(server.requests) == 1 + (outcome is not Outcome.RETRY)


def test_slack_with_a_wrong_token_and_a_long_text() -> None:
    """A token that is none waits for a better one; a text too long does not leave."""
    with FakeServer(strict_slack) as server, slack(server, "xoxb-wrong") as channel:
        (receipt,) = channel.send([message_to("U1")])
        (long,) = channel.send([message_to("U1", body="x" * 3001)])

    assert (receipt.outcome, receipt.detail) == (Outcome.RETRY, "HTTP 200: invalid_auth")
    assert long.outcome is Outcome.REJECTED
    assert len(server.requests) == 1


def fcm(server: FakeServer, **settings: Any) -> Any:
    """Make a channel to *server*."""
    return BY_NAME["fcm"].make(server, **settings)


def test_fcm_asks_for_one_token_and_sends_with_it() -> None:
    """One token serves many messages over several connections; a tap leads to the button."""
    with FcmServer() as server, fcm(server, connections=4) as channel:
        receipts = channel.send([message_to(f"phone{n}", key=str(n)) for n in range(20)])
        channel.send([message_to("phone", key="k", subject="Hi", button=BUTTON)])
        body = server.accepted[-1].json["message"]

    assert outcomes_of(receipts) == ["accepted"] * 20
    assert server.strict.tokens == 1
    assert body["notification"] == {"title": "Hi", "body": "Good morning"}
    assert body["data"] == {"message_key": "k", "url": BUTTON.url}
    assert body["webpush"] == {"fcm_options": {"link": BUTTON.url}}


@pytest.mark.parametrize(
    ("token", "outcome"),
    [
        ("gone", Outcome.REJECTED),
        ("theirs", Outcome.REJECTED),
        ("odd", Outcome.REJECTED),
        ("quota", Outcome.RETRY),
        ("inner", Outcome.UNKNOWN),
    ],
)
def test_fcm_errors_decide(token: str, outcome: Outcome) -> None:
    """A token that will never do is rejected and does not end the batch; a full quota does."""
    with FcmServer() as server, fcm(server) as channel:
        receipts = channel.send([message_to(token, key="a"), message_to("phone", key="b")])

    assert receipts[0].outcome is outcome
    assert receipts[1].outcome is (Outcome.RETRY if outcome is Outcome.RETRY else Outcome.ACCEPTED)


def test_fcm_token_that_was_withdrawn_is_replaced() -> None:
    """After a 401 the batch waits, and the next one begins with a new token."""
    with FcmServer() as server, fcm(server) as channel:
        channel.send([message_to("phone")])
        server.strict.good.clear()
        (refused,) = channel.send([message_to("phone")])
        (again,) = channel.send([message_to("phone")])

    assert [refused.outcome, again.outcome] == [Outcome.RETRY, Outcome.ACCEPTED]
    assert server.strict.tokens == 2


def test_google_tokens_are_kept_for_their_life() -> None:
    """A token is used until five minutes before its end."""
    path, _ = service_account()
    now = [1_700_000_000.0]
    with FcmServer() as server:
        tokens = GoogleTokens(
            path, f"{server.url}/token", timeout_seconds=5, ca_file=None, clock=lambda: now[0]
        )
        first = tokens.current()
        now[0] += 3298
        kept = tokens.current()
        now[0] += 1
        renewed = tokens.current()
        tokens.close()

    assert first == kept
    assert renewed != first
    assert "canary" not in repr(renewed)


@pytest.mark.parametrize(
    "answer",
    [
        Response(400, {"error": "invalid_grant"}),
        Response(200, b"oops"),
        Response(200, {"access_token": "a\nb", "expires_in": 60}),
        Response(200, {"access_token": "ab", "expires_in": "soon"}),
    ],
    ids=["refused", "no JSON", "no token", "no life"],
)
def test_fcm_without_a_token_sends_nothing(answer: Response) -> None:
    """As long as Google gives no token, all messages wait."""
    with FakeServer(lambda _: answer) as server, fcm(server) as channel:
        receipts = channel.send([message_to("phone", key=key) for key in "ab"])

    assert outcomes_of(receipts) == ["retry"] * 2
    assert "no token from Google" in str(receipts[0].detail)
    assert len(server.requests) == 1


@pytest.mark.parametrize("text", [None, "oops", "{}", '{"client_email": "a", "private_key": "b"}'])
def test_fcm_with_a_file_that_is_no_key(text: str | None, tmp_path: Path) -> None:
    """A file that is missing or holds no key is named, and nothing of it is shown."""
    path = tmp_path / "key.json"
    if text is not None:
        path.write_text(text)
    with FcmChannel("shop-1", path) as channel:
        (receipt,) = channel.send([message_to("phone")])

    assert receipt.outcome is Outcome.RETRY
    assert str(receipt.detail).startswith("service_account_file is no key (")


def test_fcm_takes_four_kilobytes() -> None:
    """A larger message does not leave, and a project is named by its id."""
    with fcm(FakeServerless()) as channel:
        (receipt,) = channel.send([message_to("phone", body="가" * 1400)])

    assert receipt.outcome is Outcome.REJECTED
    assert "more than the 4,096 of a push message" in str(receipt.detail)
    with pytest.raises(InvalidParameterError, match="the id of a Firebase project"):
        FcmChannel("../shop", "key.json")


class FakeServerless:
    """Where nothing is to arrive."""

    url = "http://127.0.0.1:9"


def chat_service(request: Request) -> Response:
    """Take what apprise posts for ``json://``."""
    if request.path == "/lost" or json.loads(request.body)["version"] != "1.0":
        raise RefusedError(500, {})
    return Response(200, {})


def test_apprise_says_yes_or_nothing_certain(caplog: pytest.LogCaptureFixture) -> None:
    """A yes is accepted, a no is unknown, and nothing of it stands in a log."""
    caplog.set_level(logging.DEBUG)
    with FakeServer(chat_service) as server:
        url = f"json://user:canary-password@127.0.0.1:{server.port}/{{address}}"
        with AppriseChannel(url) as channel:
            receipts = channel.send(
                [
                    message_to("100", subject="canary-title", body="canary-body"),
                    message_to("lost"),
                ]
            )

    body = server.accepted[0].json

    assert outcomes_of(receipts) == ["accepted", "unknown"]
    assert (body["title"], body["message"]) == ("canary-title", "canary-body")
    assert [request.path for request in server.requests] == ["/100", "/lost"]
    assert "canary" not in caplog.text + repr(channel) + repr(receipts)


def test_apprise_conforms() -> None:
    """The bridge keeps every promise of the kit."""
    with FakeServer(chat_service) as server:
        url = f"json://127.0.0.1:{server.port}/canary/{{address}}"
        messages = [message_to("100", key=key) for key in "cab"]
        for check in channel_checks(
            lambda: AppriseChannel(url), messages=messages, secrets=["canary"]
        ):
            check()


def test_apprise_leaves_e_mail_as_it_was() -> None:
    """What its plug-ins do to the standard library when they load is undone."""
    program = (
        "from email.charset import CHARSETS; from crmlib.channels import AppriseChannel;"
        "before = CHARSETS['utf-8']; AppriseChannel('json://127.0.0.1/{address}');"
        "print(CHARSETS['utf-8'] == before)"
    )

    answer = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )

    assert answer.stdout.strip() == "True"


@pytest.mark.parametrize("url", ["nonsense://{address}", "json://127.0.0.1/canary", ""])
def test_apprise_addresses_that_cannot_be(url: str) -> None:
    """An address that apprise does not know, or with no place for the customer, is refused."""
    with pytest.raises(InvalidParameterError, match="url must be") as caught:
        AppriseChannel(url)

    assert "canary" not in str(caught.value)


def test_apprise_that_turns_an_address_down(monkeypatch: pytest.MonkeyPatch) -> None:
    """An address that the service cannot have is rejected before anything leaves."""
    channel = AppriseChannel("json://127.0.0.1:9/{address}")
    monkeypatch.setattr("apprise.Apprise.instantiate", lambda _: None)

    (receipt,) = channel.send([message_to("100")])

    assert receipt.outcome is Outcome.REJECTED


@pytest.mark.parametrize(
    ("module", "make", "extra"),
    [
        ("apprise", lambda: AppriseChannel("json://127.0.0.1/{address}"), "apprise"),
        ("joserfc", lambda: FcmChannel("shop-1", "key.json"), "fcm"),
    ],
    ids=["apprise", "fcm"],
)
def test_without_the_extra_the_way_out_is_said(
    module: str, make: Any, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who has not installed the extra learns its name when the channel is made."""
    monkeypatch.setitem(sys.modules, module, None)

    with pytest.raises(MissingExtraError, match=rf"crmlib\[{extra}\]"):
        make()
