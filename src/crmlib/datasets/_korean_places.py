"""Where the people of the synthetic accounts live: real cities, invented streets."""

from __future__ import annotations

DISTRICTS = (
    ("서울특별시", "강남구", "Gangnam-gu, Seoul"),
    ("서울특별시", "송파구", "Songpa-gu, Seoul"),
    ("서울특별시", "마포구", "Mapo-gu, Seoul"),
    ("서울특별시", "노원구", "Nowon-gu, Seoul"),
    ("서울특별시", "중구", "Jung-gu, Seoul"),
    ("경기도", "성남시 분당구", "Bundang-gu, Seongnam-si, Gyeonggi-do"),
    ("경기도", "수원시 영통구", "Yeongtong-gu, Suwon-si, Gyeonggi-do"),
    ("경기도", "고양시 일산동구", "Ilsandong-gu, Goyang-si, Gyeonggi-do"),
    ("경기도", "용인시 수지구", "Suji-gu, Yongin-si, Gyeonggi-do"),
    ("경기도", "김포시", "Gimpo-si, Gyeonggi-do"),
    ("경기도", "화성시", "Hwaseong-si, Gyeonggi-do"),
    ("인천광역시", "연수구", "Yeonsu-gu, Incheon"),
    ("인천광역시", "부평구", "Bupyeong-gu, Incheon"),
    ("부산광역시", "해운대구", "Haeundae-gu, Busan"),
    ("부산광역시", "중구", "Jung-gu, Busan"),
    ("대구광역시", "수성구", "Suseong-gu, Daegu"),
    ("대전광역시", "유성구", "Yuseong-gu, Daejeon"),
    ("광주광역시", "북구", "Buk-gu, Gwangju"),
    ("울산광역시", "남구", "Nam-gu, Ulsan"),
    ("충청북도", "청주시 흥덕구", "Heungdeok-gu, Cheongju-si, Chungcheongbuk-do"),
    ("경상남도", "창원시 성산구", "Seongsan-gu, Changwon-si, Gyeongsangnam-do"),
    ("전북특별자치도", "전주시 완산구", "Wansan-gu, Jeonju-si, Jeonbuk-do"),
    ("강원특별자치도", "춘천시", "Chuncheon-si, Gangwon-do"),
    ("제주특별자치도", "제주시", "Jeju-si, Jeju-do"),
)
"""Province or city, district, and both in Latin letters."""

ROADS = (
    ("한빛로", "Hanbit-ro"),
    ("새봄로", "Saebom-ro"),
    ("은하로", "Eunha-ro"),
    ("솔밭로", "Solbat-ro"),
    ("중앙로", "Jungang-ro"),
    ("평화로", "Pyeonghwa-ro"),
    ("달맞이로", "Dalmaji-ro"),
    ("느티나무로", "Neutinamu-ro"),
    ("샘물로", "Saemmul-ro"),
    ("바람개비로", "Baramgaebi-ro"),
    ("별내음로", "Byeollaeeum-ro"),
    ("무지개로", "Mujigae-ro"),
    ("해오름로", "Haeoreum-ro"),
    ("단풍로", "Danpung-ro"),
    ("도담로", "Dodam-ro"),
    ("가람로", "Garam-ro"),
    ("누리로", "Nuri-ro"),
    ("미리내로", "Mirinae-ro"),
    ("아름로", "Areum-ro"),
    ("큰숲로", "Keunsup-ro"),
)
"""Roads, and the same in Latin letters; each district has all of them."""

LANES = ("", "12")
"""The road itself, and the lane (번길) that branches off at this number."""

BLOCKS = 36
"""Postal zones along each road or lane: 24 x 20 x 2 x 36 make the country's 34,560."""

HOUSES_PER_BLOCK = 20

QUARTERS = ("한빛동", "새봄동", "은하동", "솔밭동", "중앙동", "평화동")
"""Quarters, which old addresses (by lot) name in place of the road."""

VILLAGES = ("푸른마을", "햇살아파트", "별빛마을", "들꽃아파트")
"""Names of housing estates."""

SHORT_PROVINCES = {
    "서울특별시": ("서울", "서울시"),
    "경기도": ("경기",),
    "인천광역시": ("인천", "인천시"),
    "부산광역시": ("부산", "부산시"),
    "대구광역시": ("대구", "대구시"),
    "대전광역시": ("대전", "대전시"),
    "광주광역시": ("광주", "광주시"),
    "울산광역시": ("울산", "울산시"),
    "충청북도": ("충북",),
    "경상남도": ("경남",),
    "전북특별자치도": ("전북", "전라북도"),
    "강원특별자치도": ("강원", "강원도"),
    "제주특별자치도": ("제주", "제주도"),
}
"""How people shorten provinces and large cities."""
