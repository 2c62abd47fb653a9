"""Reading the duties of a policy file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from crmlib.policies._duty import Duty, DutyKind
from crmlib.policies._notice_text import FACT_FIELDS, NOTICE_FIELDS, NoticeText

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmlib.policies._citation import Citation
    from crmlib.policies._file_table import FileTable

_NAME: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_EVENTS: Final = ("consent", "withdrawal")
_SPANS: Final = ("within_days", "within_business_days", "every_years")
_UNITS: Final = ("days", "business days", "years")
_SHOWN: Final = ("sender", "contact", "facts")


def read_duty(table: FileTable, jurisdiction: str, citations: Mapping[str, Citation]) -> Duty:
    """Make a duty of a table ``[[duties]]``.

    Raises
    ------
    ConfigError
        If it says what no duty can say.
    """
    table.only("name", "kind", "after", "task", "media", *_SPANS, "zone", "sources", "texts")
    given = [span for span in _SPANS if span in table.given]
    if len(given) != 1:
        table.fail(_SPANS[0], f"is one of {len(given)} spans", f"give one of {list(_SPANS)}")
    spans = {
        span: table.whole_number(span, unit, least=1)
        for span, unit in zip(_SPANS, _UNITS, strict=True)
        if span in given
    }
    name = table.text("name")
    if not _NAME.fullmatch(name):
        table.fail("name", f"is {name!r}", "give small letters, digits and hyphens")
    kind = DutyKind(table.one_of("kind", list(DutyKind)))
    after = _read_events(table, kind, comes_again="every_years" in spans)
    return Duty(
        jurisdiction=jurisdiction,
        name=name,
        kind=kind,
        after=after,
        task=table.text("task"),
        citations=table.citations(citations),
        media=table.texts("media") if "media" in table.given else None,
        days=spans.get("within_days"),
        business_days=spans.get("within_business_days"),
        years=spans.get("every_years"),
        zone=table.zone("zone") if "zone" in table.given else None,
        texts=_read_texts(table, kind, after) if "texts" in table.given else (),
    )


def _read_events(table: FileTable, kind: DutyKind, *, comes_again: bool) -> tuple[str, ...]:
    after = table.texts("after")
    known: tuple[str, ...] = _EVENTS
    if kind is DutyKind.STOP:
        known = ("withdrawal",)
    elif comes_again:
        known = ("consent",)
    if set(after) - set(known) or len(set(after)) < len(after):
        table.fail("after", f"is {list(after)!r}", f"for such a duty it is of {list(known)}")
    return after


def _read_texts(
    table: FileTable, kind: DutyKind, after: tuple[str, ...]
) -> tuple[NoticeText, ...]:
    texts = table.table("texts")
    if kind is not DutyKind.NOTICE:
        table.fail("texts", "is there, and nothing is sent", "leave it out, or make it a notice")
    return tuple(_read_text(texts.table(key), key, after) for key in texts.given)


def _read_text(table: FileTable, language: str, after: tuple[str, ...]) -> NoticeText:
    table.only("subject", "body", *after)
    body = table.text("body")
    shown = table.fields_of("body", body, NOTICE_FIELDS)
    missing = [f"{{{field}}}" for field in _SHOWN if field not in shown]
    if missing:
        table.fail("body", f"does not show {', '.join(missing)}", "a notice says all of these")
    subject = table.text("subject")
    table.fields_of("subject", subject, ("sender",))
    if len(subject.splitlines()) > 1:
        table.fail("subject", "has a line break", "write it on one line")
    lines = {event: table.text(event) for event in after}
    for event, line in lines.items():
        if "date" not in table.fields_of(event, line, FACT_FIELDS):
            table.fail(event, "does not show {date}", "a notice says when it was said")
    return NoticeText(language=language, subject=subject, body=body, **lines)
