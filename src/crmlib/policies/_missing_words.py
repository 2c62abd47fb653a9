"""Whether a message says what the law wants said: read from its end, not from how it was made."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

from crmlib.policies._dress import SENDER_FIELDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmlib.messages import Sender
    from crmlib.policies._wording import Wording

_TAGS = re.compile(r"<!--.*?-->|<[^>]*>", re.DOTALL)


def find_missing_words(
    wording: Wording,
    *,
    sender: Sender,
    subject: str | None,
    body: str,
    html: str | None,
    opt_out_url: str | None,
) -> list[tuple[str, str]]:
    r"""Say what a message that is ready to go lacks of *wording*.

    It knows nothing of :class:`Dress`, so that each proves the other.

    Parameters
    ----------
    wording : Wording
        What has to be said.
    sender : Sender
        From whom; complete.
    subject, html : str or None
        Of the message as it is sent, if it has them.
    body : str
        Its plain text.
    opt_out_url : str or None
        Where this recipient opts out.

    Returns
    -------
    list of (finding, detail)
        ``"LABEL_MISSING"``, ``"OPT_OUT_MISSING"`` or ``"SENDER_MISSING"``,
        and what is missing where; empty if nothing is.

    Examples
    --------
    >>> from crmlib import policies
    >>> from crmlib.messages import Sender
    >>> sender = Sender(name="가게", email="shop@example.com", opt_out_phone="0801234567")
    >>> wording = policies.load("KR").rule("sms", "advertising").wording
    >>> find_missing_words(
    ...     wording, sender=sender, subject=None, body="(광고)가게\n오늘만 세일", html=None,
    ...     opt_out_url=None,
    ... )
    [('OPT_OUT_MISSING', "the text does not end with '무료수신거부 0801234567'")]
    """
    values = {field: (getattr(sender, field) or "").strip() for field in SENDER_FIELDS}
    values["opt_out_url"] = (opt_out_url or "").strip()
    lines = {
        line: line.format(**values)
        for line in (*wording.opening, *wording.footer, *wording.closing)
    }
    found = _missing_labels(wording, subject, body)
    body_lines = [line.strip() for line in body.splitlines()]
    for line in wording.opening:
        start = "".join(wording.body_labels) + lines[line]
        if not body.startswith(start):
            found.append((_kind(line), f"the text does not begin with {start!r}"))
    for line in wording.footer:
        if lines[line] not in body_lines:
            found.append((_kind(line), f"the text has no line {lines[line]!r}"))
    if wording.closing:
        end = "\n".join(lines[line] for line in wording.closing)
        if not body.rstrip().endswith(end):
            found.append((_kind(wording.closing[-1]), f"the text does not end with {end!r}"))
    if html is not None:
        found += _missing_in_html(html, wording.body_labels, lines)
    return found


def _missing_labels(wording: Wording, subject: str | None, body: str) -> list[tuple[str, str]]:
    found = []
    for part, text, labels in (
        ("subject", subject or "", " ".join(wording.subject_labels)),
        ("text", body, "".join(wording.body_labels)),
    ):
        if not text.startswith(labels):
            found.append(("LABEL_MISSING", f"the {part} does not begin with {labels!r}"))
    return found


def _missing_in_html(
    html: str, labels: Sequence[str], lines: dict[str, str]
) -> list[tuple[str, str]]:
    shown = _flat(unescape(_TAGS.sub("", html)))
    found = [
        ("LABEL_MISSING", f"the HTML part does not show {label!r}")
        for label in labels
        if _flat(label) not in shown
    ]
    return found + [
        (_kind(line), f"the HTML part does not show {filled!r}")
        for line, filled in lines.items()
        if _flat(filled) not in shown
    ]


def _flat(text: str) -> str:
    return " ".join(text.split())


def _kind(line: str) -> str:
    return "SENDER_MISSING" if line in {f"{{{field}}}" for field in _OF_SENDER} else _WAY_OUT


_WAY_OUT = "OPT_OUT_MISSING"
_OF_SENDER = tuple(field for field in SENDER_FIELDS if not field.startswith("opt_out"))
