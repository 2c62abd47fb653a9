"""Korean names by their sound, so that 김민준 and Minjun Kim can be compared.

Latin spellings of one Korean name differ (Jun, Joon; Hyun, Hyeon), so both
scripts are brought to a coarse code: consonants that are spelled alike fall
together, and of the vowels seven classes are kept.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_FIRST, _LAST = 0xAC00, 0xD7A3
_FINALS, _VOWELS = 28, 21

_LEADS: Final = (
    "kkntt" + "lmpps" + "s" + " " + "jjjktph"
)  # ㄱㄲㄴㄷㄸ ㄹㅁㅂㅃㅅ ㅆ ㅇ ㅈㅉㅊㅋㅌㅍㅎ
_CORES: Final = "AEAEVEVEOAEEOUVEIUWII"  # ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ
_TAILS: Final = (
    *("", "k", "k", "k", "n", "n", "n", "t", "l", "k", "m", "l", "l", "l"),
    *("p", "l", "m", "p", "p", "t", "t", "nk", "t", "t", "k", "t", "p", "t"),
)
"""Of the final consonants in the order of Unicode, the first for none."""

_SURNAMES: Final = (
    ("김", "kim gim"),
    ("이", "lee yi rhee li"),
    ("박", "park pak bak"),
    ("최", "choi choe"),
    ("정", "jung jeong chung joung cheong"),
    ("강", "kang gang"),
    ("조", "cho jo"),
    ("윤", "yoon yun youn"),
    ("장", "jang chang"),
    ("임", "lim im rim yim"),
    ("한", "han hahn"),
    ("오", "oh o"),
    ("서", "seo suh"),
    ("신", "shin sin"),
    ("권", "kwon gwon"),
    ("황", "hwang"),
    ("안", "ahn an"),
    ("송", "song"),
    ("유", "yoo yu ryu you"),
    ("홍", "hong"),
    ("전", "jeon jun chun"),
    ("고", "ko koh go"),
    ("문", "moon mun"),
    ("양", "yang"),
    ("손", "son sohn"),
    ("배", "bae pae"),
    ("백", "baek paik baik"),
    ("허", "heo hur huh"),
    ("남", "nam"),
    ("심", "shim sim"),
    ("노", "noh roh no"),
    ("하", "ha"),
    ("곽", "kwak gwak"),
    ("성", "sung seong"),
    ("차", "cha"),
    ("주", "joo ju"),
    ("우", "woo wu"),
    ("구", "koo ku gu"),
    ("나", "na ra"),
    ("민", "min"),
    ("진", "jin chin"),
    ("지", "ji chi"),
    ("엄", "eom um uhm"),
    ("채", "chae"),
    ("원", "won"),
    ("천", "cheon"),
    ("방", "bang"),
    ("공", "kong gong"),
    ("현", "hyun hyeon"),
    ("함", "ham"),
    ("변", "byun byeon"),
    ("염", "yeom yum"),
    ("여", "yeo"),
    ("추", "choo chu"),
    ("도", "do doh"),
    ("소", "so soh"),
    ("석", "seok suk"),
    ("선", "sun seon"),
    ("마", "ma mah"),
    ("길", "gil kil"),
    ("위", "wi"),
    ("표", "pyo"),
    ("명", "myung myeong"),
    ("기", "ki"),
    ("반", "ban"),
    ("금", "keum geum"),
    ("남궁", "namgung namkoong namkung namgoong"),
    ("황보", "hwangbo"),
    ("제갈", "jegal"),
    ("선우", "sunwoo seonwoo"),
    ("독고", "dokgo dokko"),
    ("사공", "sagong"),
)
_RARE_SURNAMES: Final = (
    "탁국어피편예옥육인맹모왕연설봉태은용방빈경두복음당화호기승형시단감창라류림리로"
)
# names that began with ㄹ or split in two are one to those who spell them in Latin letters
_SAME_SURNAME: Final = {"류": "유", "림": "임", "라": "나", "리": "이", "로": "노"}

SURNAMES: Mapping[str, str] = MappingProxyType(
    {spelling: name for name, spellings in reversed(_SURNAMES) for spelling in spellings.split()}
)
"""Surnames by their Latin spellings; the more common one where a spelling means two."""

SURNAME_RANKS: Mapping[str, int] = MappingProxyType(
    {name: rank for rank, (name, _) in enumerate(_SURNAMES)}
)
"""Surnames by how common they are, 0 for the most common."""

HANGUL_SURNAMES: Final = frozenset(SURNAME_RANKS) | frozenset(_RARE_SURNAMES)
"""Surnames in Hangul: a text that begins with none of them is hardly a name."""

NAME_SYLLABLES: Final = frozenset(
    "가강건겸경계고공관광교구국권규균근기길나남노다단달담대덕도동두라란람래려련령례로루류륜률리린림"
    "마만명모무문미민박배백범벽별병보복본봉부빈빛사산상새샘서석선설섬성세소솔송수숙순슬승시식신실심"
    "아안애양언엄여연열영예오옥온완용우욱운웅원월위유육윤율융은을음의이익인일임자장재전점정제조종주준"
    "중지진차찬창채천철청초춘충치칠태택평표하학한해향허헌혁현형혜호홍화환황회효후훈휘흠흥희"
)
"""Syllables of which Korean given names are made: others in a name are typing errors."""

_DOUBLE_SURNAMES: Final = frozenset(name for name, _ in _SURNAMES if len(name) > 1)

_EITHER: Final = "Y"
"""A vowel of a Latin spelling that is ㅓ in Sung and ㅜ in Jun."""

_SOUNDS: Final = (
    ("yeo|weo|eo|wo(?!o)", "V"),
    ("yoo|woo|oo|wu", "U"),
    ("eu(?!i)", "W"),
    ("you|ou|yu|u(?!i)", _EITHER),
    ("yo|o(?!e(?!u))", "O"),
    ("yae|wae|oe|ae(?!u[lmn])|ye|we|[ae][iy](?![aeiou])|e(?!ui)(?!e)", "E"),
    ("eui|ui|wi|ee|yi|i|y", "I"),
    ("ya|wa|a", "A"),
    ("ch|j|z", "j"),
    ("[kgq]|c(?!h)", "k"),
    ("[dt]", "t"),
    ("[bpfv]", "p"),
    ("sh|[sx]", "s"),
    ("[lr]", "l"),
    ("n", "n"),
    ("m", "m"),
    ("h(?=[aeiouwy])", "h"),
    (".", ""),
)
_OPEN: Final = frozenset({_EITHER, "U", "V"})
_SOUND: Final = re.compile("|".join(f"(?P<s{i}>{text})" for i, (text, _) in enumerate(_SOUNDS)))


def split_hangul(name: str) -> tuple[str, str]:
    """Give surname and given name of a name in Hangul without spaces.

    Examples
    --------
    >>> split_hangul("김민준"), split_hangul("남궁민수"), split_hangul("류준")
    (('김', '민준'), ('남궁', '민수'), ('유', '준'))
    """
    size = 2 if len(name) > 3 and name[:2] in _DOUBLE_SURNAMES else 1  # noqa: PLR2004 -- 남궁 + a given name of two
    return _SAME_SURNAME.get(name[:size], name[:size]), name[size:]


def sound_of_hangul(text: str) -> str:
    """Give the code of a text in Hangul.

    Examples
    --------
    >>> sound_of_hangul("민준"), sound_of_hangul("현우")
    ('mInjUn', 'hVnU')
    """
    parts = []
    for letter in text:
        code = ord(letter) - _FIRST
        lead, core, tail = code // (_VOWELS * _FINALS), code // _FINALS % _VOWELS, code % _FINALS
        parts.append(f"{_LEADS[lead].strip()}{_CORES[core]}{_TAILS[tail]}")
    return _squeeze("".join(parts))


def sound_of_latin(text: str) -> str:
    """Give the code of a text in small Latin letters.

    Examples
    --------
    >>> sound_of_latin("minjun"), sound_of_latin("minjoon"), sound_of_latin("hyunwoo")
    ('mInjYn', 'mInjUn', 'hYnU')
    """
    return _squeeze(
        "".join(_SOUNDS[int(str(part.lastgroup)[1:])][1] for part in _SOUND.finditer(text))
    )


def blur_sound(code: str) -> str:
    """Give a code in which ㅓ, ㅗ, ㅜ and ㅡ are one, so that all that fit each other are equal.

    Examples
    --------
    >>> blur_sound("mInjYn") == blur_sound("mInjUn")
    True
    """
    return re.sub("[VOUWY]", _EITHER, code)


def sounds_fit(one: str, other: str) -> bool:
    """Tell whether two codes can be of one name.

    Examples
    --------
    >>> sounds_fit("sYnk", "sVnk"), sounds_fit("sYnk", "sUnk"), sounds_fit("sVnk", "sUnk")
    (True, True, False)
    """
    return len(one) == len(other) and all(
        a == b or (_EITHER in (a, b) and {a, b} <= _OPEN) for a, b in zip(one, other, strict=True)
    )


def is_hangul(letter: str) -> bool:
    """Tell whether *letter* is a syllable of Hangul.

    Examples
    --------
    >>> is_hangul("김"), is_hangul("k")
    (True, False)
    """
    return _FIRST <= ord(letter) <= _LAST


def _squeeze(code: str) -> str:
    """Give a code without doubled consonants, which one script writes and the other does not."""
    return re.sub(r"([a-z])\1+", r"\1", code)
