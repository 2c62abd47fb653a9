"""Each provider with the channel that speaks to it and the messages it takes."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

import attrs
from http_servers import FakeServer
from joserfc.jwk import RSAKey
from messages_by_hand import make_message
from strict_korean_providers import (
    FROM,
    SENS_SERVICE,
    StrictNhnKakao,
    StrictNhnSms,
    StrictSens,
    StrictSolapi,
)
from strict_providers import (
    KEY,
    SECRET,
    SID,
    StrictFcm,
    StrictTwilio,
    strict_slack,
)

from crmlib.channels import (
    FcmChannel,
    NhnCloudAlimtalkChannel,
    NhnCloudBrandChannel,
    NhnCloudChannel,
    SensChannel,
    SlackChannel,
    SolapiAlimtalkChannel,
    SolapiBrandChannel,
    SolapiChannel,
    TwilioChannel,
    TwilioWhatsAppChannel,
)
from crmlib.messages import Message, Purpose, RegisteredTemplate

if TYPE_CHECKING:
    from collections.abc import Callable

    from crmlib.interfaces import Channel

SENDER_KEY = "a" * 40
TEMPLATE = RegisteredTemplate(code="welcome", variables=(("name", "Mina"),))


@attrs.frozen
class Provider:
    """One channel, what answers it, and the fields of a message that it takes."""

    name: str
    answer: Callable[[], Any]
    make: Callable[..., Channel]
    fields: dict[str, Any] = attrs.field(factory=dict)
    address: str = "+821012345678"
    auth: tuple[str, ...] = ("authorization",)
    bad_login_status: int = 403

    def server(self, *faults: Any) -> FakeServer:
        """Give a server that answers as this provider."""
        return FakeServer(self.answer(), *faults)

    def message(self, **changes: Any) -> Message:
        """Make a message that it takes."""
        fields = {"subject": None, "address": self.address} | self.fields | changes
        return make_message(**fields)


@cache
def service_account() -> tuple[Path, RSAKey]:
    """Make the key file of a service account that nobody has."""
    key = RSAKey.generate_key(2048, private=True)
    account = {
        "type": "service_account",
        "client_email": "crm@shop-1.example",
        "private_key": key.as_pem(private=True).decode(),
    }
    path = Path(mkdtemp()) / "service-account.json"
    path.write_text(json.dumps(account), encoding="utf-8")
    return path, key


class FcmServer(FakeServer):
    """FCM, whose tokens name the address that they are for."""

    def __init__(self, *faults: Any) -> None:
        self.strict = StrictFcm(service_account()[1], lambda: self.url)
        super().__init__(self.strict, *faults)


class FcmProvider(Provider):
    """FCM asks for a token before the first message."""

    def server(self, *faults: Any) -> FakeServer:
        """Give a server whose faults begin after the token."""
        return FcmServer(None, *faults)


def _solapi(server: FakeServer, kind: type[Any] = SolapiChannel, **more: Any) -> Channel:
    return kind(KEY, SECRET, from_number=FROM, base_url=server.url, **more)


def _nhn(server: FakeServer, kind: type[Any], *args: str, **more: Any) -> Channel:
    return kind(KEY, SECRET, *args, base_url=server.url, connections=1, **more)


def _sens(server: FakeServer, **more: Any) -> Channel:
    return SensChannel(KEY, SECRET, SENS_SERVICE, FROM, base_url=server.url, **more)


def twilio_channel(
    server: FakeServer | None, kind: type[Any] = TwilioChannel, **more: Any
) -> Channel:
    """Make a channel of one connection; without a server, to nowhere."""
    url = "http://127.0.0.1:9" if server is None else server.url
    more = {"from_number": "+15005550006", "connections": 1} | more
    return kind(SID, SECRET, base_url=url, **more)


def _fcm(server: FakeServer, **more: Any) -> Channel:
    path, _ = service_account()
    more = {"connections": 1} | more
    return FcmChannel("shop-1", path, base_url=server.url, token_url=f"{server.url}/token", **more)


INFORMATION = {"purpose": Purpose.INFORMATIONAL, "registered_template": TEMPLATE}
ADVERTISEMENT = {"body": "(광고) Shop 50% 할인 무료수신거부 0801234567"}
PROVIDERS = [
    Provider("solapi", StrictSolapi, _solapi),
    Provider(
        "solapi-alimtalk",
        StrictSolapi,
        lambda server, **more: _solapi(server, SolapiAlimtalkChannel, pf_id="KA01PF", **more),
        INFORMATION,
    ),
    Provider(
        "solapi-brand",
        StrictSolapi,
        lambda server, **more: _solapi(server, SolapiBrandChannel, pf_id="KA01PF", **more),
        ADVERTISEMENT,
    ),
    Provider(
        "nhncloud",
        StrictNhnSms,
        lambda server, **more: _nhn(server, NhnCloudChannel, FROM, **more),
        ADVERTISEMENT,
        auth=("x-secret-key",),
    ),
    Provider(
        "nhncloud-alimtalk",
        StrictNhnKakao,
        lambda server, **more: _nhn(server, NhnCloudAlimtalkChannel, SENDER_KEY, **more),
        INFORMATION,
        auth=("x-secret-key", "x-nc-api-idempotency-key"),
    ),
    Provider(
        "nhncloud-brand",
        StrictNhnKakao,
        lambda server, **more: _nhn(server, NhnCloudBrandChannel, SENDER_KEY, **more),
        ADVERTISEMENT,
        auth=("x-secret-key",),
    ),
    Provider(
        "sens",
        StrictSens,
        _sens,
        auth=("x-ncp-apigw-signature-v2", "x-ncp-iam-access-key", "x-ncp-apigw-timestamp"),
    ),
    Provider("twilio", StrictTwilio, twilio_channel),
    Provider(
        "twilio-whatsapp",
        lambda: StrictTwilio("whatsapp:", ("From", "whatsapp:+15005550006")),
        lambda server, **more: twilio_channel(server, TwilioWhatsAppChannel, **more),
    ),
    Provider(
        "slack",
        lambda: strict_slack,
        lambda server, **more: SlackChannel(SECRET, base_url=f"{server.url}/api", **more),
        address="UMINA1",
    ),
    FcmProvider("fcm", lambda: None, _fcm, {"subject": "Hello"}, address="token:of-mina"),
]
