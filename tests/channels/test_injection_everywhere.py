"""Header injection does not work on any Python that crmlib runs on, seen by a real SMTP server."""

import json
import os
import shutil
import subprocess
import sys
from email import policy
from email.parser import Parser
from pathlib import Path

import attr
import dns
import email_validator
import idna
import lazy_loader
import pytest
from injections import FORGED, FORGED_ADDRESSES, HARMLESS
from smtp_servers import RealServer

import crmlib

# what a channel for e-mail needs; all of it is pure Python, so that any version can import it
NEEDED = {
    str(Path(str(module.__file__)).parent.parent)
    for module in (attr, dns, email_validator, idna, lazy_loader)
}
SENDER = """
import json, sys
from crmlib.channels import SmtpChannel
from crmlib.messages import Message, Purpose, Recipient, Sender

port, cases = json.load(sys.stdin)
messages = [
    Message(
        key=f"k{number}", purpose=Purpose.ADVERTISING, subject=case["subject"], body=case["body"],
        recipient=Recipient(customer_id="C", address=case["address"], name=case["name"]),
        sender=Sender(name=case["sender"], email="shop@example.org"),
    )
    for number, case in enumerate(cases)
]
with SmtpChannel("127.0.0.1", port, ehlo_name="me") as channel:
    receipts = [channel.send([message])[0] for message in messages]
print(json.dumps([sys.version_info[:2], [str(receipt.outcome) for receipt in receipts]]))
"""


def interpreter(minor: int) -> str:
    """Find Python 3.*minor*, or skip and say so."""
    if sys.version_info[:2] == (3, minor):
        return sys.executable
    home = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found = [str(path) for path in sorted(home.glob(f"3.{minor}.*/bin/python"))]
    for command in [*found, shutil.which(f"python3.{minor}")]:
        if command is None:
            continue
        program = [command, "-c", f"import sys; sys.exit(sys.version_info[:2] != (3, {minor}))"]
        if subprocess.run(program, capture_output=True, check=False).returncode == 0:
            return command
    pytest.skip(f"header injection is NOT tried on Python 3.{minor}: it is not on this machine")


@pytest.mark.parametrize("minor", [11, 12, 13], ids="3.{}".format)
def test_the_recipients_seen_are_exactly_those_meant(minor: int) -> None:
    """Each forgery is refused, each harmless text arrives, and nobody else gets anything."""
    usual = {
        "subject": "Hello", "name": "Mina", "sender": "Shop", "body": "Hi",
        "address": "mina@example.com",
    }  # fmt: skip
    fields = ("subject", "name", "sender")
    cases = [usual | {field: text} for field in fields for text in (*FORGED, *HARMLESS)]
    cases += [usual | {"address": address} for address in FORGED_ADDRESSES]
    cases.append(usual | {"body": "Hi\r\n.\r\nRCPT TO:<eve@example.com>\r\n.\n.."})
    paths = [str(Path(crmlib.__file__).parent.parent), *sorted(NEEDED)]
    with RealServer() as server:
        done = subprocess.run(
            [interpreter(minor), "-W", "error", "-c", SENDER],
            input=json.dumps([server.port, cases]),
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    version, outcomes = json.loads(done.stdout)
    taken = [case for case, outcome in zip(cases, outcomes, strict=True) if outcome == "accepted"]
    refused = [
        case for case, outcome in zip(cases, outcomes, strict=True) if outcome != "accepted"
    ]
    parsed = [Parser(policy=policy.default).parsestr(each.content.decode())
              for each in server.inbox.envelopes]  # fmt: skip

    assert version == [3, minor]
    assert len(refused) == 3 * len(FORGED) + len(FORGED_ADDRESSES)
    assert set(outcomes) == {"accepted", "rejected"}
    assert [each.rcpt_tos for each in server.inbox.envelopes] == [["mina@example.com"]] * len(
        taken
    )
    assert [mail["Subject"].split() for mail in parsed] == [c["subject"].split() for c in taken]
    for mail in parsed:
        assert {"Bcc", "Cc", "Resent-To"}.isdisjoint(mail.keys())
        assert [str(each.addr_spec) for each in mail["To"].addresses] == ["mina@example.com"]
        assert [str(each.addr_spec) for each in mail["From"].addresses] == ["shop@example.org"]
