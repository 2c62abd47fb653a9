"""Postal addresses: the keys under which one home is found again."""

from __future__ import annotations

import pytest

from crmlib.identity._postal import Places, read_places, read_postal_code

HOME = "06236 101 152 1203"


@pytest.mark.parametrize(
    "address",
    [
        "서울특별시 강남구 한빛로 152, 101동 1203호",
        "서울 강남구 한빛로152 (새봄동, 푸른마을) 101-1203",
        "서울시 강남구 한빛로 152 101동1203호",
        "(06236) 서울 강남구 한빛로 152, 101동 1203호 [문 앞]",
        "06236 서울 강남구 한빛로 152, 101동 1203호",
        "101-1203, 152, Hanbit-ro, Gangnam-gu, Seoul",
        "152 Hanbit-ro, 101dong 1203ho, Gangnam-gu, Seoul",
        "서울 강남구 한빛로 \uff11\uff15\uff12, 101동 1203호",
    ],
)
def test_one_home_in_many_spellings(address: str) -> None:
    """Numbers and postal code are one, however the address is written."""
    places = read_places("06236", address)

    assert places.numbers == HOME
    assert places.road_door == "06236 101-1203"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("서울특별시 강남구 한빛로 152, 101동 1203호", "서울 강남구 한빛로152 (새봄동) 101-1203"),
        ("경기도 김포시 은하로 3, 302호", "경기 김포시 은하로 3, 302"),
        ("충청북도 청주시 은하로 3", "충북 청주시 은하로 3"),
        ("강원특별자치도 춘천시 은하로 3", "강원 춘천시 은하로 3"),
    ],
)
def test_one_text_without_postal_code(one: str, other: str) -> None:
    """Without a postal code the letters and digits are compared, provinces in short."""
    assert read_places("", one) == read_places("", other)
    assert read_places("", one).text is not None


def test_by_lot_and_by_road() -> None:
    """An address by lot shares the door with the one by road, on another side."""
    by_lot = read_places("06236", "서울 강남구 새봄동 737-32, 101-1203")
    by_road = read_places("06236", "서울 강남구 한빛로 12번길 152 101동 1203호")

    assert by_lot.lot_door == by_road.road_door == "06236 101-1203"
    assert by_lot.road_door is None
    assert by_road.lot_door is None
    assert by_lot.numbers != by_road.numbers


def test_a_house_has_no_door() -> None:
    """Of a house by itself the postal code is all that lot and road share."""
    assert read_places("06236", "서울 강남구 새봄동 737-32").lot_door == "06236"
    assert read_places("06236", "152, Hanbit-ro 12beon-gil, Gangnam-gu").road_door == "06236"


def test_addresses_without_a_number_are_no_homes() -> None:
    """A city is not a home; neither is a postal code by itself."""
    assert read_places("06236", "서울 강남구") == Places()
    assert read_places("06236", "06236 서울 강남구") == Places()


def test_foreign_addresses_have_numbers_and_text() -> None:
    """What is neither by road nor by lot in the Korean way has no door."""
    places = read_places("SW1A1AA", "10 Downing Street, London")

    assert places == Places(numbers="SW1A1AA 10", text="10downingstreetlondon")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("'06236", "06236"),
        ("6236.0", "06236"),
        (" 135-080 ", "135080"),
        ("sw1a 1aa", "SW1A1AA"),
        ("--", None),
    ],
)
def test_postal_codes(text: str, expected: str | None) -> None:
    """Ornaments fall away, and zeros that a spreadsheet ate come back."""
    assert read_postal_code(text) == expected
