"""Korean names, how common they are, and how their owners spell them in Latin letters."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

SURNAMES: Mapping[str, tuple[float, tuple[str, ...]]] = MappingProxyType(
    {
        "김": (21.5, ("Kim", "Kim", "Kim", "Gim")),
        "이": (14.7, ("Lee", "Lee", "Lee", "Yi", "Rhee")),
        "박": (8.4, ("Park", "Park", "Park", "Pak", "Bak")),
        "최": (4.7, ("Choi", "Choi", "Choe")),
        "정": (4.3, ("Jung", "Jeong", "Chung")),
        "강": (2.4, ("Kang", "Kang", "Gang")),
        "조": (2.1, ("Cho", "Cho", "Jo")),
        "윤": (2.1, ("Yoon", "Yun")),
        "장": (2.0, ("Jang", "Jang", "Chang")),
        "임": (1.7, ("Lim", "Lim", "Im")),
        "한": (1.6, ("Han",)),
        "오": (1.5, ("Oh", "Oh", "O")),
        "서": (1.5, ("Seo", "Suh")),
        "신": (1.5, ("Shin", "Shin", "Sin")),
        "권": (1.4, ("Kwon", "Kwon", "Gwon")),
        "황": (1.4, ("Hwang",)),
        "안": (1.4, ("Ahn", "Ahn", "An")),
        "송": (1.4, ("Song",)),
        "전": (1.1, ("Jeon", "Jun", "Chun")),
        "홍": (1.1, ("Hong",)),
        "유": (1.1, ("Yoo", "Yu")),
        "고": (0.9, ("Ko", "Koh", "Go")),
        "문": (0.9, ("Moon", "Moon", "Mun")),
        "양": (0.9, ("Yang",)),
        "손": (0.9, ("Son", "Sohn")),
        "배": (0.8, ("Bae", "Pae")),
        "백": (0.8, ("Baek", "Paik")),
        "허": (0.7, ("Heo", "Hur", "Huh")),
        "남": (0.6, ("Nam",)),
        "심": (0.6, ("Shim", "Sim")),
        "노": (0.6, ("Noh", "Roh")),
        "하": (0.5, ("Ha",)),
        "곽": (0.4, ("Kwak",)),
        "성": (0.4, ("Sung", "Seong")),
        "차": (0.4, ("Cha",)),
        "주": (0.4, ("Joo", "Ju")),
        "우": (0.4, ("Woo",)),
        "구": (0.4, ("Koo", "Ku", "Gu")),
        "민": (0.3, ("Min",)),
        "남궁": (0.1, ("Namgung", "Namkoong")),
    }
)
"""How many of 100 people bear the name, and its spellings, the usual ones more often."""

FIRST_SYLLABLES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "민": ("min",),
        "서": ("seo", "suh"),
        "지": ("ji", "jee"),
        "하": ("ha",),
        "수": ("su", "soo"),
        "예": ("ye",),
        "도": ("do",),
        "준": ("jun", "joon"),
        "현": ("hyun", "hyeon"),
        "유": ("yu", "yoo"),
        "은": ("eun",),
        "채": ("chae",),
        "소": ("so",),
        "다": ("da",),
        "태": ("tae",),
        "승": ("seung",),
        "재": ("jae",),
        "정": ("jung", "jeong"),
        "영": ("young", "yeong"),
        "성": ("sung", "seong"),
        "동": ("dong",),
        "상": ("sang",),
        "진": ("jin",),
        "혜": ("hye",),
        "선": ("sun", "seon"),
        "미": ("mi", "mee"),
        "경": ("kyung", "gyeong"),
        "윤": ("yoon", "yun"),
        "나": ("na",),
        "가": ("ga", "ka"),
    }
)
"""First syllables of given names with their spellings, the common ones first."""

SECOND_SYLLABLES: Mapping[str, Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "female": MappingProxyType(
            {
                "연": ("yeon", "yun"),
                "은": ("eun",),
                "아": ("a", "ah"),
                "영": ("young", "yeong"),
                "희": ("hee", "hui"),
                "숙": ("sook", "suk"),
                "정": ("jung", "jeong"),
                "미": ("mi", "mee"),
                "주": ("ju", "joo"),
                "린": ("rin",),
                "원": ("won",),
                "빈": ("bin",),
                "경": ("kyung", "gyeong"),
                "진": ("jin",),
                "율": ("yul",),
                "윤": ("yoon", "yun"),
                "자": ("ja",),
                "나": ("na",),
            }
        ),
        "male": MappingProxyType(
            {
                "준": ("jun", "joon"),
                "우": ("woo", "u"),
                "호": ("ho",),
                "현": ("hyun", "hyeon"),
                "민": ("min",),
                "훈": ("hoon", "hun"),
                "석": ("seok", "suk"),
                "철": ("chul", "cheol"),
                "환": ("hwan",),
                "혁": ("hyuk", "hyeok"),
                "규": ("kyu", "gyu"),
                "성": ("sung", "seong"),
                "식": ("sik", "shik"),
                "수": ("su", "soo"),
                "원": ("won",),
                "빈": ("bin",),
                "진": ("jin",),
                "영": ("young", "yeong"),
            }
        ),
    }
)
"""Second syllables by gender with their spellings, the common ones first."""

NICKNAMES = ("초코맘", "콩이네", "하늘별", "달콤이", "집사", "두부엄마", "멍멍이", "라떼")
"""What people write in place of a name."""
