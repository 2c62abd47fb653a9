"""Messages that a provider holds until a time, and lets go of."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest
from http_servers import HANG_UP, Request, Response
from providers_by_hand import PROVIDERS, Provider, twilio_channel
from strict_providers import StrictTwilio

from crmlib.channels import MemoryChannel, SmtpChannel
from crmlib.exceptions import InvalidParameterError, UnsupportedFeatureError
from crmlib.messages import Capabilities, DeliveryReceipt, Outcome

SERVICE = "MG" + "1" * 32
BY_NAME = {provider.name: provider for provider in PROVIDERS}
BY_SERVICE = Provider(
    "twilio-service",
    lambda: StrictTwilio(sender=("MessagingServiceSid", SERVICE)),
    lambda server, **more: twilio_channel(
        server, from_number=None, messaging_service_sid=SERVICE, **more
    ),
)
HOLDING = [*PROVIDERS[:7], BY_SERVICE]
each_provider = pytest.mark.parametrize("provider", HOLDING, ids=lambda each: each.name)


def _later(**ahead: int) -> datetime:
    return datetime.now(UTC) + timedelta(**(ahead or {"hours": 2}))


@each_provider
def test_what_is_held_can_be_taken_back_once(provider: Provider) -> None:
    """One of two that are held is let go, the other stays; what was let go is too late then."""
    with provider.server() as server, provider.make(server) as channel:
        messages = [provider.message(), provider.message(key="b", address="+821012345679")]
        held = channel.schedule(messages, at=_later())
        (gone,) = channel.cancel(held[:1])
        (again,) = channel.cancel(held[:1])
        (other,) = channel.cancel(held[1:])

    assert [each.outcome for each in held] == [Outcome.ACCEPTED] * 2
    assert gone.outcome is other.outcome is Outcome.REJECTED
    assert (gone.key, other.key) == (messages[0].key, "b")
    assert str(gone.detail).startswith("taken back")
    assert again.outcome is Outcome.ACCEPTED
    assert str(again.detail).startswith("not taken back")


def _body(request: Request) -> Any:
    return json.loads(request.body)


@pytest.mark.parametrize(
    ("provider", "when"),
    [
        (BY_NAME["solapi"], lambda request: _body(request)["scheduledDate"]),
        (BY_NAME["nhncloud"], lambda request: f"{_body(request)['requestDate']} +0900"),
        (BY_NAME["nhncloud-brand"], lambda request: f"{_body(request)['requestDate']} +0900"),
        (BY_NAME["sens"], lambda request: f"{_body(request)['reserveTime']} +0900"),
        (BY_SERVICE, lambda request: request.form["SendAt"]),
    ],
    ids=["solapi", "nhncloud", "nhncloud-brand", "sens", "twilio"],
)
def test_nothing_is_asked_for_before_its_time(
    provider: Provider, when: Callable[[Request], str]
) -> None:
    """Seconds are kept where a provider knows them, and rounded up to the minute where not."""
    at = _later().replace(second=1, microsecond=0)
    with provider.server() as server, provider.make(server) as channel:
        channel.schedule([provider.message()], at=at.astimezone())
        asked = datetime.fromisoformat(when(server.accepted[0]))

    assert at <= asked <= at + timedelta(seconds=59)


@each_provider
def test_a_time_out_of_reach_does_not_leave(provider: Provider) -> None:
    """Too soon, too late, without a zone, or what it cannot carry: nothing is handed over."""
    with provider.server() as server, provider.make(server) as channel:
        most = timedelta(seconds=channel.capabilities.schedule_seconds[1])
        for at in (_later(seconds=30), _later() + most):
            with pytest.raises(UnsupportedFeatureError, match="cannot hold a message until"):
                channel.schedule([provider.message()], at=at)
        with pytest.raises(InvalidParameterError, match="at must be an aware datetime"):
            channel.schedule([provider.message()], at=datetime(2027, 1, 1))  # noqa: DTZ001 -- no zone
        with pytest.raises(UnsupportedFeatureError, match="HTML"):
            channel.schedule([provider.message(html="<p>")], at=_later())

    assert server.requests == []


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (HANG_UP, Outcome.UNKNOWN),
        (Response(500, {}), Outcome.UNKNOWN),
        (Response(200, {}), Outcome.UNKNOWN),
        (Response(429, {}, {"Retry-After": "7"}), Outcome.RETRY),
        (Response(401, {}), Outcome.RETRY),
        (Response(400, {}), Outcome.ACCEPTED),
    ],
    ids=["hangs-up", "500", "nonsense", "429", "401", "400"],
)
def test_what_became_of_it_if_the_provider_misbehaves(answer: Any, outcome: Outcome) -> None:
    """Only a clear yes takes a message back."""
    for provider in HOLDING:
        with (
            provider.server(None, answer) as server,
            provider.make(server, timeout_seconds=5) as channel,
        ):
            (receipt,) = channel.cancel(channel.schedule([provider.message()], at=_later()))

        assert receipt.outcome is outcome, provider.name
        assert receipt.retry_after_seconds == (7.0 if "429" in str(receipt.detail) else None)


@each_provider
def test_receipts_of_others_are_not_taken_back(provider: Provider) -> None:
    """A receipt that is not accepted comes back; a foreign id is refused, and nothing leaves."""
    refused = DeliveryReceipt(key="a", outcome=Outcome.REJECTED, detail="no number")
    foreign = DeliveryReceipt(key="b", outcome=Outcome.ACCEPTED, provider_id="../../x?")
    with provider.server() as server, provider.make(server) as channel:
        assert channel.cancel([refused]) == [refused]
        with pytest.raises(InvalidParameterError, match="receipts that schedule"):
            channel.cancel([refused, foreign])

    assert server.requests == []


@pytest.mark.parametrize(
    ("make", "way_out"),
    [
        (MemoryChannel, "let the ledger keep the time"),
        (SmtpChannel, "let the ledger keep the time"),
        (lambda: twilio_channel(None), "give it a messaging_service_sid"),
        (lambda: BY_NAME["twilio-whatsapp"].make(None), "let the ledger keep the time"),
    ],
    ids=["memory", "smtp", "twilio-number", "whatsapp"],
)
def test_who_holds_nothing_says_so(make: Callable[[], Any], way_out: str) -> None:
    """A channel that cannot hold messages refuses to, and to take them back."""
    channel = make()

    assert channel.capabilities.schedule_seconds is None
    with pytest.raises(UnsupportedFeatureError, match=f"hold a message for later; {way_out}"):
        channel.schedule([], at=_later())
    with pytest.raises(UnsupportedFeatureError, match="take back a message"):
        channel.cancel([])


@pytest.mark.parametrize("span", [(-1, 5), (5, 5), (9, 5)])
def test_a_span_begins_before_it_ends(span: tuple[int, int]) -> None:
    """From and to are in this order and not before now."""
    can = Capabilities(medium="sms", address_field="phone")
    with pytest.raises(ValueError, match="0 <= from < to"):
        attrs.evolve(can, schedule_seconds=span)
