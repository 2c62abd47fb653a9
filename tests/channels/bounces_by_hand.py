"""What comes back by e-mail, in the forms of many servers, each made here by hand.

Texts are those that servers are known to send, with addresses of nobody.
"""

from __future__ import annotations

import base64
from datetime import UTC, datetime

from messages_by_hand import make_message

from crmlib.channels import Secret
from crmlib.channels._mail import write_mail
from crmlib.channels._return_path import ReturnPath

KEY = "0123456789abcdef0123456789abcdef"
SECRET = Secret("the secret of the return path")
TO = "mina@example.com"
BACK = "bounces@shop.example"
SENT_AT = datetime(2026, 11, 2, 3, 0, tzinfo=UTC)
DATE = "Mon, 02 Nov 2026 12:05:00 +0900"

ORIGINAL = write_mail(make_message(key=KEY, address=TO), at=SENT_AT).content.decode()
SIGNED = write_mail(
    make_message(key=KEY, address=TO), at=SENT_AT, return_path=ReturnPath(secret=SECRET)
).content.decode()
HEADERS = ORIGINAL.partition("\r\n\r\n")[0] + "\r\n"


def mail(
    body: str,
    *,
    sender: str = "MAILER-DAEMON@mail.example.com (Mail Delivery System)",
    subject: str = "Undelivered Mail Returned to Sender",
    to: str = BACK,
    content_type: str = "text/plain; charset=utf-8",
    message_id: str = "<bounce-1@mail.example.com>",
    more: str = "",
) -> bytes:
    """Give an e-mail that came back."""
    head = (
        f"Return-Path: <>\nDate: {DATE}\nFrom: {sender}\nTo: {to}\nSubject: {subject}\n"
        f"Message-ID: {message_id}\nMIME-Version: 1.0\nContent-Type: {content_type}\n{more}"
    )
    return f"{head}\n{body}".replace("\r\n", "\n").encode()


def report(
    notice: str,
    fields: str,
    returned: str = ORIGINAL,
    *,
    kind: str = "delivery-status",
    fields_type: str = "message/delivery-status",
    returned_type: str = "message/rfc822",
    fields_encoding: str = "",
    **other: str,
) -> bytes:
    """Give a multipart/report of three parts (RFC 6522)."""
    encoding = f"Content-Transfer-Encoding: {fields_encoding}\n" if fields_encoding else ""
    parts = [
        f"Content-Type: text/plain; charset=utf-8\n\n{notice}\n",
        f"Content-Type: {fields_type}\n{encoding}\n{fields}\n",
    ]
    if returned:
        parts.append(f"Content-Type: {returned_type}\n\n{returned}\n")
    body = "".join(f"--=bound\n{part}\n" for part in parts) + "--=bound--\n"
    content_type = f'multipart/report; report-type={kind};\n boundary="=bound"'
    return mail(body, content_type=content_type, **other)


def status(
    code: str,
    said: str = "",
    *,
    action: str = "failed",
    to: str = f"rfc822; {TO}",
    original: str = "",
    envelope_id: str = "",
) -> str:
    """Give the fields of RFC 3464 for one recipient."""
    lines = [
        f"Original-Envelope-Id: {envelope_id}" if envelope_id else "",
        "Reporting-MTA: dns; mail.example.com",
        f"Arrival-Date: {DATE}",
        "",
        f"Original-Recipient: {original}" if original else "",
        f"Final-Recipient: {to}",
        f"Action: {action}",
        f"Status: {code}",
        f"Diagnostic-Code: smtp; {said}" if said else "",
    ]
    first = lines[:3]
    return "\n".join(filter(None, first)) + "\n\n" + "\n".join(filter(None, lines[4:])) + "\n"


def base64_of(text: str, charset: str = "utf-8") -> str:
    """Give *text* as the body of a part in base64."""
    return base64.encodebytes(text.encode(charset)).decode()


def subject_of(text: str, charset: str = "utf-8") -> str:
    """Give *text* as an encoded word."""
    return f"=?{charset}?B?{base64.b64encode(text.encode(charset)).decode()}?="


NOTICE = "This is the mail system at host mail.example.com."
QMAIL = f"""Hi. This is the qmail-send program at mail.example.com.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<{TO}>:
{{reason}}

--- Below this line is a copy of the message.

Return-Path: <{BACK}>
{HEADERS}
user unknown: the text of the message itself
"""
EXIM = f"""This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  {TO}
    {{reason}}

------ This is a copy of the message, including all the headers. ------

{HEADERS}
"""

FAILURES: dict[str, tuple[bytes, str]] = {
    "postfix-user-unknown": (
        report(
            NOTICE,
            status(
                "5.1.1", "550 5.1.1 <mina@example.com>: Recipient address rejected: User unknown"
            ),
        ),
        "hard_bounce",
    ),
    "postfix-no-such-domain": (
        report(
            NOTICE,
            status("5.4.4", "").replace(
                "Status: 5.4.4\n",
                "Status: 5.4.4\nDiagnostic-Code: X-Postfix; Host or domain name not found. Name"
                "\n service error for name=exmaple.com type=A: Host not found\n",
            ),
        ),
        "hard_bounce",
    ),
    "postfix-mailbox-full": (
        report(NOTICE, status("5.2.2", "552 5.2.2 mailbox for mina is full")),
        "soft_bounce",
    ),
    "postfix-given-up-after-days": (
        report(
            NOTICE,
            status("4.4.1", "connect to mx.example.com[192.0.2.1]:25: Connection timed out"),
        ),
        "soft_bounce",
    ),
    "postfix-headers-only": (
        report(
            NOTICE,
            status("5.1.1", "550 no such user"),
            HEADERS,
            returned_type="text/rfc822-headers",
        ),
        "hard_bounce",
    ),
    "gmail-no-account": (
        report(
            "** Address not found **\n\nYour message wasn't delivered to mina@example.com because"
            "\nthe address couldn't be found.",
            status(
                "5.1.1",
                "550-5.1.1 The email account that you tried to reach does not exist. Please try\n"
                " 550-5.1.1 double-checking the recipient's email address",
            ),
            sender="Mail Delivery Subsystem <mailer-daemon@googlemail.example>",
            subject="Delivery Status Notification (Failure)",
            more="X-Failed-Recipients: mina@example.com\nAuto-Submitted: auto-replied\n",
        ),
        "hard_bounce",
    ),
    "gmail-out-of-storage": (
        report(
            NOTICE,
            status(
                "5.2.2", "552 5.2.2 The recipient's inbox is out of storage space and inactive."
            ),
        ),
        "soft_bounce",
    ),
    "gmail-disabled": (
        report(
            NOTICE,
            status("5.2.1", "550 5.2.1 The email account that you tried to reach is disabled."),
        ),
        "hard_bounce",
    ),
    "gmail-not-authenticated": (
        report(
            NOTICE,
            status(
                "5.7.26", "550-5.7.26 This mail is unauthenticated, which poses a security risk"
            ),
        ),
        "failed",
    ),
    "gmail-rate": (
        report(
            NOTICE,
            status(
                "4.2.1", "450 4.2.1 The user you are trying to contact is receiving mail at a rate"
            ),
        ),
        "soft_bounce",
    ),
    "exchange-not-found": (
        report(
            "Delivery has failed to these recipients or groups:\n\nmina@example.com",
            status("5.1.10", "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found"),
            sender="Microsoft Outlook <MicrosoftExchange329e71ec88ae4615@mail.example.com>",
            subject="Undeliverable: Hello",
        ),
        "hard_bounce",
    ),
    "exchange-online-access-denied": (
        report(
            NOTICE,
            status("5.4.1", "550 5.4.1 Recipient address rejected: Access denied. AS(201806281)"),
        ),
        "hard_bounce",
    ),
    "outlook-mailbox-unavailable": (
        report(
            NOTICE,
            status(
                "5.5.0", "550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302)"
            ),
        ),
        "hard_bounce",
    ),
    "outlook-block-list": (
        report(
            NOTICE,
            status(
                "5.7.1",
                "550 5.7.1 messages from [192.0.2.1] weren't sent: on our block list",
            ),
        ),
        "failed",
    ),
    "spamhaus": (
        report(
            NOTICE,
            status(
                "5.7.1",
                "554 5.7.1 Client host [192.0.2.1] blocked using zen.spamhaus.org",
            ),
        ),
        "failed",
    ),
    "too-large": (
        report(NOTICE, status("5.3.4", "552 5.3.4 Message size exceeds fixed limit")),
        "failed",
    ),
    "relaying-denied": (
        report(NOTICE, status("5.7.1", "554 5.7.1 <mina@example.com>: Relay access denied")),
        "failed",
    ),
    "sendmail-unknown": (
        report(
            "  ----- The following addresses had permanent fatal errors -----\n<mina@example.com>",
            status("5.1.1", "550 5.1.1 <mina@example.com>... User unknown"),
            sender="Mail Delivery Subsystem <MAILER-DAEMON@mail.example.com>",
            subject="Returned mail: see transcript for details",
        ),
        "hard_bounce",
    ),
    "yahoo-no-mailbox": (
        report(
            NOTICE,
            status(
                "5.0.0",
                "554 delivery error: dd This user doesn't have a yahoo.example account (mina)",
            ),
        ),
        "hard_bounce",
    ),
    "no-action-no-diagnosis": (
        report(
            "The following recipient does not exist: mina@example.com",
            "Reporting-MTA: dns; mail.example.com\n\nFinal-Recipient: rfc822; mina@example.com\n"
            "Status: 5.0.0\n",
        ),
        "hard_bounce",
    ),
    "fields-in-base64": (
        report(
            NOTICE,
            base64_of(status("5.1.1", "550 5.1.1 User unknown")),
            fields_encoding="base64",
        ),
        "hard_bounce",
    ),
    "utf8-recipient": (
        report(
            NOTICE,
            status("5.1.1", "550 5.1.1 User unknown", to="utf-8; 미나@example.com"),
            kind="global-delivery-status",
            fields_type="message/global-delivery-status",
            returned_type="message/global",
        ),
        "hard_bounce",
    ),
    "utf8-fields-in-base64": (
        report(
            NOTICE,
            base64_of(status("5.2.2", "552 메일함이 가득 찼습니다", to="utf-8; 미나@example.com")),
            fields_type="message/global-delivery-status",
            fields_encoding="base64",
        ),
        "soft_bounce",
    ),
    "forwarded-elsewhere": (
        report(
            NOTICE,
            status(
                "5.1.1",
                "550 no such user",
                to="rfc822; elsewhere@example.net",
                original=f"rfc822;{TO}",
            ),
        ),
        "hard_bounce",
    ),
    "nothing-but-the-envelope-id": (
        report(NOTICE, status("5.1.1", "550 no such user", envelope_id=KEY), returned=""),
        "hard_bounce",
    ),
    "nothing-but-the-return-path": (
        report(
            NOTICE,
            status("5.1.1", "550 no such user"),
            returned="",
            to=f"bounces+{KEY}@shop.example",
        ),
        "hard_bounce",
    ),
    "another-message-id": (
        report(
            NOTICE,
            status("5.1.1", "550 no such user"),
            HEADERS.replace("Message-ID: <" + KEY, "Message-ID: <0100018c"),
            returned_type="text/rfc822-headers",
        ),
        "hard_bounce",
    ),
    "qmail-no-mailbox": (
        mail(
            QMAIL.format(reason="Sorry, no mailbox here by that name. (#5.1.1)"),
            subject="failure notice",
            content_type="text/plain",
        ),
        "hard_bounce",
    ),
    "qmail-full": (
        mail(
            QMAIL.format(reason="User is over the quota. You can try again later. (#5.2.2)"),
            subject="failure notice",
        ),
        "soft_bounce",
    ),
    "qmail-remote-spam": (
        mail(
            QMAIL.format(
                reason="192.0.2.1 failed after I sent it.\nRemote host said: 554 rejected as spam"
            ),
            subject="failure notice",
        ),
        "failed",
    ),
    "exim-unrouteable": (
        mail(
            EXIM.format(reason="Unrouteable address"),
            subject="Mail delivery failed: returning message to sender",
            more=f"X-Failed-Recipients: {TO}\nAuto-Submitted: auto-replied\n",
        ),
        "hard_bounce",
    ),
    "exim-retry-timeout": (
        mail(
            EXIM.format(reason="host mx.example.com [192.0.2.1]: retry timeout exceeded"),
            subject="Mail delivery failed: returning message to sender",
        ),
        "soft_bounce",
    ),
    "courier": (
        report(
            "A delivery status notification from the Courier mail server.",
            status("5.0.0", "550 User unknown."),
            subject="NOTICE: mail delivery status.",
        ),
        "hard_bounce",
    ),
    "exchange-5.5-in-words": (
        mail(
            "Your message\n\n  To:      mina@example.com\n  Subject: Hello\n\n"
            "did not reach the following recipient(s):\n\nmina@example.com on Mon, 2 Nov 2026\n"
            "    The recipient name is not recognized: unknown recipient\n",
            sender="System Administrator <postmaster@example.com>",
            subject="Undeliverable: Hello",
            more=f"In-Reply-To: <{KEY}@example.org>\n",
        ),
        "hard_bounce",
    ),
    "quoted-headers-in-words": (
        mail(
            "This message is to inform you that an email you sent was rejected.\n\n"
            "reject reason: Mailbox full\ntarget mail address: mina@example.com\n\n"
            f"------------\nbounced E-Mail:\n> {HEADERS}".replace("\r\n", "\n> "),
            sender="postmaster@mail.example.com",
            subject="email bounce notification",
        ),
        "soft_bounce",
    ),
    "naver-like-no-address": (
        mail(
            base64_of(
                "<html><head><title>발송 실패</title><style>p {color: red}</style></head>"
                "<body><p>메일이 전송되지 못했습니다.</p>"
                "<table><tr><td>받는사람</td><td>mina@example.com</td></tr>"
                "<tr><td>실패 원인</td><td>존재하지 않는 메일 주소입니다.</td></tr></table>"
                f"<p>Message-ID: &lt;{KEY}@example.org&gt;</p></body></html>"
            ),
            sender=f"{subject_of('메일 시스템')} <no_reply@mail.example.com>",
            subject=subject_of("[발송실패 안내] Hello 메일이 전송되지 못했습니다."),
            content_type="text/html; charset=utf-8",
            more="Content-Transfer-Encoding: base64\n",
        ),
        "hard_bounce",
    ),
    "daum-like-dormant": (
        mail(
            base64_of(
                "보내신 메일이 반송되었습니다.\n\n받는 사람: mina@example.com\n"
                "반송 사유: 휴면 상태의 메일 주소입니다.\n\n"
                f"----- 원본 메시지 -----\nMessage-ID: <{KEY}@example.org>\n",
                "euc-kr",
            ),
            sender=f"{subject_of('메일 배달 시스템', 'euc-kr')} <MAILER-DAEMON@mail.example.com>",
            subject=subject_of("메일 반송 안내", "euc-kr"),
            content_type='text/plain; charset="ks_c_5601-1987"',
            more="Content-Transfer-Encoding: base64\n",
        ),
        "hard_bounce",
    ),
    "korean-mailbox-full": (
        mail(
            base64_of(
                "받는 사람의 메일함 용량이 초과되어 전송하지 못했습니다.\nmina@example.com\n"
                f"Message-ID: <{KEY}@example.org>\n"
            ),
            subject=subject_of("메일 전송 실패 안내"),
            content_type="text/plain",  # no character set, and in UTF-8
            more="Content-Transfer-Encoding: base64\n",
        ),
        "soft_bounce",
    ),
    "korean-taken-for-spam": (
        mail(
            "스팸 메일로 분류되어 수신이 차단되었습니다.\nmina@example.com\n"
            f"Message-ID: <{KEY}@example.org>\n",
            subject=subject_of("메일 배달 실패"),
        ),
        "failed",
    ),
    "words-that-say-nothing": (
        mail(
            "Delivery to the following recipients failed.\n\n  mina@example.com\n\n"
            f"Message-ID: <{KEY}@x.example>\n",
            sender="postmaster@mail.example.com",
            subject="Delivery Status Notification (Failure)",
        ),
        "failed",
    ),
}
"""Each form that a message did not arrive, and its verdict."""

ON_THEIR_WAY: dict[str, tuple[bytes, str]] = {
    "delayed": (
        report(
            "THIS IS A WARNING ONLY. YOU DO NOT NEED TO RESEND YOUR MESSAGE.",
            status("4.4.1", "451 4.4.1 Connection timed out", action="delayed"),
            subject="Delayed Mail (still being retried)",
        ),
        "accepted",
    ),
    "delayed-without-action": (
        report(NOTICE, status("4.4.7", "delayed").replace("Action: failed\n", "")),
        "accepted",
    ),
    "relayed": (
        report("relayed to a mailer that tells nothing", status("2.0.0", action="relayed")),
        "accepted",
    ),
    "expanded": (report("expanded", status("2.0.0", action="expanded")), "accepted"),
    "delivered": (
        report("Your message was successfully delivered", status("2.0.0", action="delivered")),
        "delivered",
    ),
    "exim-delayed-in-words": (
        mail(
            "This message was created automatically by mail delivery software.\nA message that you"
            " sent has not yet been delivered to one or more of its\nrecipients after more than 24"
            " hours on the queue.\nNo action is required on your part. Delivery attempts will"
            f" continue for\nsome time.\n\n  mina@example.com\n\n{HEADERS}",
            subject="Warning: message 1abc delayed 24 hours",
        ),
        "accepted",
    ),
}
"""What is not decided yet, or went well."""

COMPLAINTS: dict[str, tuple[bytes, str]] = {
    "abuse": (
        report(
            "This is an email abuse report.",
            "Feedback-Type: abuse\nUser-Agent: SomeGenerator/1.0\nVersion: 1\n"
            f"Original-Rcpt-To: <{TO}>\n",
            kind="feedback-report",
            fields_type="message/feedback-report",
            sender="<abusedesk@mail.example.net>",
            subject="FW: Hello",
        ),
        "complaint",
    ),
    "abuse-headers-only": (
        report(
            "abuse",
            "Feedback-Type: abuse\nUser-Agent: SomeGenerator/1.0\nVersion: 1\n",
            HEADERS,
            kind="feedback-report",
            fields_type="message/feedback-report",
            returned_type="text/rfc822-headers",
            sender="fbl@mail.example.net",
            subject="complaint",
        ),
        "complaint",
    ),
    "wants-out": (
        report(
            "opt-out",
            "Feedback-Type: opt-out\nUser-Agent: SomeGenerator/1.0\nVersion: 1\n",
            kind="feedback-report",
            fields_type="message/feedback-report",
            sender="fbl@mail.example.net",
            subject="opt out",
        ),
        "opted_out",
    ),
    "outlook-without-fields": (
        mail(
            f"--=b\nContent-Type: message/rfc822\n\n{ORIGINAL}\n--=b--\n",
            sender="staff@hotmail.example",
            subject="complaint about message from 192.0.2.1",
            content_type='multipart/mixed; boundary="=b"',
        ),
        "complaint",
    ),
}
"""Each form of a complaint, and of a wish to opt out in a form for complaints."""

NO_REPORTS: dict[str, tuple[bytes, str]] = {
    "out-of-office": (
        mail(
            "I am out until Monday; your message could not be delivered to me in person.",
            sender="Mina <mina@example.com>",
            subject="Automatic reply: Hello",
            more="Auto-Submitted: auto-replied\n",
        ),
        "an automatic reply",
    ),
    "out-of-office-of-the-postmaster": (
        mail(
            "550 5.1.1 user unknown is what I will write when I am back",
            sender="postmaster@example.com",
            subject="Out of Office: Undeliverable",
        ),
        "an automatic reply",
    ),
    "vacation-without-a-word-in-its-subject": (
        mail(
            "Away. For returned mail see 550 5.1.1",
            sender="mina@example.com",
            subject="Re: Hello",
            more="Auto-Submitted: auto-replied (vacation)\n",
        ),
        "an automatic reply",
    ),
    "old-autoresponder": (
        mail("Thanks!", sender="mina@example.com", subject="Re: Hello", more="X-Autoreply: yes\n"),
        "an automatic reply",
    ),
    "precedence": (
        mail("Hi", sender="a@example.com", subject="Hello", more="Precedence: auto_reply\n"),
        "an automatic reply",
    ),
    "korean-absence": (
        mail(
            "휴가 중입니다",
            sender="mina@example.com",
            subject=subject_of("[자동응답] 부재중입니다"),
        ),
        "an automatic reply",
    ),
    "read": (
        report(
            "Your message was read",
            f"Final-Recipient: rfc822; {TO}\nDisposition: manual-action/MDN-sent; displayed\n",
            kind="disposition-notification",
            fields_type="message/disposition-notification",
            sender="mina@example.com",
            subject="Read: Hello",
        ),
        "a receipt for reading",
    ),
    "not-spam": (
        report(
            "not spam",
            "Feedback-Type: not-spam\nUser-Agent: SomeGenerator/1.0\nVersion: 1\n",
            kind="feedback-report",
            fields_type="message/feedback-report",
        ),
        "feedback that is no complaint",
    ),
    "dmarc-failure": (
        report(
            "auth failure",
            "Feedback-Type: auth-failure\nUser-Agent: SomeGenerator/1.0\nVersion: 1\n",
            kind="feedback-report",
            fields_type="message/feedback-report",
        ),
        "feedback that is no complaint",
    ),
    "a-person": (
        mail("When is my order delivered?", sender="mina@example.com", subject="A question"),
        "no report",
    ),
    "a-person-on-bounces": (
        mail("The ball was returned.", sender="mina@example.com", subject="Bouncy ball").replace(
            b"Return-Path: <>\n", b""
        ),
        "no report",
    ),
    "a-bounce-of-nothing": (
        mail("something failed", sender="postmaster@example.com", subject="failure notice"),
        "it names neither message nor address",
    ),
    "empty": (b"", "no report"),
    "no-mail-at-all": (bytes(range(256)), "no report"),
}
"""What is no report, and what it is set aside as."""
