"""Over a hundred more services, by way of apprise."""

from __future__ import annotations

import logging
import warnings
from contextlib import contextmanager
from email import charset
from types import MappingProxyType
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from crmlib.channels._one_by_one import Sent, send_each
from crmlib.channels._secret import Secret
from crmlib.channels._supported import require_supported
from crmlib.exceptions import InvalidParameterError, MissingExtraError
from crmlib.interfaces import Channel
from crmlib.messages import Capabilities, DeliveryReceipt, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from crmlib.messages import Message

_PLACE: Final = "{address}"
# both write keys and texts into their logs, if only when asked to
_TALKATIVE: Final = ("apprise", "urllib3.connectionpool")


class AppriseChannel(Channel):
    """Hand messages to apprise, which knows Telegram, Matrix, Signal and many more.

    The address is the column ``chat_id`` of the profiles.  apprise says yes
    or no and not how far a message got, so every no is ``unknown``, and no
    service is asked twice.  It speaks HTTP by itself, with the proxies of the
    environment.

    Parameters
    ----------
    url : str or Secret
        An address of apprise with a place for the customer's:
        ``"tgram://bot-token/{address}"``.

    Raises
    ------
    InvalidParameterError
        If apprise does not know such an address.
    MissingExtraError
        If the extra ``apprise`` is not installed.

    Examples
    --------
    >>> AppriseChannel("jsons://hooks.shop.example/{address}")
    AppriseChannel(service='jsons')
    """

    name = "apprise"
    capabilities = Capabilities(
        medium="chat", address_field="chat_id", batch_size=100, subject=True
    )
    extras = MappingProxyType({"apprise": "apprise"})

    def __init__(self, url: str | Secret) -> None:
        try:
            import apprise  # noqa: PLC0415 -- an extra
        except ModuleNotFoundError as error:
            raise MissingExtraError("the channel apprise", "apprise") from error
        self._url = Secret(url, "url")
        text = self._url.reveal()
        with _hushed():
            known = apprise.Apprise.instantiate(text.replace(_PLACE, "12345"))
        if _PLACE not in text or known is None:
            expected = "an address that apprise knows, with {address} in it"
            raise InvalidParameterError("url", "…", expected)
        self._service = text.partition("://")[0]

    def __repr__(self) -> str:
        return f"AppriseChannel(service={self._service!r})"

    def send(self, messages: Sequence[Message]) -> list[DeliveryReceipt]:
        """Send *messages*, each by itself; see :meth:`crmlib.Channel.send`."""
        require_supported(self, messages)
        return send_each(messages, self._send_one)

    def _send_one(self, message: Message) -> Sent:
        import apprise  # noqa: PLC0415 -- an extra

        address = quote(message.recipient.address, safe="")
        with _hushed():
            service = apprise.Apprise.instantiate(self._url.reveal().replace(_PLACE, address))
            if service is None:
                outcome, detail = Outcome.REJECTED, "apprise knows no such address"
            elif service.notify(body=message.body, title=message.subject or ""):
                outcome, detail = Outcome.ACCEPTED, f"taken by {self._service}"
            else:
                outcome, detail = Outcome.UNKNOWN, "apprise says no, and not how far it got"
        return Sent([DeliveryReceipt(key=message.key, outcome=outcome, detail=detail)])


@contextmanager
def _hushed() -> Iterator[None]:
    """Keep keys and texts out of the logs for a while, and Python as it was."""
    loggers = [logging.getLogger(name) for name in _TALKATIVE]
    charsets = dict(charset.CHARSETS)
    for logger in loggers:
        logger.addFilter(_drop)
    try:
        with warnings.catch_warnings():
            # its plug-ins are loaded at the first address, and some use what Python will drop
            warnings.simplefilter("ignore", DeprecationWarning)
            yield
    finally:
        # one of the plug-ins changes how all of Python writes e-mail
        charset.CHARSETS.update(charsets)
        for logger in loggers:
            logger.removeFilter(_drop)


def _drop(_record: logging.LogRecord) -> bool:
    return False
