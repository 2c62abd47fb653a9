"""One-time codes on their way to whoever has to prove an address."""

from __future__ import annotations

import secrets
from threading import Lock
from typing import TYPE_CHECKING, Final

from crmlib.exceptions import InvalidParameterError, UnsupportedFeatureError
from crmlib.messages import Message, Purpose, Recipient, RegisteredTemplate

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crmlib.interfaces import Channel
    from crmlib.messages import DeliveryReceipt, Sender
    from crmlib.warranty._certificate import Registrant

_TEXTS: Final = {
    "ko": (
        "인증번호 {code}",
        "[{name}] 인증번호 {code}\n10분 동안 유효합니다. 누구에게도 알려주지 마세요.",
    ),
    "en": (
        "Your code {code}",
        "[{name}] Your code is {code}.\nIt works for 10 minutes. Tell it to nobody.",
    ),
}


class CodeSender:
    """Send the code that proves an address, by a channel of whatever kind.

    A code is no advertisement, and nothing is added to it.

    Parameters
    ----------
    channels : iterable of Channel
        One for each kind of address that is asked for, ``"email"`` or
        ``"phone"``, as their capabilities say.
    sender : Sender
        From whom.
    template_code : str, optional
        For channels that send registered texts, such as alimtalk: what the
        provider calls the text, whose one variable is ``#{code}``.

    Attributes
    ----------
    fields : tuple of str
        The kinds of address that codes can be sent to.

    Raises
    ------
    InvalidParameterError
        If there is no channel, or two are for one kind of address.
    UnsupportedFeatureError
        If a channel carries advertisements only.

    Examples
    --------
    >>> from crmlib.channels import MemoryChannel
    >>> from crmlib.messages import Sender
    >>> from crmlib.warranty import Registrant
    >>> memory = MemoryChannel()
    >>> sender = CodeSender([memory], Sender(name="Maru", email="care@example.com"))
    >>> who = Registrant(field="email", address="mina@example.com", locale="en")
    >>> str(sender.send("123456", who).outcome)
    'accepted'
    >>> memory.sent[0].subject
    'Your code 123456'
    """

    def __init__(
        self, channels: Iterable[Channel], sender: Sender, *, template_code: str | None = None
    ) -> None:
        given = list(channels)
        self._channels = {each.capabilities.address_field: each for each in given}
        if not given or len(self._channels) < len(given):
            raise InvalidParameterError(
                "channels",
                [each.name for each in given],
                "one or more, each for another kind of address",
            )
        for each in given:
            if Purpose.INFORMATIONAL not in each.capabilities.purposes:
                raise UnsupportedFeatureError(
                    f"channel {each.name!r}", "send codes", "give one that is not for ads only"
                )
        self.fields = tuple(self._channels)
        self._lock = Lock()
        self._sender = sender
        self._template_code = template_code

    def send(self, code: str, who: Registrant) -> DeliveryReceipt:
        """Send *code* to the address of *who*, in Korean or in English; say what became of it.

        Raises
        ------
        UnsupportedFeatureError
            If no channel is for that kind of address.
        """
        channel = self._channels.get(who.field)
        if channel is None:
            raise UnsupportedFeatureError(
                f"a code sender for {list(self.fields)}",
                f"write to a {who.field}",
                "give a channel for it",
            )
        capabilities = channel.capabilities
        subject, body = (
            text.format(code=code, name=self._sender.name)
            for text in _TEXTS["en" if who.locale is not None and who.locale[:2] == "en" else "ko"]
        )
        registered = (
            RegisteredTemplate(code=self._template_code, variables=(("code", code),))
            if capabilities.registered_templates and self._template_code is not None
            else None
        )
        message = Message(
            key=f"warranty-code-{secrets.token_hex(10)}",
            recipient=Recipient(customer_id="registrant", address=who.address),
            sender=self._sender,
            purpose=Purpose.INFORMATIONAL,
            subject=subject if capabilities.subject else None,
            body=body,
            registered_template=registered,
        )
        with self._lock:  # a channel talks to one thread at a time
            (receipt,) = channel.send([message])
        return receipt
