"""One message by a provider's real server or sandbox, for whoever names one.

``CRMLIB_LIVE_TWILIO`` is JSON: ``{"settings": {…}, "address": "+15005550006"}``,
and ``"template": {"code": "…", "variables": {…}}`` for texts that are registered.
"""

import json
import os

import pytest
from messages_by_hand import make_message

from crmlib.channels import load_channel
from crmlib.messages import Outcome, Purpose, RegisteredTemplate

NAMES = [
    *("apprise", "fcm", "nhncloud", "nhncloud-alimtalk", "nhncloud-brand", "sens", "slack"),
    *("smtp", "solapi", "solapi-alimtalk", "solapi-brand", "twilio", "twilio-whatsapp"),
    *("webhook", "webhook-sms"),
]


@pytest.mark.parametrize("name", NAMES)
def test_a_live_server_takes_our_message(name: str) -> None:
    """What our strict server takes, the provider takes as well."""
    variable = f"CRMLIB_LIVE_{name.upper().replace('-', '_')}"
    if variable not in os.environ:
        pytest.skip(f"{name} is NOT tried on its real server: {variable} is not set")
    given = json.loads(os.environ[variable])
    kind = load_channel(name)
    can = kind.capabilities
    template = given.get("template")
    message = make_message(
        key=os.urandom(8).hex(),
        address=given["address"],
        subject="crmlib" if can.subject else None,
        body=given.get("body", "crmlib: a message to try the channel"),
        purpose=can.purposes[-1],
        registered_template=None
        if template is None
        else RegisteredTemplate(
            code=template["code"], variables=tuple(template["variables"].items())
        ),
    )
    with kind.from_settings(given["settings"]) as channel:
        (receipt,) = channel.send([message])

    assert receipt.outcome is Outcome.ACCEPTED, receipt
    assert message.purpose in Purpose
