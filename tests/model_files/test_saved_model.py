"""Fitted models as files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Self

import pytest

from crmlib.exceptions import UnreadableFileError, UnsupportedFeatureError
from crmlib.model_files import SavedModel

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Scale(SavedModel):
    """Learns a factor."""

    def __init__(self, power: float = 1.0, note: object = None) -> None:
        self.power = power
        self.note = note

    def fit(self, values: list[float]) -> Self:
        """Learn the largest value."""
        self.factor_ = max(values) ** self.power
        self._cache_ = "not learned"
        return self


class FineScale(Scale):
    """Another class of the family."""


def test_a_fitted_model_comes_back(tmp_path: Path) -> None:
    """Parameters and what was learned, and nothing private."""
    Scale(power=2.0, note=("a", 1)).fit([1.0, 3.0]).save(tmp_path / "scale.json")

    back = Scale.load(tmp_path / "scale.json")

    assert type(back) is Scale
    assert vars(back) == {"power": 2.0, "note": ("a", 1), "factor_": 9.0}


def test_a_subclass_is_found_by_its_family(tmp_path: Path) -> None:
    """The parent loads what its child saved, the child not what its parent did."""
    FineScale().fit([2.0]).save(tmp_path / "fine.json")
    Scale().fit([2.0]).save(tmp_path / "scale.json")

    assert type(Scale.load(tmp_path / "fine.json")) is FineScale
    with pytest.raises(UnreadableFileError, match="which is no FineScale known here"):
        FineScale.load(tmp_path / "scale.json")


def test_what_no_file_can_hold_is_refused(tmp_path: Path) -> None:
    """And an earlier file stays as it was."""
    path = tmp_path / "scale.json"
    Scale().fit([1.0]).save(path)
    before = path.read_bytes()

    with pytest.raises(UnsupportedFeatureError):
        Scale(note=print).fit([1.0]).save(path)

    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (lambda text: text.replace("9.0", "8.0"), "was altered after it was saved"),
        (lambda text: text.replace("crmlib.model/1", "crmlib.model/2"), "is in the format"),
        (lambda text: text[:20], "is no model file"),
        (lambda _: "[]", "is no model file"),
        (lambda _: "{}", "is no model file"),
    ],
    ids=["altered", "later version", "cut", "list", "empty"],
)
def test_a_file_that_is_no_model_is_refused(
    tmp_path: Path, spoil: Callable[[str], str], problem: str
) -> None:
    """The error names the file and what is wrong."""
    path = tmp_path / "scale.json"
    Scale(power=2.0).fit([3.0]).save(path)
    path.write_text(spoil(path.read_text(encoding="utf-8")), encoding="utf-8")

    with pytest.raises(UnreadableFileError, match=problem) as caught:
        Scale.load(path)

    assert caught.value.path == str(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    """The error says that it is not there, and of a folder that it cannot be read."""
    with pytest.raises(UnreadableFileError, match=r"is not there .*; give the path of a saved"):
        Scale.load(tmp_path / "none.json")
    with pytest.raises(UnreadableFileError, match="cannot be read"):
        Scale.load(tmp_path)


def test_the_file_is_for_people(tmp_path: Path) -> None:
    """It is JSON that names its format and class."""
    Scale().fit([3.0]).save(tmp_path / "scale.json")

    model = json.loads((tmp_path / "scale.json").read_text(encoding="utf-8"))

    assert model["format"] == "crmlib.model/1"
    assert model["class"].endswith(":Scale")
    assert model["learned"] == {"factor_": 3.0}
