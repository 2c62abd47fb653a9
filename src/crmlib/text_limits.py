"""How long a text is for the network that carries it, and whether it fits.

Korean text messages are counted in bytes of cp949, in which every Hangul
syllable is two bytes.  Python's ``euc_kr`` is no measure: it spells the 8,822
syllables outside KS X 1001 in eight bytes.  International ones are counted in
segments: of 160 septets where all characters are in the GSM 7-bit alphabet
(3GPP TS 23.038), else of 70 UTF-16 units; of less where there are several,
and no character is cut in two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from crmlib.messages import TextLimit

if TYPE_CHECKING:
    from collections.abc import Iterable

SMS_BYTES: Final = 90
LMS_BYTES: Final = 2_000
LMS_SUBJECT_BYTES: Final = 40
ALIMTALK_CHARACTERS: Final = 1_000
ALIMTALK_VARIABLES: Final = 40
ALIMTALK_BUTTON_CHARACTERS: Final = 14
BRAND_MESSAGE_CHARACTERS: Final = 1_300
MOST_SEGMENTS: Final = 10

_GSM: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "ÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_ESCAPED: Final = frozenset("\f^{}\\[~]|€")
_GSM_ROOM: Final = (160, 153)
_UCS2_ROOM: Final = (70, 67)
_MOST_SHOWN: Final = 5


@attrs.frozen(kw_only=True)
class TextSize:
    """What :func:`measure_text` found.

    Parameters
    ----------
    kind : str
        ``SMS``, ``LMS``, ``GSM-7``, ``UCS-2``, ``alimtalk`` or ``brand message``.
    size, limit : int
        In *unit*.
    unit : str
        ``bytes``, ``segments`` or ``characters``.
    problem : str or None
        Why it cannot be sent: how much too long, or which characters.
    rare : str
        Characters outside KS X 1001, which old phones may not show.
    """

    kind: str
    size: int
    limit: int
    unit: str
    problem: str | None = None
    rare: str = ""

    def __str__(self) -> str:
        told = f"{self.kind} of {self.size:,} {self.unit} (at most {self.limit:,})"
        shown = " ".join(self.rare)
        return f"{told}; old phones may not show {shown}" if self.rare else told


def measure_text(
    limit: TextLimit, body: str, *, subject: str | None = None, button_label: str | None = None
) -> TextSize:
    """Count *body* as *limit* says; with a subject it is no SMS where it may be an LMS.

    Examples
    --------
    >>> print(measure_text(TextLimit.KOREAN_LMS, "똠방각하 Hello"))
    SMS of 14 bytes (at most 90); old phones may not show 똠
    >>> measure_text(TextLimit.KOREAN_SMS, "가" * 47).problem
    'is 94 bytes, 4 more than the 90 of an SMS'
    >>> print(measure_text(TextLimit.GSM, "€" * 81))
    GSM-7 of 2 segments (at most 10)
    """
    if limit is TextLimit.GSM:
        return _measure_segments(body)
    if limit is TextLimit.ALIMTALK:
        return _measure_kakao("alimtalk", ALIMTALK_CHARACTERS, body, button_label or "")
    if limit is TextLimit.BRAND_MESSAGE:
        kind = "brand message"
        return _measure_kakao(kind, BRAND_MESSAGE_CHARACTERS, body, button_label or "")
    return _measure_korean(body, subject or "", may_be_long=limit is TextLimit.KOREAN_LMS)


def korean_bytes(text: str) -> int:
    """Count *text* in bytes of cp949; a character that it lacks counts two.

    Examples
    --------
    >>> korean_bytes("똠방각하"), korean_bytes("뷁"), korean_bytes("abc")
    (8, 2, 3)
    """
    return len(text.encode("cp949", "replace")) + sum(map(_is_lacking, text))


def characters_lacking(text: str) -> str:
    """Give the characters of *text* that no Korean text message can carry, each once.

    Examples
    --------
    >>> characters_lacking("50% 할인 — 오늘만 😀")
    '—😀'
    """
    try:
        text.encode("cp949")
    except UnicodeEncodeError:
        return _each_once(filter(_is_lacking, text))
    return ""


def rare_characters(text: str) -> str:
    """Give the characters of *text* that cp949 has and KS X 1001 has not, each once.

    Examples
    --------
    >>> rare_characters("똠방각하와 뷁")
    '똠뷁'
    """
    return _each_once(character for character in text if _is_rare(character))


def _is_lacking(character: str) -> bool:
    try:
        character.encode("cp949")
    except UnicodeEncodeError:
        return True
    return False


def _is_rare(character: str) -> bool:
    if character.isascii():
        return False
    # euc_kr makes up eight bytes for syllables that KS X 1001 lacks
    return not _is_lacking(character) and len(character.encode("euc_kr", "replace")) != 2  # noqa: PLR2004


def _each_once(characters: Iterable[str]) -> str:
    return "".join(dict.fromkeys(characters))


def _measure_korean(body: str, subject: str, *, may_be_long: bool) -> TextSize:
    size = korean_bytes(body)
    is_long = may_be_long and (size > SMS_BYTES or bool(subject))  # an SMS has no subject
    kind, limit = ("LMS", LMS_BYTES) if is_long else ("SMS", SMS_BYTES)
    title = korean_bytes(subject)
    problem = None
    if lacking := characters_lacking(subject + body):
        problem = f"holds {_shown(lacking)}, which no Korean text message can carry"
    elif size > limit:
        problem = f"is {size:,} bytes, {size - limit:,} more than the {limit:,} of an {kind}"
    elif title > LMS_SUBJECT_BYTES:
        over = title - LMS_SUBJECT_BYTES
        problem = f"has a subject of {title} bytes, {over} more than the {LMS_SUBJECT_BYTES}"
    rare = rare_characters(subject + body)
    return TextSize(kind=kind, size=size, limit=limit, unit="bytes", problem=problem, rare=rare)


def _measure_segments(body: str) -> TextSize:
    if _GSM.union(_GSM_ESCAPED).issuperset(body):
        kind, (alone, joined) = "GSM-7", _GSM_ROOM
        sizes = [2 if character in _GSM_ESCAPED else 1 for character in body]
    else:
        kind, (alone, joined) = "UCS-2", _UCS2_ROOM
        sizes = [2 if ord(character) > 0xFFFF else 1 for character in body]  # noqa: PLR2004 -- two UTF-16 units
    segments = 1 if sum(sizes) <= alone else _count_segments(sizes, joined)
    problem = None
    if segments > MOST_SEGMENTS:
        over = segments - MOST_SEGMENTS
        problem = f"is {segments} segments of {kind}, {over} more than the {MOST_SEGMENTS}"
    return TextSize(
        kind=kind, size=segments, limit=MOST_SEGMENTS, unit="segments", problem=problem
    )


def _count_segments(sizes: list[int], room: int) -> int:
    segments, filled = 1, 0
    for size in sizes:
        if filled + size > room:
            segments, filled = segments + 1, 0
        filled += size
    return segments


def _measure_kakao(kind: str, limit: int, body: str, label: str) -> TextSize:
    problem = None
    if len(body) > limit:
        over = len(body) - limit
        problem = f"is {len(body):,} characters, {over:,} more than the {limit:,} of {kind}"
    elif len(label) > ALIMTALK_BUTTON_CHARACTERS:
        over = len(label) - ALIMTALK_BUTTON_CHARACTERS
        problem = (
            f"has a button of {len(label)} characters, {over} more than the "
            f"{ALIMTALK_BUTTON_CHARACTERS}"
        )
    return TextSize(kind=kind, size=len(body), limit=limit, unit="characters", problem=problem)


def _shown(characters: str) -> str:
    shown = " ".join(map(repr, characters[:_MOST_SHOWN]))
    return f"{shown} …" if len(characters) > _MOST_SHOWN else shown
