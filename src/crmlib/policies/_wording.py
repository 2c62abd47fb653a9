"""What a message must say besides what its author wrote."""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape
from string import Formatter
from typing import TYPE_CHECKING, Any

import attrs

from crmlib.exceptions import InvalidParameterError

if TYPE_CHECKING:
    from crmlib.messages import Sender
    from crmlib.policies._citation import Citation

SENDER_FIELDS = ("name", "email", "postal_address", "phone", "opt_out_phone", "opt_out_url")
"""What the lines of a wording may show, each as ``{field}``."""


@attrs.frozen(kw_only=True)
class Wording:
    """Labels and lines that the law wants in a message.

    A field in braces, such as ``{postal_address}``, stands for what the sender
    says of itself; ``{opt_out_url}`` for the recipient's own way out.

    Parameters
    ----------
    subject_labels, body_labels : tuple of str
        What the subject, and the text, begin with: ``"(광고)"``.
    opening : tuple of str
        What comes right after the labels of the text, then a new line.
    footer : tuple of str
        Lines below the text.
    closing : tuple of str
        Lines that the text ends with, below the footer.
    citations : tuple of Citation
        Where all this comes from.
    """

    subject_labels: tuple[str, ...] = ()
    body_labels: tuple[str, ...] = ()
    opening: tuple[str, ...] = ()
    footer: tuple[str, ...] = ()
    closing: tuple[str, ...] = ()
    citations: tuple[Citation, ...] = ()

    @property
    def sender_fields(self) -> tuple[str, ...]:
        """The fields of the sender that the lines show, in the order of ``SENDER_FIELDS``."""
        shown = {
            field
            for line in (*self.opening, *self.footer, *self.closing)
            for _, field, _, _ in Formatter().parse(line)
        }
        return tuple(field for field in SENDER_FIELDS if field in shown)

    def missing_sender_fields(self, sender: Sender | None) -> list[str]:
        """Name what *sender* does not say of itself and the lines have to show."""
        return [field for field in self.sender_fields if not getattr(sender, field, None)]

    def dress(
        self,
        subject: str | None,
        body: str,
        html: str | None,
        *,
        sender: Sender,
        opt_out_url: str | None,
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
            If *sender* or *opt_out_url* lacks what the lines show.
        """
        values = self._values(sender, opt_out_url)
        head = "".join(self.body_labels) + " ".join(_fill(self.opening, values))
        tail = "\n".join(_fill((*self.footer, *self.closing), values))
        if self.subject_labels:
            subject = " ".join((*self.subject_labels, _bare(subject or "", self.subject_labels)))
        if head:
            body = self._open(body, head, " ".join(_fill(self.opening, values)))
        if tail:
            body = _close(body, tail, "\n\n" if self.footer else "\n")
        if html is not None:
            if head:
                html = _insert(html, f"<p>{escape(head)}</p>\n", _AFTER_BODY_TAG)
            if tail:
                html = _insert(html, self._html_tail(values), _BEFORE_BODY_END)
        return subject.rstrip() if subject else subject, body, html

    def _values(self, sender: Sender, opt_out_url: str | None) -> dict[str, str]:
        """Give the value of each field that is shown."""
        given = {field: getattr(sender, field) for field in SENDER_FIELDS}
        given["opt_out_url"] = opt_out_url
        missing = [field for field in self.sender_fields if not given[field]]
        if missing:
            raise InvalidParameterError("sender", missing, "complete; give these fields of it")
        return {field: (value or "").strip() for field, value in given.items()}

    def _open(self, body: str, head: str, opening: str) -> str:
        if _begins_with(body, head):
            return body
        bare = _bare(body, self.body_labels)
        if opening and _begins_with(bare, opening):
            return "".join(self.body_labels) + bare
        return f"{head}\n{bare}" if opening else head + bare

    def _html_tail(self, values: dict[str, str]) -> str:
        escaped = {field: escape(value) for field, value in values.items()}
        url = escaped["opt_out_url"]
        escaped["opt_out_url"] = f'<a href="{url}">{url}</a>'
        lines = tuple(escape(line) for line in (*self.footer, *self.closing))
        shown = "<br>\n".join(_fill(lines, escaped))
        return f"<hr>\n<p>{shown}</p>\n"

    def union(self, other: Wording) -> Wording:
        """Give a wording that says what both say, and no line twice."""
        both = {
            field.name: tuple(
                dict.fromkeys((*getattr(self, field.name), *getattr(other, field.name)))
            )
            for field in attrs.fields(Wording)
        }
        return Wording(**both)

    def to_dict(self) -> dict[str, Any]:
        """Give the wording as it stands in a policy file."""
        texts = ("subject_labels", "body_labels", "opening", "footer", "closing")
        given = {name: list(getattr(self, name)) for name in texts if getattr(self, name)}
        return {**given, "sources": [citation.key for citation in self.citations]}


_AFTER_BODY_TAG = re.compile(r"<!--.*?-->|(?P<tag><body\b[^>]*>)", re.DOTALL | re.IGNORECASE)
_BEFORE_BODY_END = re.compile(r"<!--.*?-->|(?P<tag></body\s*>)", re.DOTALL | re.IGNORECASE)


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
