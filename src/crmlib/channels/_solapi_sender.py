"""What a channel of Solapi does, whatever it sends."""

from __future__ import annotations

from abc import abstractmethod
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from crmlib.channels._http_transport import HttpTransport
from crmlib.channels._phone_numbers import korean_number, read_sender_number
from crmlib.channels._refusals import answer_around
from crmlib.channels._solapi import Solapi
from crmlib.channels._supported import require_holdable, require_supported
from crmlib.interfaces import Channel

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence
    from datetime import datetime

    from crmlib.channels._secret import Secret
    from crmlib.messages import DeliveryReceipt, Message


class SolapiSender(Channel):
    """Send by one account at Solapi; a subclass says how a message is put.

    Parameters
    ----------
    api_key, api_secret : str or Secret
        Of the account.
    from_number : str
        A number that is registered there.
    base_url : str
        Of the server.
    timeout_seconds : float
        The longest wait for any one request.
    ca_file : path or None
        Certificates to trust in place of the system's, in PEM.
    """

    extras = MappingProxyType({"httpcore2": "http"})

    def __init__(
        self,
        api_key: str | Secret,
        api_secret: str | Secret,
        from_number: str,
        *,
        base_url: str,
        timeout_seconds: float,
        ca_file: str | os.PathLike[str] | None,
    ) -> None:
        self._from = read_sender_number("from_number", from_number)
        self._http = HttpTransport(base_url, timeout_seconds=timeout_seconds, ca_file=ca_file)
        self._solapi = Solapi(api_key, api_secret, self._http)

    def send(self, messages: Sequence[Message]) -> list[DeliveryReceipt]:
        """Send *messages* in one request; see :meth:`crmlib.Channel.send`."""
        self._require_fit(messages)
        return answer_around(
            messages, self._number, lambda going: self._solapi.send(going, self._write)
        )

    def schedule(self, messages: Sequence[Message], *, at: datetime) -> list[DeliveryReceipt]:
        """Have *messages* held, each in a request; see :meth:`crmlib.Channel.schedule`."""
        self._require_fit(messages)
        moment = require_holdable(self, at)
        return answer_around(
            messages, self._number, lambda going: self._solapi.schedule(going, self._write, moment)
        )

    def look_up(self, messages: Sequence[Message], *, since: datetime) -> list[DeliveryReceipt]:
        """Ask for each number by the key; see :meth:`crmlib.Channel.look_up`."""
        return answer_around(
            messages,
            self._number,
            lambda asked: self._solapi.look_up(
                asked, lambda message: self._number(message.recipient.address), since
            ),
        )

    def cancel(self, receipts: Sequence[DeliveryReceipt]) -> list[DeliveryReceipt]:
        """Take back what is held; see :meth:`crmlib.Channel.cancel`."""
        return self._solapi.cancel(receipts)

    def close(self) -> None:
        """Close the connection.  Harmless when called again."""
        self._http.close()

    @abstractmethod
    def _write(self, message: Message) -> dict[str, Any]:
        """Put *message* as Solapi wants to have it."""

    def _require_fit(self, messages: Sequence[Message]) -> None:
        """Refuse what the channel has not declared that it can carry."""
        require_supported(self, messages)

    def _number(self, address: str) -> str:
        """Give *address* as it is dialled; refuse what cannot be reached."""
        return korean_number(address)
