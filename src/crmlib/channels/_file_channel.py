"""A channel that writes messages into a file, one JSON object a line."""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from crmlib.channels._supported import require_supported
from crmlib.durability import sync_folder
from crmlib.interfaces import Channel
from crmlib.messages import Capabilities, DeliveryReceipt, Outcome
from crmlib.safe_text import escape_in_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmlib.messages import Message


class FileChannel(Channel):
    """Append every message to a file, and accept it when the disk has it.

    A batch is written under a lock of the file and forced to the disk before
    its receipts say ``accepted``.  If writing fails (the disk is full) what
    was written of the batch is taken back and all of it is ``retry``; if even
    that fails it is ``unknown``.  A line that a crash tore stays where it is
    and the next batch begins on a line of its own.

    The file holds personal data; it is made readable for its owner only.

    Parameters
    ----------
    path : path
        The file; it is made if it is missing, its folder is not.

    Examples
    --------
    >>> import json, pathlib, tempfile
    >>> from crmlib import Message, Purpose, Recipient, Sender
    >>> message = Message(
    ...     key="m1", purpose=Purpose.ADVERTISING, body="Hello",
    ...     recipient=Recipient(customer_id="C1", address="mina@example.com"),
    ...     sender=Sender(name="Shop", email="shop@example.com"),
    ... )
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "out.jsonl"
    >>> with FileChannel(path) as channel:
    ...     _ = channel.send([message])
    >>> json.loads(path.read_text())["body"]
    'Hello'
    """

    name = "file"
    capabilities = Capabilities(
        medium="email",
        address_field="email",
        batch_size=100,
        subject=True,
        html=True,
        button=True,
        registered_templates=True,
    )

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = Path(path)
        self._descriptor: int | None = None

    def __repr__(self) -> str:
        return f"FileChannel({str(self._path)!r})"

    def send(self, messages: Sequence[Message]) -> list[DeliveryReceipt]:
        """Write *messages*; see :meth:`crmlib.Channel.send`."""
        require_supported(self, messages)
        lines = b"".join(_line(message) for message in messages)
        try:
            descriptor = self._open()
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        except OSError as error:
            return _receipts(messages, Outcome.RETRY, f"cannot open the file ({error.strerror})")
        try:
            return self._append(descriptor, lines, messages)
        finally:
            fcntl.flock(descriptor, fcntl.LOCK_UN)

    def _append(
        self, descriptor: int, lines: bytes, messages: Sequence[Message]
    ) -> list[DeliveryReceipt]:
        size = os.fstat(descriptor).st_size
        try:
            torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
            _write_all(descriptor, b"\n" + lines if torn else lines)
            os.fsync(descriptor)
        except OSError as error:
            problem = f"cannot write the file ({error.strerror})"
            try:
                os.ftruncate(descriptor, size)
                os.fsync(descriptor)
            except OSError:
                return _receipts(messages, Outcome.UNKNOWN, problem)
            return _receipts(messages, Outcome.RETRY, problem)
        return _receipts(messages, Outcome.ACCEPTED, None)

    def _open(self) -> int:
        if self._descriptor is None:
            flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
            descriptor = os.open(self._path, flags, 0o600)
            try:
                sync_folder(self._path.parent)
            except OSError:
                os.close(descriptor)
                raise
            self._descriptor = descriptor
        return self._descriptor

    def close(self) -> None:
        """Close the file.  Harmless when called again."""
        if self._descriptor is not None:
            descriptor, self._descriptor = self._descriptor, None
            # every accepted message is on the disk already
            with suppress(OSError):
                os.close(descriptor)


def _line(message: Message) -> bytes:
    text = json.dumps(attrs.asdict(message), ensure_ascii=False)
    return escape_in_json(text).encode("utf-8") + b"\n"


def _write_all(descriptor: int, lines: bytes) -> None:
    rest = memoryview(lines)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _receipts(
    messages: Sequence[Message], outcome: Outcome, detail: str | None
) -> list[DeliveryReceipt]:
    return [
        DeliveryReceipt(key=message.key, outcome=outcome, detail=detail) for message in messages
    ]
