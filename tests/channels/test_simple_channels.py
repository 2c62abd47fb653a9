"""Messages kept in memory and messages printed."""

import io
import sys

import attrs
import pytest
from messages_by_hand import make_message

from crmlib.channels import ConsoleChannel, MemoryChannel, require_supported
from crmlib.exceptions import UnsupportedFeatureError
from crmlib.messages import Outcome


def test_memory_keeps_what_it_is_given() -> None:
    """Messages stay in order over batches, and each is accepted."""
    channel = MemoryChannel()
    first, second, third = (make_message(key=key) for key in "abc")

    receipts = channel.send([first, second]) + channel.send([third])

    assert channel.sent == [first, second, third]
    assert [receipt.provider_id for receipt in receipts] == ["memory:a", "memory:b", "memory:c"]
    assert {receipt.outcome for receipt in receipts} == {Outcome.ACCEPTED}


def test_too_many_at_once_are_refused() -> None:
    """More messages than the batch size are refused before any is sent."""
    channel = MemoryChannel()

    with pytest.raises(
        UnsupportedFeatureError, match="cannot take 101 messages at once"
    ) as caught:
        channel.send([make_message()] * 101)

    assert caught.value.way_out == "give it at most 100 at once"
    assert channel.sent == []


@pytest.mark.parametrize(
    ("can", "changes", "feature"),
    [
        ({"subject": False}, {"subject": "x"}, "carry a subject"),
        ({"html": False}, {"html": "<p>x</p>"}, "carry HTML"),
    ],
)
def test_what_cannot_be_carried_is_refused(
    can: dict[str, bool], changes: dict[str, str], feature: str
) -> None:
    """A subject or HTML that a channel does not carry is refused, never dropped."""
    channel = MemoryChannel()
    channel.capabilities = attrs.evolve(channel.capabilities, **can)  # type: ignore[misc]
    plain = make_message(subject=None)

    require_supported(channel, [plain])
    with pytest.raises(UnsupportedFeatureError) as caught:
        require_supported(channel, [plain, make_message(**{"subject": None, **changes})])

    assert caught.value.feature == feature


def test_console_prints_plain_text(capsys: pytest.CaptureFixture[str]) -> None:
    """Sender, recipient, subject and text are printed; of the HTML part its size."""
    receipts = ConsoleChannel().send([make_message(html="<p>Hi</p>", body="a\r\nb\tc")])

    assert [receipt.outcome for receipt in receipts] == [Outcome.ACCEPTED]
    assert capsys.readouterr().out == (
        "--- 0123456789abcdef\nFrom: Shop <shop@example.org>\nTo: Mina <mina@example.com>\n"
        "Subject: Hello\n\na\nb\tc\n\n[HTML part of 9 characters]\n\n"
    )


def test_console_without_name_and_subject() -> None:
    """What a message does not have is not printed."""
    stream = io.StringIO()

    ConsoleChannel(stream).send([make_message(name=None, subject=None)])

    assert "To: mina@example.com\n\nGood morning\n\n" in stream.getvalue()


def test_console_does_not_steer_the_terminal() -> None:
    """Escape sequences, forged lines and characters that turn the text round are shown."""
    stream = io.StringIO()

    ConsoleChannel(stream).send(
        [make_message(subject="x\nFrom: eve", name="\x1b[2J", body="a\x1b]0;b\x07 \u202e\x9b")]
    )

    assert "Subject: x\\nFrom: eve\n" in stream.getvalue()
    assert "To: \\x1b[2J <" in stream.getvalue()
    assert "a\\x1b]0;b\\x07 \\u202e\\x9b\n" in stream.getvalue()


def test_console_shows_what_its_alphabet_lacks() -> None:
    """A terminal that knows ASCII alone gets escapes in place of an error."""
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii", write_through=True)

    ConsoleChannel(stream).send([make_message(body="é 안\ud800")])

    assert b"\\xe9 \\uc548\\ud800" in raw.getvalue()


def test_console_follows_standard_output(monkeypatch: pytest.MonkeyPatch) -> None:
    """Standard output is looked up at each call, not kept."""
    channel = ConsoleChannel()
    later = io.StringIO()
    monkeypatch.setattr(sys, "stdout", later)

    channel.send([make_message()])

    assert "Good morning" in later.getvalue()


class _BreakingStream(io.StringIO):
    """Breaks at the second message."""

    def flush(self) -> None:
        if self.getvalue().count("---") == 2:
            raise BrokenPipeError(32, "Broken pipe")


def test_console_whose_reader_has_gone() -> None:
    """The message in hand is unknown, and those after it may be tried again."""
    channel = ConsoleChannel(_BreakingStream())

    receipts = channel.send([make_message(key=key) for key in "abcd"])

    assert [(receipt.key, str(receipt.outcome)) for receipt in receipts] == [
        ("a", "accepted"),
        ("b", "unknown"),
        ("c", "retry"),
        ("d", "retry"),
    ]
    assert receipts[1].detail == "the output broke (Broken pipe)"
