"""The lines that the law wants, in the words of one sender."""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING, Any

import attrs

from crmlib.exceptions import InvalidParameterError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmlib.messages import Sender
    from crmlib.policies._wording import Wording

SENDER_FIELDS = ("name", "email", "postal_address", "phone", "opt_out_phone", "opt_out_url")
"""What the lines of a wording may show, each as ``{field}``."""

# stands for the opt-out address, the one thing that differs between two messages of a sender
_URL = "\0"


@attrs.frozen(kw_only=True)
class Dress:
    """A wording made up for one sender, to be put on any number of messages.

    :meth:`crmlib.policies.PolicyRule.tailor` makes it.

    Examples
    --------
    >>> from crmlib import policies
    >>> from crmlib.messages import Sender
    >>> sender = Sender(name="Shop", email="shop@example.com", postal_address="1 Road")
    >>> dress = policies.load("US").rule("email", "advertising").tailor(sender)
    >>> url = "https://shop.example/out/1"
    >>> print(dress.put_on(subject=None, body="Sale!", html=None, opt_out_url=url)[1])
    Sale!
    <BLANKLINE>
    Shop
    1 Road
    To unsubscribe: https://shop.example/out/1
    """

    _subject_labels: tuple[str, ...]
    _body_labels: tuple[str, ...]
    _opening: str
    _tail: str
    _gap: str
    _html_tail: str
    _shows_url: bool

    @classmethod
    def make(cls, wording: Wording, sender: Sender) -> Dress:
        """Make up the lines of *wording* for *sender*.

        Raises
        ------
        InvalidParameterError
            If *sender* lacks what the lines show.
        """
        shown = wording.sender_fields
        given = {field: getattr(sender, field) or "" for field in SENDER_FIELDS}
        values = {field: value.strip() for field, value in given.items()} | {"opt_out_url": _URL}
        _require(values, shown)
        escaped = {field: escape(value) for field, value in values.items()}
        escaped["opt_out_url"] = f'<a href="{_URL}">{_URL}</a>'
        below = (*wording.footer, *wording.closing)
        html_lines = "<br>\n".join(_fill(tuple(map(escape, below)), escaped))
        return cls(
            subject_labels=wording.subject_labels,
            body_labels=wording.body_labels,
            opening=" ".join(_fill(wording.opening, values)),
            tail="\n".join(_fill(below, values)),
            gap="\n\n" if wording.footer else "\n",
            html_tail=f"<hr>\n<p>{html_lines}</p>\n",
            shows_url="opt_out_url" in shown,
        )

    def put_on(
        self, *, subject: str | None, body: str, html: str | None, opt_out_url: str | None
    ) -> tuple[str | None, str, str | None]:
        """Put labels and lines where they belong; a dressed message stays as it is.

        A label that the author wrote is not doubled, and one that regulators
        refuse, such as ``[광고]`` or ``(광 고)``, is put right.

        Returns
        -------
        tuple of (subject, body, html)
            *html* is None if it was; values are escaped in it.

        Raises
        ------
        InvalidParameterError
            If the lines show an *opt_out_url*, and there is none.
        """
        url = (opt_out_url or "").strip()
        if self._shows_url:
            _require({"opt_out_url": url}, ("opt_out_url",))
        opening, tail = self._opening.replace(_URL, url), self._tail.replace(_URL, url)
        head = "".join(self._body_labels) + opening
        if self._subject_labels:
            subject = " ".join((*self._subject_labels, _bare(subject or "", self._subject_labels)))
        if head:
            body = self._open(body, head, opening)
        if tail:
            body = _close(body, tail, self._gap)
        if html is not None:
            if head:
                html = _insert(html, f"<p>{escape(head)}</p>\n", _AFTER_BODY_TAG)
            if tail:
                html = _insert(html, self._html_tail.replace(_URL, escape(url)), _BEFORE_BODY_END)
        return subject.rstrip() if subject else subject, body, html

    def _open(self, body: str, head: str, opening: str) -> str:
        if _begins_with(body, head):
            return body
        bare = _bare(body, self._body_labels)
        if opening and _begins_with(bare, opening):
            return "".join(self._body_labels) + bare
        return f"{head}\n{bare}" if opening else head + bare


_AFTER_BODY_TAG = re.compile(r"<!--.*?-->|(?P<tag><body\b[^>]*>)", re.DOTALL | re.IGNORECASE)
_BEFORE_BODY_END = re.compile(r"<!--.*?-->|(?P<tag></body\s*>)", re.DOTALL | re.IGNORECASE)


def _require(values: Mapping[str, Any], shown: tuple[str, ...]) -> None:
    missing = [field for field in shown if not values[field]]
    if missing:
        raise InvalidParameterError("sender", missing, "complete; give these fields of it")


def _fill(lines: tuple[str, ...], values: dict[str, str]) -> list[str]:
    return [line.format(**values) for line in lines]


def _begins_with(text: str, start: str) -> bool:
    """Say whether *text* begins with the words *start*, and not with a longer word."""
    return text.startswith(start) and not text[len(start) : len(start) + 1].isalnum()


def _close(body: str, tail: str, gap: str) -> str:
    body = body.rstrip()
    if body == tail or body.endswith("\n" + tail):
        return body
    return f"{body}{gap}{tail}"


def _insert(html: str, block: str, place: re.Pattern[str]) -> str:
    """Put *block* at the last tag that *place* finds outside comments, unless it is there."""
    if block in html:
        return html
    tags = [found for found in place.finditer(html) if found["tag"]]
    if place is _AFTER_BODY_TAG:
        at = tags[0].end() if tags else 0
    else:
        at = tags[-1].start() if tags else len(html)
    return html[:at] + block + html[at:]


def _bare(text: str, labels: tuple[str, ...]) -> str:
    """Take every spelling of *labels* off the start of *text*."""
    return _spellings(labels).sub("", text, count=1) if labels else text


@lru_cache(maxsize=64)
def _spellings(labels: tuple[str, ...]) -> re.Pattern[str]:
    """Match labels as authors write them: other brackets, gaps between the letters."""
    words = (re.sub(r"\W", "", label) for label in labels)
    spelt = "|".join(r"[\W_]{0,3}".join(map(re.escape, word)) for word in words)
    gap = r"[\s\u200b-\u200f\ufeff]*"
    mark = r"[^\w\s]"
    return re.compile(rf"\A(?:{gap}{mark}[\W_]{{0,3}}(?:{spelt})[\W_]{{0,3}}?{mark})*{gap}")
