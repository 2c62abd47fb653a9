"""Messages written into a file are on the disk before they are accepted."""

import errno
import json
import os
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from messages_by_hand import make_message

from crmlib.channels import FileChannel
from crmlib.messages import DeliveryReceipt, Outcome

REAL_FSYNC = os.fsync


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _outcomes(receipts: list[DeliveryReceipt]) -> list[str]:
    return [str(receipt.outcome) for receipt in receipts]


def test_a_line_holds_the_whole_message(tmp_path: Path) -> None:
    """Every field of a message is in its line, Korean and emoji readable."""
    path = tmp_path / "out.jsonl"
    message = make_message(body="안녕 😀", html="<p>x</p>", opt_out_url="https://example.com/o")

    with FileChannel(path) as channel:
        receipts = channel.send([message])

    assert _outcomes(receipts) == ["accepted"]
    assert "안녕 😀" in path.read_text(encoding="utf-8")
    assert _rows(path) == [
        {
            "key": "0123456789abcdef",
            "recipient": {"customer_id": "C1", "address": "mina@example.com", "name": "Mina"},
            "sender": {
                "name": "Shop",
                "email": "shop@example.org",
                "postal_address": None,
                "phone": None,
                "opt_out_phone": None,
                "opt_out_url": None,
            },
            "purpose": "advertising",
            "body": "안녕 😀",
            "subject": "Hello",
            "html": "<p>x</p>",
            "opt_out_url": "https://example.com/o",
            "button": None,
            "registered_template": None,
        }
    ]


@pytest.mark.parametrize("text", ["a\nb\r\nc", "a\u2028b\u2029c\x85d", "a\ud800b", '"\\\0'])
def test_any_text_stays_on_its_line(tmp_path: Path, text: str) -> None:
    """Line ends of every kind and half characters come back as they were, one line each."""
    path = tmp_path / "out.jsonl"

    with FileChannel(path) as channel:
        receipts = channel.send([make_message(body=text), make_message(body="next")])

    assert _outcomes(receipts) == ["accepted", "accepted"]
    assert [row["body"] for row in _rows(path)] == [text, "next"]


def test_batches_are_appended(tmp_path: Path) -> None:
    """What the file holds stays, over batches and over channels."""
    path = tmp_path / "out.jsonl"

    for key in "ab":
        with FileChannel.from_settings({"path": str(path)}) as channel:
            channel.send([make_message(key=key)])
            channel.send([make_message(key=key * 2)])

    assert [row["key"] for row in _rows(path)] == ["a", "aa", "b", "bb"]


def test_the_file_is_for_its_owner_only(tmp_path: Path) -> None:
    """A new file with personal data can be read by its owner and by nobody else."""
    path = tmp_path / "out.jsonl"

    with FileChannel(path) as channel:
        channel.send([make_message()])

    assert path.stat().st_mode & 0o777 == 0o600


def test_nothing_is_accepted_before_the_disk_has_it(tmp_path: Path) -> None:
    """At the moment of fsync the whole batch is in the file; folder and file are synced."""
    path = tmp_path / "out.jsonl"
    sizes: list[int] = []

    def spy(descriptor: int) -> None:
        sizes.append(path.stat().st_size)
        REAL_FSYNC(descriptor)

    with mock.patch("os.fsync", spy), FileChannel(path) as channel:
        channel.send([make_message(), make_message()])

    assert sizes == [0, path.stat().st_size]


def test_a_torn_line_does_not_spoil_the_next(tmp_path: Path) -> None:
    """After a crash in mid-line the next batch begins on a line of its own."""
    path = tmp_path / "out.jsonl"
    path.write_bytes(b'{"key": "to')

    with FileChannel(path) as channel:
        channel.send([make_message()])

    torn, whole = path.read_text(encoding="utf-8").splitlines()

    assert torn == '{"key": "to'
    assert json.loads(whole)["body"] == "Good morning"


@pytest.mark.parametrize("failing", ["write", "fsync"])
def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, failing: str) -> None:
    """What was written of a batch that failed is taken back, and all of it may be tried again."""
    path = tmp_path / "out.jsonl"
    real = getattr(os, failing)
    calls = []

    def full(descriptor: int, *args: Any) -> Any:
        calls.append(descriptor)
        if failing == "write" and len(calls) == 1:
            return real(descriptor, args[0][:10])
        if len(calls) == 3 and failing == "fsync":
            return real(descriptor)
        raise OSError(errno.ENOSPC, "No space left on device")

    with FileChannel(path) as channel:
        channel.send([make_message(key="first")])
        before = path.read_bytes()
        with mock.patch(f"os.{failing}", full):
            if failing == "fsync":
                calls.append(0)
            receipts = channel.send([make_message(), make_message()])
        after = path.read_bytes()
        again = channel.send([make_message(key="second")])

    assert _outcomes(receipts) == ["retry", "retry"]
    assert receipts[0].detail == "cannot write the file (No space left on device)"
    assert after == before
    assert _outcomes(again) == ["accepted"]
    assert [row["key"] for row in _rows(path)] == ["first", "second"]


def test_what_cannot_be_taken_back_is_unknown(tmp_path: Path) -> None:
    """If neither writing nor taking back works nobody knows what the disk holds."""
    path = tmp_path / "out.jsonl"
    broken = OSError(errno.EIO, "Input/output error")

    with FileChannel(path) as channel:
        channel.send([make_message()])
        with mock.patch("os.fsync", side_effect=broken):
            receipts = channel.send([make_message(), make_message()])

    assert _outcomes(receipts) == ["unknown", "unknown"]
    assert receipts[0].detail == "cannot write the file (Input/output error)"


def test_a_missing_folder_loses_no_message(tmp_path: Path) -> None:
    """A path that cannot be opened is a retry that says why."""
    with FileChannel(tmp_path / "none" / "out.jsonl") as channel:
        receipts = channel.send([make_message()])

    assert receipts[0].outcome is Outcome.RETRY
    assert receipts[0].detail == "cannot open the file (No such file or directory)"


def test_a_folder_that_cannot_be_synced_loses_no_message(tmp_path: Path) -> None:
    """A new file whose entry may not survive is not written to yet."""
    path = tmp_path / "out.jsonl"
    broken = OSError(errno.EIO, "Input/output error")

    with FileChannel(path) as channel:
        with mock.patch("os.fsync", side_effect=broken):
            receipts = channel.send([make_message()])
        again = channel.send([make_message()])

    assert _outcomes(receipts) == ["retry"]
    assert _outcomes(again) == ["accepted"]
    assert len(_rows(path)) == 1


def test_repr_names_the_file() -> None:
    """The text of a channel is its path."""
    assert repr(FileChannel("out.jsonl")) == "FileChannel('out.jsonl')"
