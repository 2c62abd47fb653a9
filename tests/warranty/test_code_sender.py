"""One-time codes go out by any channel."""

from __future__ import annotations

import pytest
from warranty_facts import JUN, MINA

from crmlib.channels import MemoryChannel
from crmlib.exceptions import InvalidParameterError, UnsupportedFeatureError
from crmlib.messages import Capabilities, Purpose, Sender
from crmlib.warranty import CodeSender

SENDER = Sender(name="마루", email="care@example.com")


class Phones(MemoryChannel):
    """A channel to phones."""

    capabilities = Capabilities(medium="sms", address_field="phone", registered_templates=True)


class Adverts(MemoryChannel):
    """A channel for advertisements only."""

    capabilities = Capabilities(medium="kakao", address_field="phone", purposes=["advertising"])


def test_a_code_goes_to_its_address_in_its_language() -> None:
    """An e-mail is Korean for a Korean, a text registered where there is a template."""
    mails, texts = MemoryChannel(), Phones()
    sender = CodeSender([mails, texts], SENDER, template_code="T1")
    receipts = [sender.send("012345", MINA), sender.send("543210", JUN)]

    assert [receipt.outcome for receipt in receipts] == ["accepted"] * 2
    assert sender.fields == ("email", "phone")
    (mail,), (text,) = mails.sent, texts.sent
    assert (mail.recipient.address, mail.purpose) == ("mina@example.com", Purpose.INFORMATIONAL)
    assert (mail.subject, "인증번호 012345" in mail.body) == ("인증번호 012345", True)
    assert (text.subject, text.registered_template.variables) == (None, (("code", "543210"),))
    assert len(text.body.encode("cp949")) <= 90  # one Korean SMS
    assert "012345" not in repr(mail)
    assert mail.key != CodeSender([mails], SENDER).send("012345", MINA).key


def test_code_senders_that_cannot_work_are_refused() -> None:
    """None or two channels for one kind of address, one for ads only, an address without one."""
    with pytest.raises(InvalidParameterError, match="one or more"):
        CodeSender([], SENDER)
    with pytest.raises(InvalidParameterError, match="another kind of address"):
        CodeSender([MemoryChannel(), MemoryChannel()], SENDER)
    with pytest.raises(UnsupportedFeatureError, match="for ads only"):
        CodeSender([Adverts()], SENDER)
    with pytest.raises(UnsupportedFeatureError, match="write to a phone"):
        CodeSender([MemoryChannel()], SENDER).send("123456", JUN)
