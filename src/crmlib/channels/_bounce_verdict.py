"""What kind of failure a mail server speaks of, by its status code and its words.

A hard bounce keeps the address from ever being written to, so it takes clear
words or a code that says nothing else.  What could be the fault of the
message or of its sender is no bounce of the recipient.
"""

from __future__ import annotations

import re
from typing import Final

from crmlib.channels._bounce_phrases import FULL, LIKELY_UNKNOWN, PASSING, POLICY, UNKNOWN
from crmlib.channels._report_kind import ReportKind

_STATUS: Final = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.]*\d)")
_CODE: Final = re.compile(r"(?<![\d.#-])([45])\d\d(?=[ #-])")

# RFC 3463 and the registry of IANA: 5.1.1 no such mailbox, 5.1.2 no such system, 5.1.3 no
# address, 5.1.6 moved, 5.1.10 takes no mail (RFC 7505), 5.2.1 disabled, 5.4.4 no route,
# 5.7.17 and 5.7.18 has another owner (RFC 7293)
_NO_SUCH: Final = frozenset({"1.1", "1.2", "1.3", "1.6", "1.10", "2.1", "4.4", "7.17", "7.18"})
# 2.2 full, 3.1 the system is full, 4.1 no answer, 4.2 bad connection, 4.3 directory, 4.5
# congestion, 4.7 expired
_PASSING_DETAILS: Final = frozenset({"2.2", "3.1", "4.1", "4.2", "4.3", "4.5", "4.7"})
_POLICY_SUBJECT: Final = "7"


def judge_failure(status: str | None, words: str) -> ReportKind:
    """Say what kind of failure *status* (RFC 3463) and the *words* of a server speak of.

    Examples
    --------
    >>> str(judge_failure("5.1.1", "550 5.1.1 user unknown"))
    'hard_bounce'
    >>> str(judge_failure("5.7.1", "550 5.7.1 rejected as spam"))
    'failed'
    """
    grade, detail = _split(status or find_status(words))
    if not grade:
        found = _CODE.search(words)
        grade = found[1] if found else ""
    if detail == "2.2" or FULL.search(words):
        return ReportKind.SOFT_BOUNCE
    if UNKNOWN.search(words):
        return ReportKind.SOFT_BOUNCE if grade == "4" else ReportKind.HARD_BOUNCE
    if POLICY.search(words):
        return ReportKind.FAILED
    return _by_status(grade, detail, words)


def _by_status(grade: str, detail: str, words: str) -> ReportKind:
    """Judge by the code, where the words do not say it clearly."""
    if grade == "5" and (detail in _NO_SUCH or LIKELY_UNKNOWN.search(words)):
        return ReportKind.HARD_BOUNCE
    if detail.partition(".")[0] == _POLICY_SUBJECT:
        return ReportKind.FAILED
    if grade == "4" or detail in _PASSING_DETAILS or PASSING.search(words):
        return ReportKind.SOFT_BOUNCE
    return ReportKind.FAILED


def find_status(text: str) -> str | None:
    """Give the first status in the form of RFC 3463 in *text* that says that something failed.

    Examples
    --------
    >>> find_status("552 5.2.2 mailbox full"), find_status("[192.0.2.1] said no")
    ('5.2.2', None)
    """
    return next((found[0] for found in _STATUS.finditer(text) if found[1] != "2"), None)


def _split(status: str | None) -> tuple[str, str]:
    found = _STATUS.search(status or "")
    return (found[1], f"{found[2]}.{found[3]}") if found else ("", "")
