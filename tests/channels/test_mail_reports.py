"""What comes back by e-mail is judged right, and finds its message."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from bounces_by_hand import (
    COMPLAINTS,
    FAILURES,
    KEY,
    NO_REPORTS,
    ON_THEIR_WAY,
    SECRET,
    SIGNED,
    mail,
    report,
    status,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib.channels import ReportBatch, Secret, read_mail_report
from crmlib.channels._bounce_verdict import judge_failure
from crmlib.channels._message_mark import write_mark

NOW = datetime(2026, 11, 3, tzinfo=UTC)
CORPUS = {**FAILURES, **ON_THEIR_WAY, **COMPLAINTS}


def read(raw: bytes, secret: Secret | None = None) -> ReportBatch:
    """Read one e-mail."""
    return read_mail_report(raw, received_at=NOW, secret=secret)


@pytest.mark.parametrize(("raw", "verdict"), CORPUS.values(), ids=CORPUS)
def test_each_form_has_its_verdict_and_finds_its_message(raw: bytes, verdict: str) -> None:
    """A notice of any form says the right thing of the right message, at the right time."""
    batch = read(raw)

    assert [(each.kind, each.message_key) for each in batch.reports] == [(verdict, KEY)]
    assert batch.reports[0].at == datetime(2026, 11, 2, 3, 5, tzinfo=UTC)
    assert batch.set_aside == ()


def test_there_are_forms_enough() -> None:
    """The corpus holds more than thirty forms of failure, and some of everything else."""
    assert len(FAILURES) > 30
    assert len(CORPUS) + len(NO_REPORTS) > 60


@pytest.mark.parametrize(("raw", "reason"), NO_REPORTS.values(), ids=NO_REPORTS)
def test_what_is_no_report_is_set_aside(raw: bytes, reason: str) -> None:
    """Automatic replies, receipts for reading and letters are never taken for bounces."""
    batch = read(raw)

    assert batch.reports == ()
    assert [each.reason for each in batch.set_aside] == [reason]


@pytest.mark.parametrize(
    ("form", "address"),
    [
        ("postfix-user-unknown", "mina@example.com"),
        ("utf8-recipient", "미나@example.com"),
        ("utf8-fields-in-base64", "미나@example.com"),
        ("forwarded-elsewhere", "mina@example.com"),
        ("qmail-no-mailbox", "mina@example.com"),
        ("exim-unrouteable", "mina@example.com"),
        ("naver-like-no-address", "mina@example.com"),
    ],
)
def test_the_address_is_the_one_that_was_written_to(form: str, address: str) -> None:
    """Where it is named, the original recipient counts, not the one that mail was forwarded to."""
    (found,) = read(FAILURES[form][0]).reports

    assert (found.address_field, found.address) == ("email", address)


@pytest.mark.parametrize(("raw", "_"), CORPUS.values(), ids=CORPUS)
def test_neither_words_nor_repr_hold_an_address(raw: bytes, _: str) -> None:
    """What is kept and logged of a notice names nobody."""
    (found,) = read(raw).reports

    assert "@" not in f"{found!r}{found.words}"


def test_a_notice_on_several_recipients_is_several_reports() -> None:
    """Each group of fields is a report of its own."""
    fields = (
        status("5.1.1", "550 no such user")
        + "\n"
        + ("Final-Recipient: rfc822; ann@example.com\nAction: delayed\nStatus: 4.4.1\n")
    )
    reports = read(report("", fields)).reports

    assert [str(each.kind) for each in reports] == ["hard_bounce", "accepted"]
    assert len({each.report_id for each in reports}) == 2


def test_a_copy_of_a_notice_is_the_same_report() -> None:
    """The same notice that came by two ways has one name; without a Message-ID its bytes count."""
    raw = FAILURES["postfix-user-unknown"][0]
    nameless = raw.replace(b"Message-ID: <bounce-1@mail.example.com>\n", b"")

    def name(octets: bytes) -> str:
        return read(octets).reports[0].report_id

    assert name(raw) == name(b"Received: by another server\n" + raw)
    assert name(nameless) != name(b"Received: by another server\n" + nameless)


@pytest.mark.parametrize(
    "date",
    [b"Date: tomorrow\n", b"Date: Mon, 02 Nov 2099 12:00:00 +0000\n", b"", b"Date: 2 Nov 26\n"],
)
def test_nothing_happened_after_it_came(date: bytes) -> None:
    """A date that is missing, broken or in the future is that of the receipt."""
    raw = FAILURES["postfix-user-unknown"][0]
    dated = raw.replace(b"Date: Mon, 02 Nov 2026 12:05:00 +0900\n", date, 1)

    assert read(dated).reports[0].at == NOW


# signed marks


def test_with_a_secret_only_what_is_signed_counts() -> None:
    """Who guesses the key of a message cannot report on it; who answers to the message can."""
    fields = status("5.1.1", "550 no such user")
    forged = report("", fields)
    true = report("", fields, SIGNED)
    other = report("", fields, SIGNED.replace(f"{KEY}=", "f" + KEY[1:] + "="))

    assert [each.reason for each in read(forged, SECRET).set_aside] == ["not signed by us"]
    assert [each.reason for each in read(other, SECRET).set_aside] == ["not signed by us"]
    assert [each.message_key for each in read(true, SECRET).reports] == [KEY]
    assert [each.message_key for each in read(true).reports] == [KEY]


@pytest.mark.parametrize("place", ["envelope id", "return path", "words"])
def test_a_signed_mark_is_found_wherever_it_stands(place: str) -> None:
    """Envelope id, return path and a header that is quoted in words carry it as well."""
    mark = write_mark(KEY, SECRET)
    said = "550 no such user"
    raw = {
        "envelope id": report(
            "", status("5.1.1", said, envelope_id=mark.replace("=", "+3D")), returned=""
        ),
        "return path": report("", status("5.1.1", said), returned="", to=f"b-{mark}@shop.example"),
        "words": mail(f"<mina@example.com>: {said}\n\nX-Crmlib-Key: {mark}\n"),
    }[place]

    assert [each.message_key for each in read(raw, SECRET).reports] == [KEY]


# opt-outs by e-mail


@pytest.mark.parametrize("subject", [f"unsubscribe {KEY}", f"Re: Unsubscribe {KEY}"])
def test_who_uses_the_mailbox_of_list_unsubscribe_opts_out(subject: str) -> None:
    """The subject that List-Unsubscribe gives names the message, with a secret or without."""
    raw = mail("", sender="Mina <mina@example.com>", subject=subject)

    for secret in (None, SECRET):
        (found,) = read(raw, secret).reports
        assert (found.kind, found.message_key) == ("opted_out", KEY)


@pytest.mark.parametrize("subject", ["unsubscribe", "수신거부", "Unsubscribe me please"])
def test_who_asks_in_words_opts_out(subject: str) -> None:
    """Without the key it is the sender who is meant; Korean may stand as it is."""
    encoded = mail("", sender="Mina <mina@example.com>", subject=subject)
    (found,) = read(encoded).reports

    assert (found.kind, found.address) == ("opted_out", "mina@example.com")


# the verdict alone


@pytest.mark.parametrize(
    ("status_code", "words", "verdict"),
    [
        ("5.1.1", "", "hard_bounce"),
        ("5.1.2", "", "hard_bounce"),
        ("5.1.6", "moved", "hard_bounce"),
        ("5.1.8", "bad address of the sender's system", "failed"),
        ("5.7.17", "mailbox has another owner", "hard_bounce"),
        ("5.7.13", "", "failed"),
        ("5.1.1", "550 5.1.1 rejected: this is spam", "failed"),
        ("5.7.1", "550 5.7.1 user unknown", "hard_bounce"),
        ("4.1.1", "450 4.1.1 unverified address", "soft_bounce"),
        ("4.7.1", "450 4.7.1 come back", "failed"),
        ("4.2.0", "greylisted", "soft_bounce"),
        ("5.4.7", "", "soft_bounce"),
        ("5.6.1", "media not supported", "failed"),
        (None, "550 mailbox unavailable", "hard_bounce"),
        (None, "450 mailbox unavailable", "soft_bounce"),
        (None, "temporary trouble", "soft_bounce"),
        (None, "user unknown", "hard_bounce"),
        (None, "450 user unknown", "soft_bounce"),
        (None, "no", "failed"),
        (None, "connect to 5.1.1.9 failed", "failed"),
    ],
)
def test_code_and_words_give_the_verdict(
    status_code: str | None, words: str, verdict: str
) -> None:
    """Only clear words or a clear code blame the recipient."""
    assert judge_failure(status_code, words) == verdict


@settings(max_examples=60, deadline=timedelta(seconds=5))
@given(
    st.sampled_from([raw for raw, _ in CORPUS.values()]),
    st.lists(st.tuples(st.floats(0, 1), st.binary(max_size=30)), max_size=4),
)
def test_a_broken_mail_is_read_or_set_aside(raw: bytes, cuts: list[tuple[float, bytes]]) -> None:
    """Whatever was cut out of an e-mail or put into it, reading it raises nothing."""
    for place, octets in cuts:
        at = int(place * len(raw))
        raw = raw[:at] + octets + raw[at + len(octets) // 2 :]
    batch = read(raw)

    assert bool(batch.reports) != bool(batch.set_aside)


def test_what_cannot_be_read_at_all_is_set_aside() -> None:
    """Something that is no e-mail at all stops no mailbox either."""
    batch = read("a text where bytes should be")  # type: ignore[arg-type]

    assert [each.reason for each in batch.set_aside] == ["cannot be read (AttributeError)"]


def dsn(address: bytes, inner: bytes) -> bytes:
    """Give a notification that mail to *address* failed, with the mail that is given back."""
    return b"""From: mailer-daemon@mx.example
Subject: Undelivered
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="%(at)s"

--%(at)s

It came back.

--%(at)s
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; %(address)s
Action: failed
Status: 5.1.1

--%(at)s
Content-Type: message/rfc822

%(inner)s
--%(at)s--
""" % {b"at": address.partition(b"@")[0], b"address": address, b"inner": inner}


def test_a_report_that_somebody_attached_is_none_to_us() -> None:
    """A customer shows us what came back of their own mail; a bounce gives back a bounce."""
    theirs = dsn(b"friend@example.com", b"Message-ID: <5b1f@shop.example>\n\nHello")
    shown = (
        b"""From: mina@example.com
Subject: what is this?
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="outer"

--outer
Content-Type: message/rfc822

%s
--outer--
"""
        % theirs
    )
    both = read(dsn(b"mina@example.com", theirs))

    assert [each.reason for each in read(shown).set_aside] == ["no report"]
    assert [each.address for each in both.reports] == ["mina@example.com"]


def test_a_page_that_nobody_can_parse_is_read_at_once() -> None:
    """Each letter is looked at once; a parser that looks again would take minutes for this."""
    page = b"<p>550 5.1.1 no such user</p><!-- <p>450 busy</p> -->" + b"Message-ID: <" * 14_000
    raw = b"From: mailer-daemon@mx.example\nSubject: failure notice\nX-Failed-Recipients: "
    batch = read(raw + b"mina@example.com\nContent-Type: text/html\n\n" + page)

    assert [str(report.kind) for report in batch.reports] == ["hard_bounce"]


def test_a_mail_is_named_once_however_many_it_is_about(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bytes of a large mail are not hashed again for each of its recipients."""
    named = []
    monkeypatch.setattr(
        "crmlib.channels._mail_reports._name_of", lambda *_: named.append(1) or "name"
    )
    group = b"Final-Recipient: rfc822; mina@example.com\nAction: failed\nStatus: 5.1.1\n\n"
    raw = dsn(b"mina@example.com", b"Message-ID: <5b1f@shop.example>\n\n")
    batch = read(raw.replace(group, group * 3))

    assert [report.report_id for report in batch.reports] == ["name/1", "name/2", "name/3"]
    assert named == [1]
