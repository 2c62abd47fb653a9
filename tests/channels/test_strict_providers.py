"""All channels over HTTP: what each provider takes and refuses, and when it misbehaves."""

import copy
import json
import logging
import subprocess
import sys
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import attrs
import pytest
from http_servers import (
    CUT,
    GARBAGE,
    HANG_UP,
    SILENT,
    WRONG_JSON,
    FakeServer,
    RefusedError,
    Request,
    Response,
)
from providers_by_hand import PROVIDERS, Provider
from strict_providers import KEY, SECRET, as_bytes

from crmlib.channels import list_channels, load_channel
from crmlib.exceptions import UnsupportedFeatureError
from crmlib.messages import Outcome, Purpose
from crmlib.testing import channel_checks, example_messages

NOW = datetime.now(UTC)
each_provider = pytest.mark.parametrize("provider", PROVIDERS, ids=lambda each: each.name)


def _last(server: FakeServer) -> Request:
    return server.requests[-1]


@each_provider
def test_a_message_is_taken(provider: Provider) -> None:
    """The strict server takes our request as it is, and names the message."""
    with provider.server() as server, provider.make(server) as channel:
        (receipt,) = channel.send([provider.message()])

    assert receipt.outcome is Outcome.ACCEPTED, receipt
    assert receipt.provider_id
    assert len(server.accepted) == 1 + (provider.name == "fcm")


@each_provider
def test_a_wrong_byte_anywhere_is_refused(provider: Provider) -> None:
    """Our request with one byte changed in a key, the path, a login or a field's name is refused.

    Each is shown to a fresh server, which takes the one that was not changed.
    """
    with provider.server() as server, provider.make(server) as channel:
        channel.send([provider.message()])
        ours = _last(server)
        fresh = provider.server if provider.name != "fcm" else (lambda: server)

        assert fresh()._answer(ours).status < 300
        for wrong in _mutations(ours, provider.auth):
            with pytest.raises(RefusedError):
                _taken(fresh(), wrong)


def _taken(server: FakeServer, request: Request) -> None:
    """Ask, and count a 200 that says no as the refusal that it is."""
    response = server._answer(request)
    header = response.body.get("header", {}) if isinstance(response.body, dict) else {}
    if header.get("isSuccessful") is False or response.body.get("ok") is False:
        raise RefusedError(response.status, response.body)


def _mutations(request: Request, auth: tuple[str, ...]) -> Iterator[Request]:
    yield attrs.evolve(request, path=_altered(request.path))
    yield attrs.evolve(request, method="PUT")
    for name in auth:
        value = request.headers[name]
        yield attrs.evolve(request, headers=request.headers | {name: _altered(value)})
    if request.headers["content-type"].startswith("application/json"):
        for place in _key_places(request.json):
            changed = copy.deepcopy(request.json)
            _rename(changed, place)
            yield attrs.evolve(request, body=as_bytes(changed))
    else:
        for field in request.body.split(b"&"):
            yield attrs.evolve(request, body=request.body.replace(field, b"X" + field))


def _altered(text: str) -> str:
    """Change the last letter or digit but one: the last of base64 may hold bits of no meaning."""
    at = len(text) - 3
    return text[:at] + ("1" if text[at] != "1" else "2") + text[at + 1 :]


def _key_places(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield (*place, key)
            yield from _key_places(inner, (*place, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _key_places(inner, (*place, number))


def _rename(value: Any, place: tuple[Any, ...]) -> None:
    *way, key = place
    for step in way:
        value = value[step]
    value[f"{key[:-1]}~"] = value.pop(key)


MISDEEDS: list[tuple[Any, Outcome]] = [
    (CUT, Outcome.UNKNOWN),
    (SILENT, Outcome.UNKNOWN),
    (HANG_UP, Outcome.UNKNOWN),
    (GARBAGE, Outcome.UNKNOWN),
    (WRONG_JSON, Outcome.UNKNOWN),
    (Response(200, [1]), Outcome.UNKNOWN),
    (Response(200, {}), Outcome.UNKNOWN),
    (Response(429, {}, {"Retry-After": "7"}), Outcome.RETRY),
    (Response(500, {}), Outcome.UNKNOWN),
    (Response(502, b"<html>"), Outcome.UNKNOWN),
    (Response(503, {}, {"Retry-After": "7"}), Outcome.RETRY),
    (Response(302, {}, {"Location": "/"}), Outcome.RETRY),
    (Response(401, {}), Outcome.RETRY),
    (Response(400, {}), Outcome.REJECTED),
]


@pytest.mark.parametrize(
    ("misdeed", "outcome"),
    MISDEEDS,
    ids=[
        each if isinstance(each, str) else f"{each.status}-{json.dumps(str(each.body))[:9]}"
        for each, _ in MISDEEDS
    ],
)
def test_each_misdeed_has_its_outcome(misdeed: Any, outcome: Outcome) -> None:
    """However a provider misbehaves, nothing that it may have taken is sent again."""
    for provider in PROVIDERS:
        with (
            provider.server(misdeed) as server,
            provider.make(server, timeout_seconds=0.2 if misdeed == SILENT else 5) as channel,
        ):
            (receipt,) = channel.send([provider.message()])

        assert receipt.outcome is outcome, provider.name
        if isinstance(misdeed, Response) and "Retry-After" in misdeed.headers:
            assert receipt.retry_after_seconds == 7.0


@each_provider
def test_nobody_there_may_be_tried_again(provider: Provider) -> None:
    """Without a connection nothing was taken, and the batch is not tried one by one."""
    with provider.server() as server:
        channel = provider.make(server, timeout_seconds=5)
    with channel:
        receipts = channel.send([provider.message(key=key) for key in "abc"])

    assert [receipt.outcome for receipt in receipts] == [Outcome.RETRY] * 3
    assert [receipt.key for receipt in receipts] == list("abc")


@each_provider
def test_each_keeps_the_promises_of_the_kit(provider: Provider) -> None:
    """Every channel keeps every promise, to its strict server."""
    with provider.server() as server:
        messages = [provider.message(key=f"{9 - number}-k") for number in range(3)]
        make = partial(provider.make, server)
        for check in channel_checks(make, messages=messages, secrets=[SECRET, "canary-token"]):
            if str(check) != "takes_a_full_batch" or not provider.name.startswith("solapi"):
                check()


@each_provider
def test_no_canary_sings(provider: Provider, caplog: pytest.LogCaptureFixture) -> None:
    """Keys, addresses and texts stand in no log, receipt, repr or traceback with variables."""
    caplog.set_level(logging.DEBUG)
    body = provider.fields.get("body", "canary-body 가나다")
    words = [body, provider.address, provider.address.removeprefix("+82"), "Mina-canary"]
    shown = []
    with provider.server(None, CUT, Response(400, {"message": f"{body} {words}"})) as server:
        channel = provider.make(server)
        with channel:
            for _ in range(4):
                message = provider.message(body=body, name="Mina-canary")
                shown += [repr(channel), str(channel), repr(channel.send([message]))]
            if channel.capabilities.look_up:
                shown.append(repr(channel.look_up([message], since=NOW - timedelta(hours=1))))
            if channel.capabilities.schedule_seconds is not None:
                held = channel.schedule([message], at=NOW + timedelta(hours=2))
                shown += [repr(held), repr(channel.cancel(held))]
            shown.append(_traceback_of(provider, channel))
    text = "\n".join([*shown, caplog.text])

    for word in [*words, "canary", KEY, SECRET]:
        assert word not in text


def _traceback_of(provider: Provider, channel: Any) -> str:
    wrong = provider.message(html="<p>canary-html</p>", name="Mina-canary")
    try:
        channel.send([wrong])
    except UnsupportedFeatureError as error:
        told = traceback.TracebackException.from_exception(error, capture_locals=True)
        # the variables of this function are the test's own
        frames = [frame for frame in told.stack if "crmlib" in frame.filename]
        assert frames
        return "\n".join(
            [str(error), *(str(frame.locals) for frame in frames if "tests" not in frame.filename)]
        )
    raise AssertionError("HTML was taken")


def test_all_channels_of_ours_say_what_they_need() -> None:
    """Each channel that is registered loads without its extra, and names it."""
    needs = {
        info.name: dict(load_channel(info.name).extras)
        for info in list_channels()
        if info.package == "crmlib"
    }

    assert needs["smtp"] == {}
    assert needs["fcm"] == {"httpcore2": "fcm", "joserfc": "fcm"}
    assert {name for name in needs if needs[name] == {"httpcore2": "http"}} == {
        provider.name for provider in PROVIDERS
    } - {"fcm"} | {"webhook", "webhook-sms"}


def test_a_channel_costs_nothing_until_it_is_made() -> None:
    """Loading all channels imports no data library, and none that an extra brings."""
    heavy = ("numpy", "pandas", "sklearn", "httpcore2", "joserfc", "apprise", "phonenumbers")
    program = (
        "import sys; from crmlib.channels import list_channels, load_channel\n"
        "ours = [each.name for each in list_channels() if each.package == 'crmlib']\n"
        "assert len(list(map(load_channel, ours))) > 10\n"
        f"print(sorted(set({heavy!r}) & set(sys.modules)))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )

    assert answer.stdout.strip() == "[]"


def test_the_kits_own_messages_fit_each_channel() -> None:
    """Whoever tries one of our channels by the kit gets messages that it can carry."""
    for info in list_channels():
        can = load_channel(info.name).capabilities
        message = example_messages(can, 1)[0]

        assert message.purpose in can.purposes
        assert Purpose.INFORMATIONAL in can.purposes or message.purpose is Purpose.ADVERTISING
