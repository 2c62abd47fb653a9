"""SQL that reads cells as :mod:`crmlib.tables` does: texts, ids, numbers, currencies.

Each function takes SQL of a cell and the DuckDB type that it has, and gives
SQL.  NULL stands for nothing, and for what cannot be read.
"""

from __future__ import annotations

import re

from crmlib.exceptions import InvalidTableError
from crmlib.tables._amounts import _CURRENCIES
from crmlib.tables._cells import NO_ID

TEXT = "VARCHAR"
INTEGERS = frozenset(
    f"{sign}{size}INT" for sign in ("", "U") for size in ("TINY", "SMALL", "BIG", "HUGE", "")
) | {"INTEGER", "UINTEGER"}
FLOATS = frozenset({"DOUBLE", "FLOAT"})

_SPACES = "".join(filter(str.isspace, map(chr, range(0x3001))))
_UNSEEN = "\ufeff\u200b"
_LARGEST_WHOLE = 1e15
_LONGEST = max(map(len, NO_ID))
_APOSTROPHE = "''''"
_DIGIT, _ANY_DIGIT = r"\d", r"\p{Nd}"


def literal(text: str) -> str:
    """Give *text* as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """Give the name of a column as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def is_decimal(kind: str) -> bool:
    """Tell whether *kind* is a DECIMAL of any size."""
    return kind.startswith("DECIMAL")


def check_kind(name: str, kind: str, more: frozenset[str] = frozenset()) -> None:
    """Refuse a column of a *kind* that is no text and no number, nor one of *more*."""
    if kind != TEXT and kind not in INTEGERS | FLOATS | more and not is_decimal(kind):
        raise InvalidTableError(
            "the order files", f"hold {kind} in {name}", "write it as text, numbers or times"
        )


def raw_text(cell: str, kind: str) -> str:
    """Give a cell as text; whole floats lose their ``.0``."""
    if kind == TEXT:
        return cell
    if kind in FLOATS or is_decimal(kind):
        number = f"({cell})::DOUBLE"
        return (
            f"CASE WHEN {cell} IS NULL OR isnan({number}) THEN NULL "
            f"WHEN {number} = trunc({number}) AND abs({number}) BETWEEN 1 AND {_LARGEST_WHOLE} "
            f"THEN {number}::BIGINT::VARCHAR ELSE crm_text({number}) END"
        )
    if kind in INTEGERS:
        return f"({cell})::VARCHAR"
    zone = " || '+00:00'" if kind.endswith("ZONE") else ""
    return f"({cell})::TIMESTAMP::VARCHAR{zone}"


def unescape_cell(cell: str) -> str:
    """Give a text without the apostrophes that :func:`crmlib.tables.write_csv` puts in it."""
    return f"CASE WHEN contains({cell}, {_APOSTROPHE}) THEN crm_unescape({cell}) ELSE {cell} END"


def read_text(cell: str, kind: str) -> str:
    """Give a stripped text; an empty one is NULL."""
    text = raw_text(cell, kind)
    return f"nullif({_strip(text)}, '')" if kind == TEXT else text


def read_word(cell: str, kind: str) -> str:
    """Give a stripped text; an empty one, or a word such as ``nan``, is NULL."""
    text = read_text(cell, kind)
    return f"CASE WHEN NOT {_is_no_id(text)} THEN {text} END" if kind == TEXT else text


def prepare_id(cell: str, kind: str) -> str:
    """Give what :func:`read_id` reads several times: a text without spaces around it."""
    return _strip(cell) if kind == TEXT else raw_text(cell, kind)


def read_id(prepared: str, *, any_word: bool) -> str:
    """Give an id without a trailing ``.0``.

    Unless *any_word* is true, words such as ``nan`` stand for nothing.
    """
    nothing = f"strlen({prepared}) = 0"
    if not any_word:
        nothing = _is_no_id(prepared)
    return (
        f"CASE WHEN {nothing} THEN NULL "
        f"WHEN ends_with({prepared}, '.0') AND regexp_full_match({prepared}, '[0-9]+\\.0') "
        f"THEN left({prepared}, -2) ELSE {prepared} END"
    )


def prepare_number(cell: str, kind: str, decimal: str) -> str:
    """Give what :func:`read_number` reads several times: a DOUBLE, if DuckDB sees one."""
    if kind == TEXT:
        plain = cell if decimal == "." else f"replace({cell}, ',', '.')"
        return f"try_cast({plain} AS DOUBLE)"
    return f"({cell})::DOUBLE"


def read_number(prepared: str, cell: str, kind: str, decimal: str) -> str:
    """Give a number as DOUBLE, which may be infinite; NULL, or NaN, if there is none."""
    if kind != TEXT:
        return prepared
    # DuckDB reads 1_000 and +-5, too.
    doubts = ["_", "+"] if decimal == "." else ["_", "+", "."]
    doubtful = " OR ".join(f"contains({cell}, '{sign}')" for sign in doubts)
    return (
        f"CASE WHEN isfinite({prepared}) AND NOT ({doubtful}) THEN {prepared} "
        f"WHEN {cell} IS NOT NULL THEN crm_number({cell}, '{decimal}') END"
    )


def read_currency_sign(cell: str) -> str:
    """Give the currency of the first sign in a text."""
    sign = f"regexp_extract({cell}, '[{''.join(_CURRENCIES)}]')"
    cases = " ".join(
        f"WHEN {literal(sign)} THEN {literal(name)}" for sign, name in _CURRENCIES.items()
    )
    return f"CASE {sign} {cases} END"


def read_status(cell: str) -> str:
    """Give a status in small letters, without spaces, ``_`` and ``-``."""
    # DuckDB makes an i of İ, other than str.casefold; nothing else that matters here differs.
    bare = f"regexp_replace(replace({cell}, 'İ', '?'), '[{_SPACES}_-]+', '', 'g')"
    return f"lower({bare})"


def matches(cell: str, pattern: str) -> str:
    r"""Tell whether the whole of a text matches *pattern*, one of our own sources.

    DuckDB's ``\d`` knows no digits but ours.
    """
    return f"regexp_full_match({cell}, {literal(pattern.replace(_DIGIT, _ANY_DIGIT))})"


def _is_no_id(text: str) -> str:
    """Tell whether *text* is a word that stands for nothing."""
    words = literal("(?i)" + "|".join(map(re.escape, sorted(NO_ID))))
    return f"(strlen({text}) <= {_LONGEST} AND regexp_full_match({text}, {words}))"


def _strip(text: str) -> str:
    """Take off the spaces around *text*, and marks of no width; that is hardly ever needed."""
    return (
        f"CASE WHEN strlen({text}) = length({text}) AND {text}[1] > ' ' AND {text}[-1] > ' ' "
        f"THEN {text} WHEN {text} IS NULL OR NOT regexp_matches({text}, '[{_SPACES}{_UNSEEN}]') "
        f"THEN {text} ELSE crm_strip({text}) END"
    )
