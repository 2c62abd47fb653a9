"""What became of a message that may have been taken: each provider is asked, and sends nothing."""

import copy
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest
from http_servers import CUT, SILENT, FakeServer, RefusedError, Request, Response
from providers_by_hand import PROVIDERS, Provider

from crmlib.exceptions import InvalidParameterError
from crmlib.messages import Outcome

JUST_NOW = datetime.now(UTC) - timedelta(minutes=1)
ASKED = [provider for provider in PROVIDERS if provider.name not in {"slack", "fcm"}]
REFUSED = {"solapi": "3104", "nhncloud": "6001", "sens": "3003", "twilio": "3003"}

each_provider = pytest.mark.parametrize("provider", ASKED, ids=lambda each: each.name)


def _posts(server: FakeServer) -> int:
    return sum(request.method == "POST" for request in server.requests)


@each_provider
def test_asking_settles_a_message_without_an_answer(provider: Provider) -> None:
    """What was taken before the answer broke off is found, under its id, and not sent again."""
    with provider.server(CUT) as server, provider.make(server, timeout_seconds=5) as channel:
        message = provider.message()
        (sent,) = channel.send([message])
        other = provider.message(key="other", body=f"{message.body} 2", address="+821099998888")
        found, missing = channel.look_up([message, other], since=JUST_NOW)

        assert _posts(server) == 1
    assert sent.outcome is missing.outcome is Outcome.UNKNOWN
    assert found.outcome is Outcome.ACCEPTED
    assert found.provider_id
    assert (found.key, missing.key) == (message.key, "other")
    assert "no such message is on record" in str(missing.detail)


def test_texts_to_one_number_are_told_apart() -> None:
    """SENS lists numbers, so each text is asked for until it is the one; one is gone meanwhile."""
    provider = next(each for each in ASKED if each.name == "sens")
    gone = Response(200, {"statusCode": "200", "messages": []})
    with provider.server(None, None, gone) as server, provider.make(server) as channel:
        messages = [provider.message(key=body, body=body) for body in ("one", "two", "three")]
        channel.send(messages)
        (receipt,) = channel.look_up(messages[2:], since=JUST_NOW)

    assert (receipt.outcome, receipt.provider_id) == (Outcome.ACCEPTED, "VMS-1")
    assert len(server.requests) == 5


@each_provider
def test_what_failed_on_its_way_is_rejected(provider: Provider) -> None:
    """The provider's record says that it did not arrive, without the number."""
    ending = REFUSED[provider.name.partition("-")[0]]
    message = provider.message(address=f"+82101234{ending}")
    with provider.server(CUT) as server, provider.make(server, timeout_seconds=5) as channel:
        channel.send([message])
        (receipt,) = channel.look_up([message], since=JUST_NOW)

    assert receipt.outcome is Outcome.REJECTED
    assert f"1234{ending}" not in str(receipt)


@each_provider
def test_what_was_taken_at_another_time_is_another_message(provider: Provider) -> None:
    """The time that is looked at begins with the claim and ends within a month."""
    message = provider.message()
    with provider.server() as server, provider.make(server) as channel:
        channel.send([message])
        (receipt,) = channel.look_up([message], since=JUST_NOW - timedelta(days=40))
        with pytest.raises(InvalidParameterError, match="since must be an aware datetime"):
            channel.look_up([message], since=datetime(2026, 11, 28))  # noqa: DTZ001 -- no zone

    assert receipt.outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    "misdeed",
    [CUT, SILENT, Response(500, {}), Response(200, [1]), Response(429, {}), Response(400, {})],
    ids=["cut", "silent", "500", "nonsense", "429", "400"],
)
def test_who_cannot_say_settles_nothing(misdeed: Any) -> None:
    """Whatever a provider answers in place of its record, the message stays unknown."""
    for provider in ASKED:
        with (
            provider.server(None, misdeed) as server,
            provider.make(server, timeout_seconds=0.3 if misdeed == SILENT else 5) as channel,
        ):
            message = provider.message()
            channel.send([message])
            (receipt,) = channel.look_up([message], since=JUST_NOW)

        assert receipt.outcome is Outcome.UNKNOWN, provider.name


@each_provider
def test_a_closed_door_is_tried_once(provider: Provider) -> None:
    """Who has enough of questions is not asked for the rest of the batch."""
    with provider.server(Response(429, {})) as server, provider.make(server) as channel:
        messages = [provider.message(key=key) for key in "abc"]
        receipts = channel.look_up(messages, since=JUST_NOW)

    assert [receipt.outcome for receipt in receipts] == [Outcome.UNKNOWN] * 3
    assert len(server.requests) == 1


@each_provider
def test_a_question_with_a_wrong_byte_is_refused(provider: Provider) -> None:
    """A strict server refuses our question with another method, login or name of a field."""
    with provider.server() as server, provider.make(server) as channel:
        channel.send([provider.message()])
        before = copy.deepcopy(server._answer)
        channel.look_up([provider.message()], since=JUST_NOW)
        ours = next(request for request in server.accepted if request.method == "GET")

    assert _asked(before, ours).status == 200
    path, _, query = ours.path.partition("?")
    wrong = [attrs.evolve(ours, method="PATCH"), attrs.evolve(ours, path=f"{path[:-2]}~")]
    wrong += [
        attrs.evolve(ours, path=f"{path}?{query.replace(field, f'X{field}')}")
        for field in query.split("&")
    ]
    wrong += [
        attrs.evolve(ours, headers=ours.headers | {name: ours.headers[name][:-3] + "~~~"})
        for name in provider.auth
        if name in ours.headers
    ]
    for request in wrong:
        with pytest.raises(RefusedError):
            _asked(before, request)


def _asked(answer: Any, request: Request) -> Response:
    """Ask a copy, and count a 200 that says no as the refusal that it is."""
    response: Response = copy.deepcopy(answer)(request)
    header = response.body.get("header", {}) if isinstance(response.body, dict) else {}
    if header.get("isSuccessful") is False:
        raise RefusedError(response.status, response.body)
    return response
