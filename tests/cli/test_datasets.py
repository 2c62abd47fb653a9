"""``crmlib datasets``: order files to try things on, from the shell."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msoffcrypto
import pandas as pd
import pytest

from crmlib.datasets import list_order_files

Run = Callable[..., Any]


def test_the_sources_are_listed(crmlib: Run) -> None:
    """``list`` names the sources, one per line or as JSON."""
    assert crmlib("datasets", "list").out.split() == list_order_files()
    assert crmlib("datasets", "list", "--json").json == list_order_files()


def test_a_file_is_made(crmlib: Run, tmp_path: Path) -> None:
    """``make`` writes the files of a source and says which, and what to read them with."""
    answer = crmlib("datasets", "make", "square", "--out", "new", "--orders", "30")

    assert answer.code == 0
    assert "America/New_York" in answer.out
    written = [line[9:] for line in answer.out.splitlines() if line.startswith("Written: ")]
    assert len(written) == 2
    assert sorted(tmp_path.joinpath("new").iterdir()) == sorted(
        tmp_path / path for path in written
    )


def test_a_file_as_json(crmlib: Run, tmp_path: Path) -> None:
    """With --json the same is said for programs; the same seed makes the same file."""
    options = ("--orders", "20", "--seed", "4", "--encoding", "cp949", "--json")
    one = crmlib("datasets", "make", "cafe24", "--out", "a", *options).json
    two = crmlib("datasets", "make", "cafe24", "--out", "b", *options).json

    (first,), (second,) = one["files"], two["files"]
    assert one["truth"] is None
    assert first["orders"] == 20
    assert first["currency"] == "KRW"
    data = Path(first["paths"][0]).read_bytes()
    assert data == Path(second["paths"][0]).read_bytes()
    assert data.decode("cp949").startswith("주문번호,")


def test_the_truth_of_a_file(crmlib: Run, tmp_path: Path) -> None:
    """--truth writes what is true of each row."""
    crmlib("datasets", "make", "online-retail", "--out", ".", "--old-layout", "--truth", "t.csv")
    truth = pd.read_csv("t.csv")

    assert set(truth["file"]) == {"online_retail.csv"}
    assert truth["ordered_at"].str.endswith("Z").all()
    assert len(truth) == len(pd.read_csv("online_retail.csv"))


def test_a_folder_is_made(crmlib: Run, tmp_path: Path) -> None:
    """A folder holds the order files of four channels; the truth stands beside it."""
    answer = crmlib("datasets", "make", "folder", "--out", "x", "--people", "40", "--overlap", "1")
    truth = pd.read_csv("x/truth.csv")

    assert answer.code == 0
    files = {path.name for path in Path("x/orders").iterdir()}
    assert len(files) == 4
    assert set(truth["file"]) == files
    assert truth["person"].nunique() == 40
    assert (truth.groupby("person")["source"].nunique() == 4).all()
    assert f"Written: {Path('x/truth.csv')}" in answer.out


def test_a_password_comes_from_the_environment(
    crmlib: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name of a variable is given, so that no password stands in the history of a shell."""
    monkeypatch.setenv("SHOP_PASSWORD", "geheim")
    options = ("--orders", "5", "--password-env", "SHOP_PASSWORD", "--json")
    answer = crmlib("datasets", "make", "smartstore", "--out", ".", *options)

    assert "geheim" not in answer.out + answer.err
    with Path(answer.json["files"][0]["paths"][0]).open("rb") as file:
        assert msoffcrypto.OfficeFile(file).is_encrypted()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(["smartstor"], "did you mean 'smartstore'?", id="a misspelled source"),
        pytest.param(
            ["smartstore", "--people", "3"], "--people must be left out", id="people of a file"
        ),
        pytest.param(
            ["folder", "--orders", "3"], "--orders must be left out", id="orders of a folder"
        ),
        pytest.param(
            ["folder", "--old-layout"], "--old-layout must be left out", id="layout of a folder"
        ),
        pytest.param(
            ["smartstore", "--password-env", "NOT_SET"], "NOT_SET", id="a variable that is not set"
        ),
        pytest.param(
            ["amazon", "--encoding", "cp949"], "leave out encoding", id="encoding of Amazon"
        ),
    ],
)
def test_what_cannot_be_made(
    crmlib: Run, tmp_path: Path, arguments: list[str], words: str
) -> None:
    """What makes no sense ends in one line and writes nothing."""
    answer = crmlib("datasets", "make", *arguments, "--out", "new")

    assert answer.code == 3
    assert words in answer.err
    assert len(answer.err.splitlines()) == 1
    assert not (tmp_path / "new").exists()
