"""Korean particles, each in the form that the word before it asks for.

A particle such as 을/를 has one form after a final consonant and another after
a vowel, so it depends on how the word before it is read:

- what stands in brackets at its end is not counted, nor are closing quotes,
  blanks and other marks;
- a Hangul syllable says it itself;
- digits are read as Sino-Korean numbers, and units such as ``ml`` behind them
  as what they stand for;
- capital letters are read one by one if there are three or fewer of them, or
  no vowel among them (``USB``, ``SKT``); other Latin words by their spelling,
  as loan words are (``jacket`` 재킷, ``coat`` 코트, ``style`` 스타일);
- where none of this helps (한자, emoji), both forms are written: 을(를).
"""

from __future__ import annotations

import re
import unicodedata
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Ending = Literal["consonant", "rieul", "vowel"]
Particle = tuple[str, str]
"""What stands after a consonant, and what after a vowel."""

_CONSONANT: Final[Ending] = "consonant"
_RIEUL: Final[Ending] = "rieul"
_VOWEL: Final[Ending] = "vowel"
_PAIRS: Final = ("을/를", "이/가", "은/는", "과/와", "으로/로", "아/야", "이나/나", "이랑/랑")
_RIEUL_IS_A_VOWEL_TO: Final = "으로"


def _spellings() -> dict[str, Particle]:
    pairs: dict[str, Particle] = {}
    for spelt in _PAIRS:
        consonant, _, vowel = spelt.partition("/")
        pairs[spelt] = pairs[f"{vowel}/{consonant}"] = (consonant, vowel)
        pairs[_both((consonant, vowel))] = (consonant, vowel)
    return pairs


def _both(particle: Particle) -> str:
    consonant, vowel = particle
    if consonant.endswith(vowel):
        return f"({consonant.removesuffix(vowel)}){vowel}"
    return f"{consonant}({vowel})"


PARTICLES: Final[Mapping[str, Particle]] = MappingProxyType(_spellings())
"""Each particle by all its spellings: 을/를, 를/을 and 을(를)."""

_IN_BRACKETS: Final = re.compile(r"(?:\s*(?:\([^()]*\)|\[[^\[\]]*\]|（[^（）]*）))+\s*\Z")  # noqa: RUF001
_MARKS: Final = re.compile(r"[^\w%℃]+\Z|_+\Z")
_UNIT: Final = re.compile(r"[0-9]\s*([A-Za-z]{1,2}|[%℃])\Z")
_UNITS: Final[Mapping[str, Ending]] = MappingProxyType(
    {
        **dict.fromkeys(("g", "kg", "mg"), _CONSONANT),
        **dict.fromkeys(("ml", "l", "m", "cm", "mm", "km", "w", "gb", "mb", "%", "℃"), _VOWEL),
    }
)
_NUMBER: Final = re.compile(r"([0-9][0-9,]*)(\.[0-9]+)?\Z")
_DIGITS: Final[Mapping[str, Ending]] = MappingProxyType(
    {**dict.fromkeys("036", _CONSONANT), **dict.fromkeys("178", _RIEUL)}
)
_ZEROS_OF_JO: Final = range(12, 16)  # 조, the one name of a power of ten that ends in a vowel
_WORD: Final = re.compile(r"[A-Za-z]+\Z")
_LETTERS_OF_A_NAME: Final = 3
_LETTERS: Final[Mapping[str, Ending]] = MappingProxyType(
    {"l": "rieul", "r": "rieul", "m": "consonant", "n": "consonant"}
)
_ENDS_IN_RIEUL: Final = re.compile(r"(?:l|le)\Z")
_ENDS_IN_CONSONANT: Final = re.compile(
    r"(?:[mn]e?|ng|ook)\Z|(?:\A|[^aeiou])[aeiou](?:b|ck?|g|k|p|t)\Z"
)
_FIRST_SYLLABLE, _LAST_SYLLABLE, _FINALS, _FINAL_RIEUL = 0xAC00, 0xD7A3, 28, 8


def add_particle(text: str, particle: Particle) -> str:
    """Give *text* with *particle* in its right form behind it.

    Examples
    --------
    >>> [add_particle(word, PARTICLES["을/를"]) for word in ("셔츠", "가방", "USB", "金")]
    ['셔츠를', '가방을', 'USB를', '金을(를)']
    """
    return text + choose_form(text, particle)


def choose_form(text: str, particle: Particle) -> str:
    """Give the form of *particle* that *text* asks for; nothing after nothing.

    Examples
    --------
    >>> [choose_form(word, PARTICLES["으로/로"]) for word in ("서울", "부산", "제주")]
    ['로', '으로', '로']
    """
    if not text:
        return ""
    ending = find_ending(text)
    if ending is None:
        return _both(particle)
    after_vowel = ending == "vowel" or (ending == "rieul" and particle[0] == _RIEUL_IS_A_VOWEL_TO)
    return particle[after_vowel]


def find_ending(text: str) -> Ending | None:
    """Say on what *text* ends when it is read aloud; None: nobody can tell.

    Examples
    --------
    >>> [find_ending(text) for text in ("리넨 셔츠(블랙)", "12,000", "USB", "music", "★")]
    ['vowel', 'consonant', 'vowel', 'consonant', None]
    """
    word = _strip(unicodedata.normalize("NFC", text[-40:]))
    if not word:
        return None
    code = ord(word[-1])
    if _FIRST_SYLLABLE <= code <= _LAST_SYLLABLE:
        final = (code - _FIRST_SYLLABLE) % _FINALS
        return "vowel" if final == 0 else "rieul" if final == _FINAL_RIEUL else "consonant"
    if (unit := _UNIT.search(word)) and (ending := _UNITS.get(unit[1].lower())):
        return ending
    if number := _NUMBER.search(word):
        return _number_ending(number)
    if latin := _WORD.search(word):
        return _latin_ending(latin[0])
    return None


def _strip(text: str) -> str:
    """Take brackets with what is in them, and other marks, off the end of *text*."""
    while stripped := _MARKS.sub("", _IN_BRACKETS.sub("", text)):
        if stripped == text:
            return text
        text = stripped
    # all of it stood in brackets: then what is in them is the word
    return re.sub(r"\W+\Z", "", text)


def _number_ending(number: re.Match[str]) -> Ending:
    digits = number[1].replace(",", "")
    zeros = len(digits) - len(digits.rstrip("0"))
    if not number[2] and zeros in _ZEROS_OF_JO and zeros < len(digits):
        return "vowel"
    return _DIGITS.get(number[0][-1], "vowel")


def _latin_ending(word: str) -> Ending:
    low = word.lower()
    by_letter = word.isupper() and (len(word) <= _LETTERS_OF_A_NAME or not set(low) & set("aeiou"))
    if by_letter:
        return _LETTERS.get(low[-1], "vowel")
    if _ENDS_IN_RIEUL.search(low):
        return "rieul"
    return "consonant" if _ENDS_IN_CONSONANT.search(low) else "vowel"
