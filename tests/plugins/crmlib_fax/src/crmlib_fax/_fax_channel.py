"""Messages spooled for a fax machine."""

from __future__ import annotations

import os
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

from crmlib import Capabilities, Channel, DeliveryReceipt, Outcome
from crmlib.channels import require_supported

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmlib import Message


class FaxChannel(Channel):
    """Put each message as a page into the spool folder of a fax machine.

    Parameters
    ----------
    spool : path
        The folder that the machine watches for files named ``*.fax``.

    Examples
    --------
    >>> FaxChannel("/var/spool/fax").capabilities.medium
    'fax'
    """

    name = "fax"
    capabilities = Capabilities(medium="fax", address_field="phone", batch_size=10)

    def __init__(self, spool: str | os.PathLike[str]) -> None:
        self._spool = Path(spool)

    def send(self, messages: Sequence[Message]) -> list[DeliveryReceipt]:
        """Spool *messages*; see :meth:`crmlib.Channel.send`."""
        require_supported(self, messages)
        return [self._spool_one(message) for message in messages]

    def _spool_one(self, message: Message) -> DeliveryReceipt:
        page = f"TO {message.recipient.address}\nFROM {message.sender.name}\n\n{message.body}\n"
        number = blake2b(message.key.encode(), digest_size=16).hexdigest()
        draft = self._spool / f"{number}.draft"
        try:
            with draft.open("w", encoding="utf-8") as file:
                file.write(page)
                file.flush()
                os.fsync(file.fileno())
            # the machine sees a whole page or none
            draft.rename(self._spool / f"{number}.fax")
        except OSError as error:
            problem = f"cannot spool ({error.strerror})"
            return DeliveryReceipt(key=message.key, outcome=Outcome.RETRY, detail=problem)
        return DeliveryReceipt(key=message.key, outcome=Outcome.ACCEPTED, provider_id=number)
