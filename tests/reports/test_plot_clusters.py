"""The pictures of clusters, ages and moves: right numbers, in any state of the data."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from crmlib.exceptions import (
    InvalidTableError,
    MissingColumnsError,
    MissingExtraError,
    MissingFontWarning,
    UnknownNameError,
)
from crmlib.reports import (
    _canvas,
    plot_age_pyramid,
    plot_cluster_profile,
    plot_migration,
    plot_silhouette,
)
from crmlib.reports._palette import GREY
from crmlib.segmenters import KMeansSegmenter, migration

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from matplotlib.axes import Axes

PROFILE = pd.DataFrame(
    {"recency_days": [-1.0, 0.9], "frequency": [1.2, -0.8]}, index=["자주 구매", "오래전 구매"]
)
CURVE = pd.DataFrame(
    {"silhouette": [0.3, 0.5, 0.4], "stability": [1.0, 0.9, np.nan]}, index=[2, 3, 4]
)
PEOPLE = pd.DataFrame(
    {
        "gender": ["female", "female", "male", "male", "other", None],
        "age": pd.array([24, 31, 38, None, 50, 51], dtype="Int64"),
    }
)
MOVES = migration(
    pd.Series(["최우수", "최우수", "이탈"], index=list("abc")),
    pd.Series(["최우수", "이탈", "이탈"], index=list("abd")),
)


@pytest.fixture(params=["profile", "silhouette", "pyramid", "migration"])
def plot(request: pytest.FixtureRequest) -> Callable[..., Axes]:
    """Give each plot function with its data."""
    plots = {
        "profile": lambda **kw: plot_cluster_profile(PROFILE, **kw),
        "silhouette": lambda **kw: plot_silhouette(CURVE, **kw),
        "pyramid": lambda **kw: plot_age_pyramid(PEOPLE, **kw),
        "migration": lambda **kw: plot_migration(MOVES, **kw),
    }
    return plots[request.param]


def texts(ax: Axes) -> list[str]:
    """Give what is written inside *ax*."""
    return [text.get_text() for text in ax.texts]


def test_picture_of_segments_can_be_saved(plot: Callable[..., Axes], tmp_path: Path) -> None:
    """Every picture has a title and can be written as a file, without a warning."""
    ax = plot()
    ax.figure.savefig(tmp_path / "picture.png")

    assert ax.get_title(loc="left")
    assert (tmp_path / "picture.png").stat().st_size > 5000


def test_picture_of_segments_on_given_axes(plot: Callable[..., Axes]) -> None:
    """A picture is drawn where the caller wants it."""
    own = Figure(figsize=(6, 4)).subplots()

    assert plot(ax=own) is own


def test_picture_of_segments_without_matplotlib(
    plot: Callable[..., Axes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where matplotlib is missing, the error says what to install."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)

    with pytest.raises(MissingExtraError, match=r"pip install 'crmlib\[plots\]'"):
        plot()


def test_a_line_per_segment_in_its_own_colour_and_marker() -> None:
    """Ten segments are told apart even in grey; columns are in the order of the table."""
    profile = pd.DataFrame(np.eye(10, 3), index=list("abcdefghij"), columns=["a_b", "c", "d"])

    ax = plot_cluster_profile(profile)
    _, *lines = ax.get_lines()

    assert [line.get_label() for line in lines] == list("abcdefghij")
    assert len({(line.get_color(), line.get_marker()) for line in lines}) == 10
    assert [text.get_text() for text in ax.get_xticklabels()] == ["a b", "c", "d"]
    np.testing.assert_array_equal(lines[1].get_ydata(), [0, 1, 0])


def test_the_number_taken_is_marked() -> None:
    """By default the highest silhouette; otherwise what was taken."""
    assert texts(plot_silhouette(CURVE)) == ["3 clusters: 0.50"]
    assert texts(plot_silhouette(CURVE, taken=2)) == ["2 clusters: 0.30"]
    pictures = [plot_silhouette(CURVE, taken=taken) for taken in CURVE.index]
    assert [ax.texts[0].get_ha() for ax in pictures] == ["left", "center", "right"]


def test_a_curve_below_zero_is_seen() -> None:
    """Clusters that are worse than none have a silhouette below 0."""
    ax = plot_silhouette(pd.DataFrame({"silhouette": [-0.2], "stability": [0.5]}, index=[2]))

    assert ax.get_ylim()[0] == pytest.approx(-0.2)


def test_what_a_segmenter_keeps_can_be_drawn() -> None:
    """Profile and curve fit as they are."""
    rng = np.random.default_rng(0)
    customers = pd.DataFrame(
        {name: rng.lognormal(3, 1, 50) for name in ("a", "b", "monetary_value")}
    )
    segmenter = KMeansSegmenter(["a", "b"], max_clusters=4).fit(customers)

    assert len(plot_cluster_profile(segmenter.profile_).get_lines()) == 1 + len(
        segmenter.segments_
    )
    assert texts(plot_silhouette(segmenter.silhouette_curve_))[0].startswith(
        f"{len(segmenter.segments_)} clusters: "
    )


def test_women_to_the_left_and_men_to_the_right() -> None:
    """Bars are as long as there are customers; who is not shown is counted below."""
    ax = plot_age_pyramid(PEOPLE)
    ax.figure.canvas.draw()

    assert [bar.get_width() for bar in ax.patches] == [-1, -1, 0, 1]
    assert texts(ax) == ["women (2)", "men (1)"]
    assert [text.get_text() for text in ax.get_yticklabels()] == ["20s", "30s"]
    assert ax.get_xlabel() == "customers; 3 without known age, or neither woman nor man"
    assert ax.get_legend() is None


def test_everybody_is_shown() -> None:
    """Then nothing is said below; children are under ten."""
    ax = plot_age_pyramid(pd.DataFrame({"gender": ["female", "male"], "age": [7, 12]}))

    assert ax.get_xlabel() == ""
    assert [text.get_text() for text in ax.get_yticklabels()] == ["under 10", "10s"]


def test_segments_beyond_six_are_one_in_grey() -> None:
    """The six largest have a colour each, also those without a segment."""
    names = [name for number, name in enumerate("abcdefg") for _ in range(9 - number)]
    people = pd.DataFrame({"gender": "female", "age": 30}, index=range(len(names) + 12))
    segments = pd.Series(names, index=range(len(names)))

    ax = plot_age_pyramid(people, segments)
    legend = [text.get_text() for text in ax.get_legend().get_texts()]

    assert legend == ["no segment", "a", "b", "c", "d", "e", "other segments"]
    assert to_hex(ax.patches[-1].get_facecolor()) == GREY
    assert sum(bar.get_width() for bar in ax.patches) == -len(people)


def test_nobody_is_a_picture_without_bars() -> None:
    """Of no customers, or of none whose age is known."""
    for people in (PEOPLE[:0], PEOPLE[4:]):
        ax = plot_age_pyramid(people, pd.Series("a", index=people.index))
        ax.figure.canvas.draw()

        assert texts(ax) == ["women (0)", "men (0)"]


def test_moves_are_counted_and_who_stayed_has_a_frame() -> None:
    """Zeros are left out; the darker, the larger the share of the row."""
    ax = plot_migration(MOVES)
    frames = [patch.get_xy() for patch in ax.patches]

    assert texts(ax) == ["1", "1", "1", "1"]
    assert [text.get_text() for text in ax.get_yticklabels()] == [
        "이탈 (1)",
        "최우수 (2)",
        "(new) (1)",
    ]
    assert frames == [(0, 0), (1, 1)]


def test_many_segments_leave_no_room_for_numbers() -> None:
    """Seventeen rows are drawn in colour only; many columns in small print."""
    many = pd.DataFrame(np.eye(17))

    assert texts(plot_migration(many)) == []
    assert plot_migration(many.iloc[:9, :9]).texts[0].get_fontsize() == 7.5


def test_names_of_clusters_that_no_font_can_write(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a Korean font names become numbers, and each picture says so."""
    monkeypatch.setattr(_canvas, "KOREAN_FONTS", ())
    segments = pd.Series("최우수", index=PEOPLE.index)

    for plot in (
        lambda: plot_cluster_profile(PROFILE),
        lambda: plot_migration(MOVES),
        lambda: plot_age_pyramid(PEOPLE, segments),
    ):
        with pytest.warns(MissingFontWarning, match="#1 is"):
            ax = plot()
        ax.figure.canvas.draw()

        assert "No font here can write some of the names." in ax.get_xlabel()


def test_pictures_of_nothing_are_refused() -> None:
    """The error says what to give."""
    with pytest.raises(InvalidTableError, match="profile holds nothing"):
        plot_cluster_profile(PROFILE[:0])
    with pytest.raises(InvalidTableError, match="table holds nothing"):
        plot_migration(MOVES[:0])
    with pytest.raises(InvalidTableError, match="knows no silhouette"):
        plot_silhouette(pd.DataFrame({"silhouette": [np.nan], "stability": [1.0]}, index=[1]))
    with pytest.raises(UnknownNameError, match="no number of clusters '9'"):
        plot_silhouette(CURVE, taken=9)
    with pytest.raises(MissingColumnsError, match="stability"):
        plot_silhouette(CURVE[["silhouette"]])
    with pytest.raises(MissingColumnsError, match="age"):
        plot_age_pyramid(PEOPLE[["gender"]])
