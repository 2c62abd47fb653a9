"""What the people of the synthetic shop are drawn from."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

ZONES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "KR": ("Asia/Seoul", "ko-KR"),
        "GB": ("Europe/London", "en-GB"),
        "US": ("America/New_York", "en-US"),
        "SG": ("Asia/Singapore", "en-SG"),
    }
)
"""Zone and locale by country."""

REGIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "KR": ("Seoul", "Gyeonggi", "Busan", "Incheon", "Daegu", "Daejeon", "Gwangju", "Jeju"),
        "GB": ("London", "Manchester", "Bristol", "Leeds", "Glasgow"),
        "US": ("New York", "Boston", "Philadelphia"),
        "SG": ("Singapore",),
    }
)

FAMILY_NAMES = (
    ("김", "kim"),
    ("이", "lee"),
    ("박", "park"),
    ("최", "choi"),
    ("정", "jung"),
    ("강", "kang"),
    ("조", "cho"),
    ("윤", "yoon"),
    ("장", "jang"),
    ("임", "lim"),
    ("한", "han"),
    ("오", "oh"),
)
GIVEN_NAMES = {
    "female": (
        ("서연", "seoyeon"),
        ("지우", "jiwoo"),
        ("민서", "minseo"),
        ("하은", "haeun"),
        ("수아", "sua"),
        ("예린", "yerin"),
        ("다은", "daeun"),
        ("유진", "yujin"),
        ("소율", "soyul"),
        ("채원", "chaewon"),
    ),
    "male": (
        ("민준", "minjun"),
        ("도윤", "doyun"),
        ("서준", "seojun"),
        ("하준", "hajun"),
        ("지호", "jiho"),
        ("현우", "hyunwoo"),
        ("준서", "junseo"),
        ("건우", "gunwoo"),
        ("우진", "woojin"),
        ("성민", "sungmin"),
    ),
}
ENGLISH_FAMILY_NAMES = (
    "Baker",
    "Carter",
    "Ellis",
    "Foster",
    "Grant",
    "Hughes",
    "Irving",
    "Marsh",
    "Nolan",
    "Parker",
    "Quinn",
    "Turner",
)
ENGLISH_GIVEN_NAMES = {
    "female": (
        "Alice",
        "Beth",
        "Clara",
        "Daisy",
        "Emma",
        "Freya",
        "Grace",
        "Holly",
        "Isla",
        "Lucy",
    ),
    "male": (
        "Adam",
        "Ben",
        "Charlie",
        "Daniel",
        "Ethan",
        "Finn",
        "George",
        "Harry",
        "Jack",
        "Leo",
    ),
}

OCCUPATIONS = ("student", "office worker", "self-employed", "homemaker", "retired")
OCCUPATION_SHARES = {
    20: (0.45, 0.40, 0.10, 0.05, 0.00),
    30: (0.05, 0.65, 0.15, 0.15, 0.00),
    40: (0.00, 0.60, 0.22, 0.18, 0.00),
    50: (0.00, 0.45, 0.25, 0.20, 0.10),
    60: (0.00, 0.15, 0.15, 0.20, 0.50),
}
"""Shares of the occupations by age band."""

AGE_BANDS = (20, 30, 40, 50, 60)
AGE_SHARES = (0.30, 0.30, 0.20, 0.13, 0.07)
