"""The text that the bytes of a file spell, and a word of warning where that is a guess."""

from __future__ import annotations

import re
from itertools import islice

from crmlib.exceptions import InvalidParameterError, UnreadableFileError
from crmlib.sources._tell import tell

KOREAN = "cp949"
"""Tried where a file is not in UTF-8."""

_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_WEB_PAGE = re.compile(r"\s*<(?:!doctype|html|head|meta|body|table|\?xml|!--)", re.IGNORECASE)
_FOREIGN = re.compile(r"[^\x00-\x7f]+")
_RUNS_LOOKED_AT = 10_000
_ENOUGH_HANGUL = 0.9
_NAME_IT = (
    "name its encoding, such as encoding='cp1252' or 'latin-1' (Western Europe) or 'cp949' "
    "(Korea), or save it as UTF-8"
)


def decode_text(data: bytes, name: str, encoding: str | None) -> str:
    """Give the text of a file.

    Without an *encoding* it has to be in UTF-8, in UTF-16 with its mark, or in
    CP949.  As nearly any bytes are some text in CP949, that has to hold common
    Hangul: ``Ägypten`` in Latin-1 would be read as 컲ypten.

    Parameters
    ----------
    data : bytes
    name : str
        Of the file, for errors.
    encoding : str, optional
        By which a person says that it is written.

    Raises
    ------
    UnreadableFileError
        If it is no text, empty, or in another encoding.
    InvalidParameterError
        If there is no such encoding.

    Warns
    -----
    DataQualityWarning
        If it was read as CP949.
    """
    if encoding is not None:
        text = _decode_as(data, name, encoding)
    elif data.startswith(_UTF_16):
        text = _decode_as(data, name, "utf-16")
    else:
        text = "\0" if b"\0" in data else _guess(data, name)
    if "\0" in text:
        raise UnreadableFileError(
            name,
            "holds zero bytes, so it is no text",
            "give a CSV (plain or gzip), Parquet or Excel file",
        )
    if not text.strip("\ufeff \t\r\n"):
        raise UnreadableFileError(name, "is empty", "export the orders again")
    if _WEB_PAGE.match(text):
        raise UnreadableFileError(
            name,
            "is a web page, as some shops export one under the name of a workbook",
            "open it in a spreadsheet and save it as .xlsx or .csv",
        )
    return text


def _decode_as(data: bytes, name: str, encoding: str) -> str:
    """Read in the encoding that was named."""
    try:
        text = data.decode(encoding)
        text.encode()
    except (LookupError, TypeError) as error:
        raise InvalidParameterError(
            "encoding", encoding, "one that Python knows, such as 'latin-1'"
        ) from error
    except ValueError as error:
        raise UnreadableFileError(name, f"is not written in {encoding}", _NAME_IT) from error
    return text


def _guess(data: bytes, name: str) -> str:
    """Read as UTF-8, or as CP949 if that gives Korean."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if problem := _find_damage(data, error):
            raise UnreadableFileError(name, problem, "fetch or export it again") from error
    try:
        text = data.decode(KOREAN)
    except UnicodeDecodeError as error:
        if _is_korean(data[: error.start].decode(KOREAN)) and len(data) - error.start == 1:
            raise _cut_off(name) from error
        text = ""
    if not _is_korean(text):
        raise UnreadableFileError(name, "is written neither in UTF-8 nor in Korean", _NAME_IT)
    tell(
        f"{name} is not UTF-8; it was read as {KOREAN}; name its encoding (encoding=…) if "
        "letters look wrong"
    )
    return text


def _cut_off(name: str) -> UnreadableFileError:
    """Say that the end of a file is missing."""
    return UnreadableFileError(
        name, "is cut off in the middle of a letter", "fetch or export it again"
    )


def _find_damage(data: bytes, error: UnicodeDecodeError) -> str:
    """Say where a file in UTF-8 is damaged; nothing if it is in another encoding."""
    text = data.decode("utf-8-sig", errors="replace")
    bad = text.count("\ufffd")
    good = sum(len(run[0]) for run in islice(_FOREIGN.finditer(text), _RUNS_LOOKED_AT)) - bad
    if good <= bad:
        return ""
    if error.reason == "unexpected end of data":
        return "is cut off in the middle of a letter"
    line = data.count(b"\n", 0, error.start) + 1
    return f"is in UTF-8, but for {bad} damaged letters, the first in line {line}"


def _is_korean(text: str) -> bool:
    """Tell whether nearly all foreign letters of *text* are among the 2,350 common syllables."""
    runs = islice(_FOREIGN.finditer(text), _RUNS_LOOKED_AT)
    letters = [letter for run in runs for letter in run[0] if letter.isalpha()]
    common = sum(len(letter.encode("euc_kr", errors="ignore")) == 2 for letter in letters)  # noqa: PLR2004 -- bytes of a common syllable
    return bool(letters) and common >= _ENOUGH_HANGUL * len(letters)
