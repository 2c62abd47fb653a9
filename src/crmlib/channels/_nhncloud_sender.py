"""What a channel of NHN Cloud does, whatever it sends."""

from __future__ import annotations

from abc import abstractmethod
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING

from crmlib.channels._http_transport import HttpTransport
from crmlib.channels._look_up import look_up_each, time_to_look_at
from crmlib.channels._nhncloud import HELD, MINUTE, NhnCloud, korean_time, read_app_key
from crmlib.channels._phone_numbers import korean_number
from crmlib.channels._refusals import answer_around
from crmlib.channels._supported import require_holdable, require_supported
from crmlib.channels._take_back import cancel_each, next_minute
from crmlib.interfaces import Channel

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from crmlib.channels._one_by_one import Sent
    from crmlib.channels._secret import Secret
    from crmlib.messages import DeliveryReceipt, Message


class NhnCloudSender(Channel):
    """Send by one service at NHN Cloud; a subclass says what goes where.

    Parameters
    ----------
    app_key : str
        Of the service.
    secret_key : str or Secret
        Of the service.
    connections : int
        How many requests may be on their way at once.
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
        app_key: str,
        secret_key: str | Secret,
        *,
        connections: int,
        base_url: str,
        timeout_seconds: float,
        ca_file: str | os.PathLike[str] | None,
    ) -> None:
        self._app_key = read_app_key(app_key)
        self._http = HttpTransport(
            base_url, timeout_seconds=timeout_seconds, ca_file=ca_file, connections=connections
        )
        self._nhncloud = NhnCloud(secret_key, self._http)

    def send(self, messages: Sequence[Message]) -> list[DeliveryReceipt]:
        """Send *messages* over several connections; see :meth:`crmlib.Channel.send`."""
        self._require_fit(messages)
        return answer_around(messages, korean_number, lambda going: self._send_all(going, {}))

    def schedule(self, messages: Sequence[Message], *, at: datetime) -> list[DeliveryReceipt]:
        """Have *messages* held until a whole minute; see :meth:`crmlib.Channel.schedule`."""
        self._require_fit(messages)
        moment = next_minute(require_holdable(self, at))
        when = {"requestDate": korean_time(moment, MINUTE)}
        return answer_around(messages, korean_number, lambda going: self._send_all(going, when))

    def look_up(self, messages: Sequence[Message], *, since: datetime) -> list[DeliveryReceipt]:
        """Ask for the key of each message; see :meth:`crmlib.Channel.look_up`."""
        start, end = time_to_look_at(since, datetime.now(UTC))
        return answer_around(
            messages,
            korean_number,
            lambda asked: look_up_each(
                asked, lambda message: self._find(message, start, end), self._http.connections
            ),
        )

    def cancel(self, receipts: Sequence[DeliveryReceipt]) -> list[DeliveryReceipt]:
        """Take back what is held; see :meth:`crmlib.Channel.cancel`."""
        return cancel_each(receipts, HELD, self._take_back)

    def close(self) -> None:
        """Close the connections.  Harmless when called again."""
        self._http.close()

    @abstractmethod
    def _send_all(
        self, messages: Sequence[Message], when: dict[str, str]
    ) -> list[DeliveryReceipt]:
        """Send *messages*, each request with what *when* says of the time."""

    @abstractmethod
    def _find(self, message: Message, start: datetime, end: datetime) -> Sent:
        """Ask for what was sent of *message* in that time."""

    @abstractmethod
    def _take_back(self, receipt: DeliveryReceipt, ids: tuple[str, ...]) -> DeliveryReceipt:
        """Ask to let go of the message with these *ids*: of request and recipient."""

    def _require_fit(self, messages: Sequence[Message]) -> None:
        """Refuse what the channel has not declared that it can carry."""
        require_supported(self, messages)
