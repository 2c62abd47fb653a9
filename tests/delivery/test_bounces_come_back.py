"""From a mail server that takes messages and then bounces one, to the ledger and the next plan."""

from __future__ import annotations

import mailbox
import re
import socket
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from aiosmtpd.controller import Controller
from plans_to_deliver import NOON, Clock, make_plan

from crmlib.channels import SmtpChannel, read_mail_report, read_mailbox
from crmlib.delivery import deliver, list_engagements, record_reports

if TYPE_CHECKING:
    from pathlib import Path

    from aiosmtpd.smtp import Envelope

    from crmlib.campaigns import Plan
    from crmlib.delivery import DeliverySummary, Ledger

SECRET = "the secret of the return path"
NOTICE = """\
Return-Path: <>
From: Mail Delivery System <MAILER-DAEMON@mail.example.com>
To: {to}
Subject: Undelivered Mail Returned to Sender
Date: Mon, 12 Dec 2011 12:05:00 +0900
Message-ID: <1@mail.example.com>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="=b"

--=b
Content-Type: text/plain

This is the mail system at host mail.example.com.

--=b
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.com

Final-Recipient: rfc822; {recipient}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 User unknown

--=b
Content-Type: text/rfc822-headers

{returned}

--=b--
"""


class BouncingServer:
    """A server that takes all, and writes a notice to its sender's mailbox for one domain."""

    def __init__(self, box: Path) -> None:
        self._box = box

    async def handle_DATA(self, _: object, __: object, envelope: Envelope) -> str:  # noqa: N802
        """Take a message; bounce it if its recipient is unknown here."""
        (recipient,) = envelope.rcpt_tos
        if recipient == "c001@example.com":
            self._bounce(envelope, recipient)
        return "250 2.0.0 queued"

    def _bounce(self, envelope: Envelope, recipient: str) -> None:
        content = envelope.content
        assert isinstance(content, bytes)
        head = content.partition(b"\r\n\r\n")[0].decode().replace("\r\n", "\n")
        # this server has given the message a Message-ID of its own
        returned = re.sub("Message-ID: <[^@]*", "Message-ID: <0100018c", head)
        box = mailbox.mbox(self._box)
        box.add(
            NOTICE.format(to=envelope.mail_from, recipient=recipient, returned=returned).encode()
        )
        box.close()


def send(ledger: Ledger, plan: Plan, port: int) -> DeliverySummary:
    """Deliver *plan* by SMTP."""
    settings: dict[str, Any] = {
        "return_path": "bounces+{message_key}@shop.example",
        "return_path_secret": SECRET,
    }
    with SmtpChannel("127.0.0.1", port, ehlo_name="me", **settings) as channel:
        return deliver(
            plan, ledger, approved=plan.digest, channels={"fake": channel}, clock=Clock()
        )


def test_what_bounces_is_not_written_to_again(ledger: Ledger, tmp_path: Path) -> None:
    """The notice finds its message by the signed mark; the next campaign spares the address."""
    box = tmp_path / "bounces.mbox"
    with socket.socket() as probe:  # aiosmtpd takes no port 0
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = Controller(BouncingServer(box), hostname="127.0.0.1", port=port)
    server.start()
    try:
        first = send(ledger, make_plan(3), port)
        ((_, raw),) = list(read_mailbox(box))
        now = NOON + timedelta(hours=1)
        batch = read_mail_report(raw, received_at=now, secret=SECRET)
        found = record_reports(ledger, batch.reports, at=now)
        second = send(ledger, make_plan(3, campaign="spring"), port)
    finally:
        server.stop()

    assert [first.counts["accepted"], second.counts["accepted"]] == [3, 2]
    assert (found.new, found.of_no_message, found.suppressed) == ({"hard_bounce": 1}, 0, 1)
    assert second.counts["blocked"] == 1
    events = list_engagements(ledger, NOON)
    bounced = events[events["event"] == "bounced"]
    assert bounced["customer_id"].to_list() == ["C001"]
    assert bounced["at"].iloc[0] == NOON + timedelta(minutes=5)
