"""A message as its recipient gets it, held against what the law wants said."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from typing import TYPE_CHECKING, Final

import attrs

from crmlib.channels._mail import write_mail
from crmlib.exceptions import CRMLibError, UnknownNameError
from crmlib.messages import Purpose
from crmlib.policies import find_missing_words
from crmlib.text_limits import measure_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmlib.messages import Capabilities, Message
    from crmlib.policies import Policy, PolicyRule

_ONE_CLICK: Final = "RFC 8058, which Gmail and Yahoo ask of bulk senders"
_LINK: Final = re.compile(r"https?://[^\s<>\"']+")
_ANY_DAY: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""What the Date header of the bytes that are read says; no law looks at it."""


@attrs.frozen(kw_only=True)
class _Read:
    """What a recipient sees."""

    subject: str | None
    body: str
    html: str | None
    problems: tuple[tuple[str, str, str], ...] = ()


def find_text_problems(
    message: Message, *, rule: PolicyRule, policy: Policy, capabilities: Capabilities
) -> list[tuple[str, str, str]]:
    """Give finding, detail and sources of all that is wrong with *message* as it will leave.

    The sources are empty where those of the rule's wording apply.
    """
    try:
        read = _read(message, rule, capabilities)
    except CRMLibError as error:
        return [("NO_MESSAGE", f"it cannot be written: {error}", "")]
    found = list(read.problems)
    found += [
        (finding, detail, "")
        for finding, detail in find_missing_words(
            rule.wording,
            sender=message.sender,
            subject=read.subject,
            body=read.body,
            html=read.html,
            opt_out_url=message.opt_out_url,
        )
    ]
    if message.purpose is Purpose.INFORMATIONAL:
        found += _find_label(read, policy, capabilities.medium)
    if capabilities.text_limit is not None:
        label = None if message.button is None else message.button.label
        size = measure_text(
            capabilities.text_limit, read.body, subject=read.subject, button_label=label
        )
        if size.problem:
            found.append(("TOO_LONG", f"the text {size.problem}", "the channel's own limit"))
    return found


def find_notice_problems(
    message: Message, notice: Mapping[str, str]
) -> list[tuple[str, str, str]]:
    """Give finding, detail and sources of what has no place in a *notice* of the law.

    Such a notice holds no advertising, so it leads nowhere but to the way
    out, and says who sends it.
    """
    text = "\n".join(filter(None, (message.subject, message.body, message.html)))
    found = [
        ("ADVERTISING_INSIDE", f"a notice leads to {link!r}", notice["sources"])
        for link in dict.fromkeys(_LINK.findall(text))
        if link.rstrip(".,;)") != message.opt_out_url
    ]
    if message.button is not None:
        told = f"a notice has the button {message.button.label!r}"
        found.append(("ADVERTISING_INSIDE", told, notice["sources"]))
    if message.sender.name not in message.body:
        told = f"the text does not say {message.sender.name!r}"
        found.append(("SENDER_MISSING", told, notice["sources"]))
    return found


def _read(message: Message, rule: PolicyRule, capabilities: Capabilities) -> _Read:
    if capabilities.medium != "email":
        return _Read(subject=message.subject, body=message.body, html=message.html)
    mail = message_from_bytes(write_mail(message, at=_ANY_DAY).content, policy=default)
    html = mail.get_body(("html",))
    text = mail.get_body(("plain",))
    subject = mail["Subject"]
    return _Read(
        subject=None if subject is None else str(subject),
        body="" if text is None else text.get_content().replace("\r\n", "\n"),
        html=None if html is None else html.get_content(),
        problems=_find_missing_headers(mail, message, rule),
    )


def _find_missing_headers(
    mail: object, message: Message, rule: PolicyRule
) -> tuple[tuple[str, str, str], ...]:
    if "opt_out_url" not in rule.wording.sender_fields:
        return ()
    headers = {name.lower(): " ".join(value.split()) for name, value in mail.items()}  # type: ignore[attr-defined]
    wanted = {
        "List-Unsubscribe": f"<{message.opt_out_url}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    return tuple(
        ("OPT_OUT_MISSING", f"the header {name} is not {value!r}", _ONE_CLICK)
        for name, value in wanted.items()
        if value not in headers.get(name.lower(), "")
    )


def _find_label(read: _Read, policy: Policy, medium: str) -> list[tuple[str, str, str]]:
    """Find labels of advertising on what is said to be none."""
    try:
        advertising = policy.rule(medium, Purpose.ADVERTISING)
    except UnknownNameError:
        return []
    wording = advertising.wording
    labels = {label.strip() for label in (*wording.subject_labels, *wording.body_labels)}
    sources = "; ".join(str(citation) for citation in wording.citations)
    return [
        ("ADVERTISING_INSIDE", f"the {part} begins with {label!r}, but the plan is no ad", sources)
        for part, text in (("subject", read.subject or ""), ("text", read.body))
        for label in sorted(labels)
        if text.startswith(label)
    ]
