"""TLS, passwords and settings of the SMTP channel."""

import ssl
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword
from messages_by_hand import make_message
from smtp_servers import DROP, RealServer, ScriptedServer

from crmlib.channels import SmtpChannel
from crmlib.exceptions import InvalidParameterError
from crmlib.messages import DeliveryReceipt, Outcome

PASSWORD = "correct horse"


def _check(server: object, session: object, envelope: object, how: str, data: Any) -> AuthResult:
    """Let in whoever knows the password."""
    assert isinstance(data, LoginPassword)
    return AuthResult(success=data.password.decode() == PASSWORD)


def _send(server: RealServer | ScriptedServer, **settings: Any) -> DeliveryReceipt:
    options = {"timeout_seconds": 2, "ehlo_name": "me"} | settings
    with SmtpChannel("localhost", server.port, **options) as channel:
        return channel.send([make_message()])[0]


def test_starttls(server_tls: ssl.SSLContext, certificate: Path) -> None:
    """With STARTTLS the message goes encrypted, to a server whose certificate is trusted."""
    with RealServer(tls_context=server_tls, require_starttls=True) as server:
        receipt = _send(server, security="starttls", ca_file=certificate)

    assert receipt.outcome is Outcome.ACCEPTED, receipt.detail


def test_tls(server_tls: ssl.SSLContext, certificate: Path) -> None:
    """With TLS the connection is encrypted from its first byte."""
    with RealServer(server_tls) as server:
        receipt = _send(server, security="tls", ca_file=certificate)

    assert receipt.outcome is Outcome.ACCEPTED, receipt.detail


def test_a_certificate_that_nobody_signed_is_refused(server_tls: ssl.SSLContext) -> None:
    """An unknown certificate costs a retry, and nothing is sent."""
    with RealServer(tls_context=server_tls) as server:
        receipt = _send(server, security="starttls")

    assert receipt.outcome is Outcome.RETRY
    assert str(receipt.detail).startswith("cannot greet the server: SSLCertVerificationError")
    assert server.inbox.envelopes == []


def test_tls_needs_a_server_that_speaks_it() -> None:
    """A server without TLS gets no message under either setting."""
    with RealServer() as server:
        tls = _send(server, security="tls")
        starttls = _send(server, security="starttls")

    assert tls.outcome is starttls.outcome is Outcome.RETRY
    assert str(tls.detail).startswith("cannot connect: SSLError")
    assert starttls.detail == "the server offers no STARTTLS, and nothing is sent in the clear"
    assert server.inbox.envelopes == []


def test_a_missing_ca_file_is_a_retry(tmp_path: Path) -> None:
    """A file of certificates that is not there loses no message."""
    with RealServer() as server:
        receipt = _send(server, security="tls", ca_file=tmp_path / "none.pem")

    assert receipt.outcome is Outcome.RETRY
    assert receipt.detail == "ca_file cannot be read (FileNotFoundError)"


@pytest.mark.parametrize(
    ("password", "outcome"), [(PASSWORD, Outcome.ACCEPTED), ("wrong", Outcome.RETRY)]
)
def test_login(
    server_tls: ssl.SSLContext, certificate: Path, password: str, outcome: Outcome
) -> None:
    """The right password opens the door; a wrong one costs every message a retry, no more."""
    with RealServer(
        tls_context=server_tls, require_starttls=True, authenticator=_check, auth_required=True
    ) as server:
        receipt = _send(
            server, security="starttls", ca_file=certificate, username="shop", password=password
        )

    assert receipt.outcome is outcome
    assert len(server.inbox.envelopes) == (outcome is Outcome.ACCEPTED)


@pytest.mark.parametrize(
    ("script", "extensions", "detail"),
    [
        ({}, [], "the server offers no way to log in"),
        ({"AUTH": "454 4.7.0 later"}, ["AUTH PLAIN"], "the server refused the login (454); "),
        ({"AUTH": "535 no s3cret, sorry"}, ["AUTH PLAIN"], "the server refused the login (535); "),
        ({"AUTH": DROP}, ["AUTH PLAIN"], "cannot log in: SMTPServerDisconnected"),
        ({"AUTH": "235 welcome"}, ["AUTH PLAIN"], "250 2.0.0 taken"),
    ],
    ids=["no AUTH", "454", "535", "dropped", "235"],
)
def test_answers_to_a_login(script: dict[str, Any], extensions: list[str], detail: str) -> None:
    """Whatever a server says to a login, its words are not repeated."""
    with ScriptedServer(script, extensions=extensions) as server:
        receipt = _send(server, username="shop-user", password="s3cret")

    assert str(receipt.detail).startswith(detail)
    assert "s3cret" not in repr(receipt)
    assert "shop-user" not in repr(receipt)


def test_a_password_that_is_no_ascii() -> None:
    """A password that the login methods of smtplib cannot write is a retry, not a crash."""
    with ScriptedServer(extensions=["AUTH PLAIN"]) as server:
        receipt = _send(server, username="shop", password="s3cret ✓")

    assert receipt.outcome is Outcome.RETRY
    assert receipt.detail == "cannot log in: UnicodeEncodeError"


@pytest.mark.parametrize(
    "settings",
    [
        {"password": "s3cret"},
        {"username": "shop", "password": "s3cret", "host": "mail.example.com"},
        {"username": "shop", "password": "s3cret", "security": "ssl"},
        {"username": "shop", "password": "s3cret", "port": 0},
        {"username": "shop", "password": "s3cret", "no_such_setting": 1},
    ],
    ids=["alone", "in the clear", "security", "port", "unknown"],
)
def test_no_error_shows_the_password(settings: dict[str, Any]) -> None:
    """What is wrong with the settings is said without the password."""
    with pytest.raises(InvalidParameterError) as caught:
        SmtpChannel.from_settings(settings)

    assert "s3cret" not in repr(caught.value)
    assert "s3cret" not in str(caught.value)


def test_repr_shows_where_and_nothing_secret() -> None:
    """The text of a channel names its server alone."""
    channel = SmtpChannel(
        "mail.example.com", 465, security="tls", username="shop", password="s3cret"
    )

    assert repr(channel) == "SmtpChannel(host='mail.example.com', port=465, security='tls')"


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"security": "ssl"}, "security must be one of ['none', 'starttls', 'tls'], got 'ssl'"),
        (
            {"username": "shop"},
            "username and password must be given both or neither, got 'username alone'",
        ),
        (
            {"host": "192.0.2.1", "username": "a", "password": "b"},
            "security must be 'starttls' or 'tls' where a password is sent, got 'none'",
        ),
        ({"port": "smtp"}, "port must be a whole number from 1 to 65535, got 'smtp'"),
        ({"port": 25.5}, "port must be a whole number from 1 to 65535, got 25.5"),
        ({"port": "inf"}, "port must be a whole number from 1 to 65535, got 'inf'"),
        ({"port": 65536}, "port must be a whole number from 1 to 65535, got 65536"),
        ({"timeout_seconds": 0}, "timeout_seconds must be a number of seconds above 0"),
        ({"timeout_seconds": "nan"}, "timeout_seconds must be a number of seconds above 0"),
        ({"timeout_seconds": "inf"}, "above 0 and up to 3600, got 'inf'"),
        ({"unsubscribe_email": "nobody"}, "unsubscribe_email must be an e-mail address"),
    ],
    ids=lambda value: str(value)[:40] if isinstance(value, dict) else "",
)
def test_settings_that_cannot_be(settings: dict[str, Any], text: str) -> None:
    """A wrong setting is named with what would do."""
    with pytest.raises(InvalidParameterError) as caught:
        SmtpChannel(**settings)

    assert text in str(caught.value)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1"])
def test_a_password_may_go_to_this_machine(host: str) -> None:
    """On loopback nobody listens in, so TLS is not asked for."""
    assert SmtpChannel(host, username="shop", password="s3cret").capabilities.subject


def test_settings_from_the_environment_are_text() -> None:
    """Numbers that come as text do."""
    channel = SmtpChannel.from_settings({"port": "2525", "timeout_seconds": "1.5"})

    assert repr(channel) == "SmtpChannel(host='localhost', port=2525, security='none')"


def test_the_constructor_opens_nothing() -> None:
    """No connection is made before the first message, and close() is harmless without one."""
    with mock.patch("socket.socket.connect") as connect:
        channel = SmtpChannel("127.0.0.1", 25)
        channel.close()
        channel.close()

    assert not connect.called
