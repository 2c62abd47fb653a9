"""E-mail is signed, and dkimpy finds the signature good."""

import base64
import sys
from pathlib import Path
from typing import Any

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from messages_by_hand import make_message
from smtp_servers import RealServer

from crmlib.channels import SmtpChannel
from crmlib.exceptions import InvalidParameterError, MissingExtraError
from crmlib.messages import Outcome


@pytest.fixture(scope="module")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a private key."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    path = tmp_path_factory.mktemp("dkim") / "key.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
    )
    return path


def dns_of(key_file: Path) -> Any:
    """Answer as the DNS of the sender's domain would."""
    key = serialization.load_pem_private_key(key_file.read_bytes(), password=None)
    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    record = b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)
    return lambda name, timeout=5: record if name == b"news._domainkey.example.org." else None


def send(key_file: Path, **changes: Any) -> bytes:
    """Send one signed message to a real server, and give what it received."""
    with (
        RealServer() as server,
        SmtpChannel(
            "127.0.0.1", server.port, dkim_selector="news", dkim_key_file=key_file
        ) as channel,
    ):
        receipts = channel.send([make_message(key="other"), make_message(**changes)])
        received = server.inbox.envelopes

    assert {receipt.outcome for receipt in receipts} == {Outcome.ACCEPTED}
    content = received[1].original_content
    assert isinstance(content, bytes)
    return content


def test_dkimpy_verifies_what_arrived(key_file: Path) -> None:
    """Korean subject, HTML and the pair of opt-out headers are all under the signature."""
    content = send(
        key_file,
        subject="(광고) 겨울 세일 😀",
        body="안녕하세요\n.\n..\n",
        html="<p>안녕</p>",
        opt_out_url="https://shop.example/out",
    )
    signature = content.partition(b"\r\nFrom:")[0].lower()

    assert dkim.verify(content, dnsfunc=dns_of(key_file))
    for name in (b"from", b"subject", b"list-unsubscribe", b"list-unsubscribe-post"):
        assert name in signature


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"List-Unsubscribe-Post: List", b"List-Unsubscribe-Post: Mist"),
        (b"Subject: Hello", b"Subject: Jello"),
        (b"Good morning", b"Good evening"),
        (b"From: ", b"From: evil@example.com\r\nFrom: "),
    ],
    ids=["opt-out", "subject", "body", "another sender"],
)
def test_whatever_is_altered_breaks_the_signature(
    before: bytes, after: bytes, key_file: Path
) -> None:
    """A change of a signed header or of the body is found."""
    content = send(key_file, opt_out_url="https://shop.example/out")

    assert before in content
    assert not dkim.verify(content.replace(before, after, 1), dnsfunc=dns_of(key_file))


@pytest.mark.parametrize("text", [None, "canary", "-----BEGIN RSA PRIVATE KEY-----\ncanary"])
def test_a_file_that_is_no_key_sends_nothing(text: str | None, tmp_path: Path) -> None:
    """The message waits, and nothing of the file is shown."""
    path = tmp_path / "key.pem"
    if text is not None:
        path.write_text(text)
    with (
        RealServer() as server,
        SmtpChannel("127.0.0.1", server.port, dkim_selector="news", dkim_key_file=path) as channel,
    ):
        (receipt,) = channel.send([make_message()])
        received = list(server.inbox.envelopes)

    assert receipt.outcome is Outcome.RETRY
    assert str(receipt.detail).startswith("dkim_key_file is no usable key (")
    assert "canary" not in str(receipt.detail)
    assert received == []


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"dkim_selector": "news"}, "given both or neither, got 'dkim_selector alone'"),
        ({"dkim_key_file": "key.pem"}, "given both or neither, got 'dkim_key_file alone'"),
        ({"dkim_selector": "a b", "dkim_key_file": "k"}, "dkim_selector must be letters"),
    ],
    ids=["selector", "key", "blank"],
)
def test_settings_that_cannot_be(settings: dict[str, str], text: str) -> None:
    """Half of the settings is none, and a selector is a name."""
    with pytest.raises(InvalidParameterError, match=text):
        SmtpChannel(**settings)  # type: ignore[arg-type]


def test_without_the_extra_the_way_out_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has not installed dkimpy learns the extra when the channel is made."""
    monkeypatch.setitem(sys.modules, "dkim", None)

    with pytest.raises(MissingExtraError, match=r"crmlib\[dkim\]"):
        SmtpChannel(dkim_selector="news", dkim_key_file="key.pem")
