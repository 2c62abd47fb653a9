"""From the order file to the page of the report: what is nobody's business shows nowhere."""

import csv
import json
import logging
import sys
import traceback
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from http_servers import CUT, FakeServer, Response
from messages_by_hand import make_message
from smtp_servers import DROP, ScriptedServer

from crmlib.channels import ConsoleChannel, FileChannel, SmtpChannel, WebhookChannel
from crmlib.cli import main
from crmlib.exceptions import UnsupportedFeatureError

PASSWORD = "canary-password"
ADDRESS = "canary-mina@nest.example"
NAME = "Mina-canary"
BODY = "canary-body of a message"
IN = {"AUTH": "235 come in"}

CAMPAIGN = """
[campaign]
name = "winback"
audience = ["Away"]
channels = ["smtp"]
policy = "KR"
holdout = 0.1

[data]
orders = "orders.csv"
profiles = "profiles.csv"
consents = "consents.csv"
later_orders = "later.csv"
timezone = "Asia/Seoul"
snapshot_date = "2026-06-30"

[segmenter]
kind = "rules"
[[segmenter.rules]]
name = "Away"
where = [["recency_days", ">=", 30]]

[timing]
kind = "fixed"
hour = 10

[sender]
name = "Shop"
email = "shop@example.com"
postal_address = "1 Example-ro, Seoul"
phone = "02-000-0000"
opt_out_url = "https://shop.example/out/{message_key}"

[channels.smtp]
host = "127.0.0.1"
port = PORT
username = "canary-user"
password = "env:SMTP_PASSWORD"

[templates.default]
subject = "canary-subject for {name}"
body = "canary-body: it has been {recency_days} days."
"""


def _write(path: str, header: str, rows: list[tuple[object, ...]]) -> None:
    with Path(path).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header.split(","), *rows])


def _write_shop(port: int) -> None:
    """Write the files of a shop whose customers are all canaries."""
    ids = [f"canary-{number}" for number in range(40)]
    _write(
        "orders.csv",
        "customer_id,order_id,ordered_at,amount",
        [(one, f"{one}-1", f"2026-0{1 + place % 4}-1{place % 9}", 100 + place)
         for place, one in enumerate(ids)],
    )  # fmt: skip
    _write(
        "later.csv",
        "customer_id,order_id,ordered_at,amount",
        [(one, f"{one}-2", "2026-07-04T12:00", 70) for one in ids[::3]],
    )
    _write(
        "profiles.csv",
        "customer_id,name,email,timezone",
        [(one, NAME, f"{one}@nest.example", "Asia/Seoul") for one in ids],
    )
    _write(
        "consents.csv",
        "customer_id,channel,purpose,granted,at",
        [(one, "email", "advertising", "true", "2026-01-05T09:00+09:00") for one in ids],
    )
    Path("campaign.toml").write_text(CAMPAIGN.replace("PORT", str(port)), encoding="utf-8")


def test_no_canary_sings_from_order_file_to_report(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Keys, customers and texts stand in no log, no line of the commands, and not on the page.

    The server repeats whom it refuses and breaks off in the middle, the digest is wrong once,
    and one order cannot be read.
    """
    caplog.set_level(logging.DEBUG)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SMTP_PASSWORD", PASSWORD)
    told = []

    def crmlib(*arguments: str) -> str:
        monkeypatch.setattr(sys, "argv", ["crmlib", *arguments])
        with pytest.raises(SystemExit):
            main()
        printed = capsys.readouterr()
        told.append(printed.out + printed.err)
        return printed.out

    refused = [f"550 no canary-{number}@nest.example of Mina-canary here" for number in range(3)]
    script = IN | {"RCPT": refused, "BODY": ["250 taken"] * 5 + [DROP]}
    with ScriptedServer(script, IN, extensions=["AUTH PLAIN LOGIN"]) as server:
        _write_shop(server.port)
        for command, day in (("_plan", "01"), ("_send", "02")):
            now = datetime.fromisoformat(f"2026-07-{day}T11:00+09:00")
            monkeypatch.setattr(f"crmlib.cli.{command}.utc_now", lambda now=now: now)
        made = json.loads(crmlib("plan", "campaign.toml", "--json"))
        plan, campaign = made["plan"], ("--campaign", "campaign.toml")
        crmlib("send", plan, "--approve", "0" * 64, *campaign)
        crmlib("send", plan, "--approve", made["digest"], *campaign)
    crmlib("send", plan, "--approve", made["digest"], *campaign)
    crmlib("status")
    crmlib("report", plan, *campaign, "--out", "page.html")
    page = Path("page.html").read_text(encoding="utf-8")
    bodies = b"".join(server.bodies)

    ledger = b"".join(file.read_bytes() for file in tmp_path.glob("crm.db*"))

    assert bodies.count(b"@nest.example") == 33  # 32 are taken, and one may be
    assert "rejected" in told[-2]
    assert "<svg" in page
    for word in (b"@nest.example", b"Mina-canary", b"canary-body", b"canary-password"):
        assert word not in ledger
    for text in (page, caplog.text, *told):
        # the first share of a campaign has that name too
        assert "canary" not in text.lower().replace('"canary": 0', "")


def _over_smtp(server: Any) -> SmtpChannel:
    return SmtpChannel(
        "127.0.0.1", server.port, username="canary-user", password=PASSWORD, timeout_seconds=2
    )


def _webhook(server: Any) -> WebhookChannel:
    return WebhookChannel(
        f"{server.url}/canary-path", PASSWORD, allowed_networks="127.0.0.0/8", timeout_seconds=2
    )


RUDE = f"550 {ADDRESS} of {NAME}: {BODY}"
SERVERS: dict[str, tuple[Callable[[], Any], Callable[[Any], Any]]] = {
    "smtp": (
        lambda: ScriptedServer(
            IN | {"RCPT": [RUDE], "BODY": ["250 ok", DROP]}, IN, extensions=["AUTH PLAIN"]
        ),
        _over_smtp,
    ),
    "smtp-login": (
        lambda: ScriptedServer(
            {"AUTH": f"535 canary-user may not in with {PASSWORD}"}, extensions=["AUTH PLAIN"]
        ),
        _over_smtp,
    ),
    "webhook": (
        lambda: FakeServer(
            lambda request: Response(400, request.body), None, CUT, Response(500, RUDE.encode())
        ),
        _webhook,
    ),
}


@pytest.mark.parametrize("name", SERVERS)
def test_a_rude_server_teaches_our_channels_nothing(
    name: str, caplog: pytest.LogCaptureFixture
) -> None:
    """What a server repeats of us stands in no receipt, log, repr or traceback with variables."""
    caplog.set_level(logging.DEBUG)
    make_server, make_channel = SERVERS[name]
    message = make_message(address=ADDRESS, name=NAME, body=BODY, subject="canary-subject")
    with make_server() as server, make_channel(server) as channel:
        shown = [repr(channel), str(channel)]
        shown += [repr(channel.send([message])) for _ in range(4)]
        shown.append(_traceback_of(channel, message))
    text = "\n".join([*shown, caplog.text])

    for word in ("canary", ADDRESS, NAME, BODY):
        assert word not in text


def _traceback_of(channel: Any, message: Any) -> str:
    try:
        channel.send([message] * 1000)
    except UnsupportedFeatureError as error:
        told = traceback.TracebackException.from_exception(error, capture_locals=True)
        ours = [frame for frame in told.stack if "tests" not in frame.filename]
        assert ours
        return "\n".join([str(error), *(str(frame.locals) for frame in ours)])
    raise AssertionError("a thousand messages were taken")


@pytest.mark.parametrize("kind", ["file", "console"])
def test_what_a_channel_is_for_it_shows_and_nothing_else_does(
    kind: str,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The console and the file hold the message; log, repr and receipts do not."""
    caplog.set_level(logging.DEBUG)
    channel: Any = ConsoleChannel() if kind == "console" else FileChannel(tmp_path / "out.jsonl")
    with channel:
        receipts = channel.send([make_message(address=ADDRESS, name=NAME, body=BODY)])
    written = capsys.readouterr().out
    if kind == "file":
        written += (tmp_path / "out.jsonl").read_text(encoding="utf-8")

    assert BODY in written
    assert "canary" not in repr(channel) + repr(receipts) + caplog.text
