"""How fast messages leave, against bare loops that do nothing else: at least .8 of their rate.

Each channel sends to a sink on loopback, in a process of its own, and so does a
bare loop over the same number of connections, as a script would have it:
``smtplib`` with an ``EmailMessage`` for each customer, ``httpx2`` posting JSON for
each.  What the channel does besides is check each message, sign it, look at the
phase, and make a receipt.  Without a claim, for comparison: ``sendmail`` of one
finished e-mail again and again.  Rounds take turns, so that a busy machine slows both.
"""

import asyncio
import smtplib
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from email.message import EmailMessage
from statistics import median
from time import perf_counter

import attrs
import httpx2
from results import describe_machine, write_section

from crmlib.channels import SmtpChannel, WebhookChannel
from crmlib.channels._mail import write_mail
from crmlib.messages import Message, Purpose, Recipient, Sender

N_MESSAGES = 500
N_ROUNDS = 7
CLAIM = 0.8
BODY = "Good morning. " * 40


def main() -> None:
    """Measure, print and keep the result; exit with 1 if the claim does not hold."""
    if sys.argv[1:]:
        asyncio.run(sink(sys.argv[1]))
        return
    rows = [
        measure_smtp("smtp", is_finished=False),
        measure_smtp("smtp (finished e-mail)", is_finished=True),
        *(measure_webhook(connections) for connections in (1, 8)),
    ]
    lines = [
        f"{'channel':<24}{'messages/s':>12}{'bare loop/s':>13}{'ratio':>8}  middle half",
        *(row.line for row in rows),
    ]
    table = "\n".join(f"    {line}" for line in lines)
    text = (
        f"{N_MESSAGES:,} messages of {len(BODY)} characters to a sink on loopback, "
        f"median of {N_ROUNDS} rounds that take turns; the claim is a ratio of {CLAIM}.\n\n"
        f"{table}\n\n{describe_machine('crmlib', 'httpcore2', 'httpx2')}"
    )
    print(text)
    write_section("channels", text)
    sys.exit(any(row.ratio < CLAIM for row in rows if "finished" not in row.name))


@attrs.frozen
class Row:
    """Seconds of a channel and of a bare loop, round by round."""

    name: str
    ours: list[float]
    bare: list[float]

    @property
    def ratio(self) -> float:
        """The median of the rounds' ratios."""
        return median(self._ratios)

    @property
    def line(self) -> str:
        """One line of the table."""
        rates = [N_MESSAGES / median(each) for each in (self.ours, self.bare)]
        half = sorted(self._ratios)
        low, high = half[len(half) // 4], half[-1 - len(half) // 4]
        return (
            f"{self.name:<24}{rates[0]:>12,.0f}{rates[1]:>13,.0f}{self.ratio:>8.2f}"
            f"  {low:.2f} to {high:.2f}"
        )

    @property
    def _ratios(self) -> list[float]:
        return [bare / ours for ours, bare in zip(self.ours, self.bare, strict=True)]


def measure_smtp(name: str, *, is_finished: bool) -> Row:
    """Send e-mail over one connection."""
    messages = make_messages()
    mail = write_mail(messages[0], at=datetime.now(UTC))
    with Sink("smtp") as port:
        channel = SmtpChannel("127.0.0.1", port)
        bare = smtplib.SMTP("127.0.0.1", port)

        def send_bare() -> None:
            for message in messages:
                if is_finished:
                    bare.sendmail(mail.sender.wire, [mail.recipient.wire], mail.content)
                else:
                    bare.send_message(write_bare(message))

        row = take_turns(name, lambda: send_all(channel, messages), send_bare)
        channel.close()
        bare.quit()
    return row


def write_bare(message: Message) -> EmailMessage:
    """Write an e-mail as the standard library's documentation does."""
    mail = EmailMessage()
    mail["From"] = f"{message.sender.name} <{message.sender.email}>"
    mail["To"] = message.recipient.address
    mail["Subject"] = message.subject
    mail.set_content(message.body)
    return mail


def measure_webhook(connections: int) -> Row:
    """Post signed JSON over *connections*."""
    messages = make_messages()
    with Sink("http") as port, ThreadPoolExecutor(connections) as threads:
        url = f"http://127.0.0.1:{port}/"
        channel = WebhookChannel(
            url, "s3cret", allowed_networks="127.0.0.0/8", connections=connections
        )
        limits = httpx2.Limits(max_connections=connections)
        client = httpx2.Client(trust_env=False, limits=limits)

        def post(message: Message) -> None:
            client.post(url, json=attrs.asdict(message)).raise_for_status()

        def send_bare() -> None:
            if connections == 1:
                for message in messages:
                    post(message)
            else:
                list(threads.map(post, messages))

        name = f"webhook, {connections} at once"
        row = take_turns(name, lambda: send_all(channel, messages), send_bare)
        channel.close()
        client.close()
    return row


def make_messages() -> list[Message]:
    """Make messages that differ in key and recipient."""
    return [
        Message(
            key=f"m{number}",
            recipient=Recipient(customer_id=f"C{number}", address=f"c{number}@example.com"),
            sender=Sender(name="Shop", email="shop@example.org"),
            purpose=Purpose.INFORMATIONAL,
            subject="Hello",
            body=BODY,
        )
        for number in range(N_MESSAGES)
    ]


def send_all(channel: SmtpChannel | WebhookChannel, messages: list[Message]) -> None:
    """Send in batches of 100, as the ledger does, and see that all are taken."""
    for start in range(0, len(messages), 100):
        receipts = channel.send(messages[start : start + 100])
        assert {str(receipt.outcome) for receipt in receipts} == {"accepted"}, receipts[0]


def take_turns(name: str, ours: Callable[[], None], bare: Callable[[], None]) -> Row:
    """Time both, round by round, after one that does not count."""
    ours(), bare()
    row = Row(name, [], [])
    for _ in range(N_ROUNDS):
        for work, seconds in ((ours, row.ours), (bare, row.bare)):
            start = perf_counter()
            work()
            seconds.append(perf_counter() - start)
    return row


class Sink:
    """A server in another process that takes everything."""

    def __init__(self, kind: str) -> None:
        self._kind = kind

    def __enter__(self) -> int:
        command = [sys.executable, __file__, self._kind]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        return int(self._process.stdout.readline())

    def __exit__(self, *exc_info: object) -> None:
        self._process.terminate()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


async def sink(kind: str) -> None:
    """Serve until terminated; print the port."""
    server = await asyncio.start_server(take_mail if kind == "smtp" else take_posts, "127.0.0.1")
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


async def take_posts(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer each request with 200."""
    while head := await _head(reader):
        length = next(
            int(line.partition(b":")[2])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length:")
        )
        await reader.readexactly(length)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
    writer.close()


async def _head(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return b""


async def take_mail(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Speak as much SMTP as it takes to take e-mail."""
    writer.write(b"220 ready\r\n")
    while line := await reader.readline():
        verb = line[:4].upper()
        if verb == b"DATA":
            writer.write(b"354 go on\r\n")
            await reader.readuntil(b"\r\n.\r\n")
            writer.write(b"250 taken\r\n")
        elif verb == b"EHLO":
            writer.write(b"250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n")
        else:
            writer.write(b"221 bye\r\n" if verb == b"QUIT" else b"250 fine\r\n")
    writer.close()


if __name__ == "__main__":
    main()
