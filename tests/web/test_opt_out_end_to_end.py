"""From a message that a mail server took to the next campaign that does not reach them."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from typing import TYPE_CHECKING, Any

import attrs
import httpx2
import pytest
from aiosmtpd.controller import Controller
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from web_shop import A_DAY, BRAND, KEYS, NOW, SENDER, Clock, make_plan, running

from crmlib.channels import SmtpChannel
from crmlib.delivery import Ledger, deliver
from crmlib.web import create_app

if TYPE_CHECKING:
    from pathlib import Path

    from aiosmtpd.smtp import SMTP, Envelope, Session


class Mailbox(Controller):
    """A real mail server on loopback that keeps what it takes."""

    def __init__(self) -> None:
        self.mails: dict[str, Any] = {}
        super().__init__(self, hostname="127.0.0.1", port=0)

    async def handle_DATA(  # noqa: N802 -- the name that aiosmtpd looks for
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Keep the message."""
        mail = message_from_bytes(envelope.content, policy=default)
        self.mails[envelope.rcpt_tos[0]] = mail
        return "250 taken"

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Make a certificate for localhost that nobody signed; key and certificate in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2120, 1, 1, tzinfo=UTC))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "certificate.pem"
    form = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    pem = serialization.Encoding.PEM
    path.write_bytes(key.private_bytes(pem, *form) + made.public_bytes(pem))
    return path


def test_the_link_in_a_message_that_was_received_ends_them(
    any_ledger: Ledger, certificate: Path
) -> None:
    """A mail provider POSTs what List-Unsubscribe says to a real server; a scanner GETs first."""
    mailbox = Mailbox()
    mailbox.start()
    app = create_app(any_ledger, brand=BRAND, opt_out_keys=KEYS, clock=Clock(NOW + A_DAY))
    trust = ssl.create_default_context(cafile=str(certificate))
    with running(app, ssl_certfile=certificate, ssl_keyfile=certificate) as address:
        url = f"{address}/o/{{opt_out_token}}"
        terms = {"sender": attrs.evolve(SENDER, opt_out_url=url), "channels": ("smtp",)}
        channel = SmtpChannel(host="127.0.0.1", port=mailbox.port)
        first = make_plan("first", **terms)
        deliver(
            first,
            any_ledger,
            approved=first.digest,
            channels={"smtp": channel},
            clock=Clock(NOW + A_DAY),
        )
        mail = mailbox.mails["mina@example.com"]
        link = mail["List-Unsubscribe"].strip("<>")
        seen = httpx2.get(link, verify=trust)
        done = httpx2.post(link, data={"List-Unsubscribe": "One-Click"}, verify=trust)
    mailbox.mails.clear()
    second = make_plan("second", now=NOW + 2 * A_DAY, **terms)
    deliver(
        second,
        any_ledger,
        approved=second.digest,
        channels={"smtp": channel},
        clock=Clock(NOW + 3 * A_DAY),
    )
    channel.close()
    mailbox.stop()

    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link in mail.get_body(("plain",)).get_content()
    assert (seen.status_code, done.status_code) == (200, 200)
    assert "strict-transport-security" in done.headers
    assert list(mailbox.mails) == ["jun@example.com"]
    states = any_ledger.deliveries("second").set_index("customer_id")["state"]
    assert states.to_dict() == {"C1": "blocked", "C2": "accepted"}
