"""One shop on several channels: the same people, each channel knowing something else."""

import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from crmlib.datasets import make_order_folder
from crmlib.exceptions import InvalidParameterError, UnknownNameError, UnsupportedFeatureError


def channels_per_person(overlap: float, folder: Path) -> "pd.Series[int]":
    """Count the channels on which each of 400 people buys."""
    files = make_order_folder(folder, n_people=400, overlap=overlap, seed=1)
    lines = pd.concat([file.lines for file in files.values()])
    return lines.groupby("person")["sales_channel"].nunique()


def test_everybody_buys_and_some_on_several_channels(tmp_path: Path) -> None:
    """By default 30 of 100 buy on a second channel, and 30 of 100 of these on a third."""
    channels = channels_per_person(0.3, tmp_path)

    assert len(channels) == 400
    assert (channels >= 2).mean() == pytest.approx(0.3, abs=0.06)
    assert (channels >= 3).mean() == pytest.approx(0.09, abs=0.04)


@pytest.mark.parametrize(("overlap", "expected"), [(0, 1), (1, 4)])
def test_overlap(overlap: float, expected: int, tmp_path: Path) -> None:
    """Without overlap everybody has one channel; with all of it, all."""
    assert set(channels_per_person(overlap, tmp_path)) == {expected}


def test_one_channel(tmp_path: Path) -> None:
    """A single channel has all the people."""
    files = make_order_folder(tmp_path, sources=["cafe24"], n_people=15, overlap=1)

    assert list(files) == ["cafe24"]
    assert files["cafe24"].lines["person"].nunique() == 15


def test_a_channel_without_buyers_has_no_file(tmp_path: Path) -> None:
    """One person buys on one of four channels."""
    files = make_order_folder(tmp_path, n_people=1, overlap=0)

    assert len(files) == 1
    assert [path.parent for file in files.values() for path in file.paths] == [tmp_path]
    assert len(list(tmp_path.iterdir())) == 1


def test_one_seed_one_folder(tmp_path: Path) -> None:
    """The same arguments give the same files; their order is the one asked for."""
    one = make_order_folder(tmp_path / "a", n_people=20, seed=2)
    two = make_order_folder(tmp_path / "b", n_people=20, seed=2)

    assert list(one) == ["smartstore", "cafe24", "coupang", "shopify"]
    for source, file in one.items():
        assert_frame_equal(file.lines, two[source].lines)
        assert file.currency == "KRW"
        assert file.timezone == "Asia/Seoul"
    texts = [source for source in one if one[source].paths[0].suffix == ".csv"]
    assert len(texts) == 2
    for source in texts:
        assert one[source].paths[0].read_bytes() == two[source].paths[0].read_bytes()


def test_people_share_their_phone_across_channels(tmp_path: Path) -> None:
    """The real phone number of a person is the same on SmartStore and Cafe24, spelled freely."""
    files = make_order_folder(tmp_path, n_people=80, overlap=1, seed=3)
    smartstore = pd.read_excel(files["smartstore"].paths[0], dtype=str, engine="openpyxl")
    cafe24 = pd.read_csv(files["cafe24"].paths[0], dtype=str)
    spelled = cafe24["주문자 휴대전화"]

    known = spelled != "--"
    phones = spelled[known].str.replace(r"\D", "", regex=True).str.replace(r"^82", "0", regex=True)
    there = phones.groupby(files["cafe24"].lines["person"][known]).first()
    here = smartstore["구매자연락처"].str.replace("-", "")
    here = here.groupby(files["smartstore"].lines["person"]).first()
    assert (there == here.reindex(there.index)).all()
    assert {re.sub(r"\d", "0", phone) for phone in spelled} >= {
        *("000-0000-0000", "+00 00-0000-0000", "--", "00000000000", "+000000000000"),
    }


def test_only_smartstore_is_encrypted(tmp_path: Path) -> None:
    """A password encrypts the workbook of SmartStore and leaves the others as they are."""
    files = make_order_folder(tmp_path, n_people=10, password="pw")

    starts = {source: file.paths[0].read_bytes()[:2] for source, file in files.items()}
    assert starts["smartstore"] == b"\xd0\xcf"
    assert starts["coupang"] == b"PK"


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        pytest.param({"sources": []}, InvalidParameterError, "each once", id="no source"),
        pytest.param(
            {"sources": ["cafe24", "cafe24"]}, InvalidParameterError, "each once", id="twice"
        ),
        pytest.param({"sources": ["square"]}, InvalidParameterError, "some of", id="in dollars"),
        pytest.param({"sources": ["etsy"]}, UnknownNameError, "etsy", id="unknown source"),
        pytest.param({"n_people": 0}, InvalidParameterError, "n_people", id="nobody"),
        pytest.param({"overlap": 1.5}, InvalidParameterError, "from 0 to 1", id="overlap"),
        pytest.param({"seed": -1}, InvalidParameterError, "seed", id="seed"),
        pytest.param(
            {"sources": ["cafe24"], "password": "pw"},
            UnsupportedFeatureError,
            "cannot be encrypted",
            id="nothing to encrypt",
        ),
    ],
)
def test_what_cannot_be_made(
    arguments: dict[str, Any], error: type[Exception], words: str, tmp_path: Path
) -> None:
    """What makes no sense is refused before anything is written."""
    with pytest.raises(error, match=words):
        make_order_folder(tmp_path / "new", **arguments)

    assert not (tmp_path / "new").exists()
