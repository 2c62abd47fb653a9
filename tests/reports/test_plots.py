"""The pictures: right numbers, in any state of the data, without a warning."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import matplotlib as mpl
import pandas as pd
import pytest
from matplotlib import font_manager
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from crmlib.exceptions import (
    InvalidParameterError,
    MissingColumnsError,
    MissingExtraError,
    MissingFontWarning,
)
from crmlib.measurement import measure
from crmlib.reports import (
    _canvas,
    plot_funnel,
    plot_hours,
    plot_lift,
    plot_rfm,
    plot_segments,
    plot_send_hours,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from matplotlib.axes import Axes

    from crmlib.campaigns import Plan
    from crmlib.datasets import Shop
    from crmlib.measurement import LiftResult
    from crmlib.segmenters import RFMSegmenter


@pytest.fixture(params=["segments", "rfm", "hours", "funnel", "send hours", "lift"])
def plot(
    request: pytest.FixtureRequest, customers: pd.DataFrame, rfm: RFMSegmenter, lift: LiftResult
) -> Callable[..., Axes]:
    """Give each plot function with its data."""
    plan = request.getfixturevalue("plan")
    transactions = request.getfixturevalue("transactions")
    plots = {
        "segments": lambda **kw: plot_segments(customers, rfm.predict(customers), **kw),
        "rfm": lambda **kw: plot_rfm(customers, rfm.scores(customers), **kw),
        "hours": lambda **kw: plot_hours(transactions, timezone="Asia/Seoul", **kw),
        "funnel": lambda **kw: plot_funnel(plan, **kw),
        "send hours": lambda **kw: plot_send_hours(plan, **kw),
        "lift": lambda **kw: plot_lift(lift, **kw),
    }
    return plots[request.param]


def texts(ax: Axes) -> list[str]:
    """Give what is written inside *ax*."""
    return [text.get_text() for text in ax.texts]


def ticks(ax: Axes) -> list[str]:
    """Give what is written left of *ax*."""
    return [text.get_text() for text in ax.get_yticklabels()]


def test_picture_can_be_saved(plot: Callable[..., Axes], tmp_path: Path) -> None:
    """Every picture has a title and can be written as a file."""
    ax = plot()
    ax.figure.savefig(tmp_path / "picture.png")

    assert ax.get_title(loc="left")
    assert (tmp_path / "picture.png").stat().st_size > 5000


def test_picture_on_given_axes(plot: Callable[..., Axes]) -> None:
    """A picture is drawn where the caller wants it."""
    own = Figure(figsize=(6, 4)).subplots()

    assert plot(ax=own) is own


def test_settings_of_the_caller_stay(plot: Callable[..., Axes]) -> None:
    """Drawing leaves matplotlib's settings as they were."""
    before = dict(mpl.rcParams)
    plot()

    assert dict(mpl.rcParams) == before


def test_without_matplotlib(plot: Callable[..., Axes], monkeypatch: pytest.MonkeyPatch) -> None:
    """Where matplotlib is missing, the error says what to install."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)

    with pytest.raises(MissingExtraError, match=r"pip install 'crmlib\[plots\]'"):
        plot()


def test_segments() -> None:
    """Bars say their shares, the most money on top; no name is taken for a formula."""
    customers = pd.DataFrame({"monetary_value": [90.0, 10.0, 0.0]}, index=list("abc"))
    segments = pd.Series(["$100 to $200", "Lost", "Lost"], index=list("abc"))

    ax = plot_segments(customers, segments)
    ax.figure.canvas.draw()

    assert ticks(ax) == ["$100 to $200 (1)", "Lost (2)"]
    assert texts(ax) == ["33%", "67%", "90%", "10%"]


def test_names_that_no_font_can_write(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a Korean font Korean names become numbers; picture and warning say so."""
    monkeypatch.setattr(_canvas, "KOREAN_FONTS", ())
    customers = pd.DataFrame({"monetary_value": [90.0, 10.0]}, index=["a", "b"])

    with pytest.warns(MissingFontWarning, match="write some names: #1 is 최우수; install a font"):
        ax = plot_segments(customers, pd.Series(["최우수", "Lost"], index=["a", "b"]))
    ax.figure.canvas.draw()

    assert ticks(ax) == ["#1 (1)", "Lost (1)"]
    assert "No font here can write some of the names." in ax.get_xlabel()


def test_the_extra_brings_a_korean_font(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the machine has no Korean font, that of the extra writes the names."""
    monkeypatch.setattr(_canvas, "KOREAN_FONTS", ("NanumGothic",))
    latin = [font for font in font_manager.fontManager.ttflist if "DejaVu" in font.name]
    monkeypatch.setattr(font_manager.fontManager, "ttflist", latin)
    customers = pd.DataFrame({"monetary_value": [9.0]}, index=["a"])

    ax = plot_segments(customers, pd.Series(["최우수"], index=["a"]))
    ax.figure.canvas.draw()

    assert ticks(ax) == ["최우수 (1)"]


def test_without_the_font_of_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where neither machine nor extra has one, the warning says what brings it."""
    monkeypatch.setattr(_canvas, "_BROUGHT", "no_such_package")
    latin = [font for font in font_manager.fontManager.ttflist if "DejaVu" in font.name]
    monkeypatch.setattr(font_manager.fontManager, "ttflist", latin)
    customers = pd.DataFrame({"monetary_value": [9.0]}, index=["a"])

    with pytest.warns(MissingFontWarning, match=r"as pip install 'crmlib\[plots\]' does"):
        plot_segments(customers, pd.Series(["최우수"], index=["a"]))


def test_many_segments_are_put_together() -> None:
    """Beyond the first few by money, the rest is one bar; nobody is lost."""
    customers = pd.DataFrame({"monetary_value": [6.0, 3.0, 1.0, 0.0]}, index=list("abcd"))
    segments = pd.Series(["A", "B", "C", "D"], index=list("abcd"))

    ax = plot_segments(customers, segments, most=2)

    assert ticks(ax) == ["A (1)", "B (1)", "2 other segments (2)"]
    assert texts(ax) == ["25%", "25%", "50%", "60%", "30%", "10%"]


@pytest.mark.parametrize("most", [0, 1.5])
def test_how_many_segments_cannot_be(most: float) -> None:
    """The error says what can be."""
    with pytest.raises(InvalidParameterError, match="most must be a whole number from 1 on"):
        plot_segments(
            pd.DataFrame({"monetary_value": [1.0]}, index=["a"]),
            pd.Series(["A"], index=["a"]),
            most=most,
        )


def test_a_small_share_is_not_nothing() -> None:
    """One of a thousand is written as less than a percent, nobody's money as 0 %."""
    customers = pd.DataFrame({"monetary_value": [*[1.0] * 999, 0.0]})
    segments = pd.Series([*["A"] * 999, "B"])

    assert texts(plot_segments(customers, segments)) == ["100%", "<1%", "100%", "0%"]


@pytest.mark.parametrize("label", ["Champions", "Potential Loyalists × 2 Adults No Kids"])  # noqa: RUF001 -- the sign of a cross
def test_nothing_is_cut_off(label: str) -> None:
    """Title, legend and names lie within the picture, however long the names."""
    customers = pd.DataFrame({"monetary_value": [9.0, 1.0]}, index=["a", "b"])

    ax = plot_segments(customers, pd.Series([label, "Lost"], index=["a", "b"]))
    canvas = FigureCanvasAgg(ax.figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    drawn = [ax.get_legend(), ax.yaxis, *ax.texts, *title_of(ax)]

    for artist in drawn:
        box = artist.get_tightbbox(renderer)
        assert box.x0 >= 0
        assert box.y0 >= 0
        assert box.x1 <= ax.figure.bbox.x1
        assert box.y1 <= ax.figure.bbox.y1
    assert title_of(ax)[0].get_window_extent().y0 >= ax.get_legend().get_window_extent().y1 - 4


def title_of(ax: Axes) -> list[Text]:
    """Give the title of *ax*."""
    return [text for text in ax.get_children() if isinstance(text, Text) and _is_title(text, ax)]


def _is_title(text: Text, ax: Axes) -> bool:
    return text.get_text() == ax.get_title(loc="left")


def test_rfm_cells() -> None:
    """Each cell that has customers says how many; recency is to the right."""
    customers = pd.DataFrame({"monetary_value": [90.0, 10.0, 30.0]}, index=list("abc"))
    scores = pd.DataFrame({"r": [3, 1, 1], "f": [3, 1, 1]}, index=list("abc"))

    ax = plot_rfm(customers, scores)

    assert [(text.get_position(), text.get_text()) for text in ax.texts] == [
        ((0.5, 0.5), "2"),
        ((2.5, 2.5), "1"),
    ]
    assert ticks(ax) == ["rarely  1", "2", "often  3"]


@pytest.mark.parametrize("money", [0.0, -5.0])
def test_rfm_without_money(money: float) -> None:
    """Customers who brought nothing are drawn as well."""
    customers = pd.DataFrame({"monetary_value": [money]}, index=["a"])

    ax = plot_rfm(customers, pd.DataFrame({"r": [1], "f": [1]}, index=["a"]))
    ax.figure.canvas.draw()

    assert texts(ax) == ["1"]


def test_rfm_of_many_bins_or_nobody() -> None:
    """Nine bins leave no room for text; no customers leave an empty map."""
    customers = pd.DataFrame({"monetary_value": [5.0]}, index=["a"])
    scores = pd.DataFrame({"r": [9], "f": [1]}, index=["a"])

    assert texts(plot_rfm(customers, scores)) == []
    assert texts(plot_rfm(customers[:0], scores[:0])) == []


def test_columns_that_are_missing() -> None:
    """A table without what a picture needs is refused with what it lacks."""
    with pytest.raises(MissingColumnsError, match="scores lacks the columns"):
        plot_rfm(pd.DataFrame({"monetary_value": [1.0]}), pd.DataFrame({"r": [1]}))
    with pytest.raises(MissingColumnsError, match="transactions lacks the columns"):
        plot_hours(pd.DataFrame({"order_id": ["A"]}))


def test_hours_without_orders(transactions: pd.DataFrame) -> None:
    """No orders give an empty map, not an error."""
    ax = plot_hours(transactions[:0])
    ax.figure.canvas.draw()

    assert ticks(ax) == ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]


def test_funnel(make_plan: Callable[..., Plan]) -> None:
    """Each step says how many customers, and which share of all."""
    moment = "2026-07-02T01:00Z"
    rows = [("held", "NO_CONSENT", None, None)] + [("send", "ALLOWED", moment, None)] * 299

    ax = plot_funnel(make_plan(rows))

    assert ticks(ax) == ["looked at", "no consent", "held out to measure", "sent to"]
    assert texts(ax) == ["300", "1  (<1%)", "0  (0%)", "299  (100%)"]


def test_empty_plan(make_plan: Callable[..., Plan]) -> None:
    """A plan that looked at nobody can be drawn."""
    empty = make_plan([])

    assert texts(plot_funnel(empty)) == ["0", "0  (0%)", "0  (0%)"]
    plot_send_hours(empty).figure.canvas.draw()


def test_lift(lift: LiftResult) -> None:
    """Both rates and their difference are written next to what is drawn."""
    difference = lift.conversion_difference

    ax = plot_lift(lift)
    anytime, once = (line.get_xdata() for line in ax.get_lines()[:2])

    assert texts(ax) == [
        f"{lift.treated.conversion:.1%}",
        f"{lift.control.conversion:.1%}",
        f"{100 * difference.value:+.1f} points",
    ]
    assert once == pytest.approx([100 * end for end in difference.interval])
    assert anytime[0] < once[0] < once[1] < anytime[1]


def test_lift_that_is_not_known(make_plan: Callable[..., Plan], shop: Shop) -> None:
    """Without hold-out the picture says that the difference is not known."""
    plan = make_plan([("send", "ALLOWED", "2026-07-02T01:00Z", None)] * 5)

    ax = plot_lift(measure(plan, None, shop.respond(plan)))

    assert texts(ax)[1:] == ["not known", "not known: one of the arms has no customers"]


def test_lift_without_interval(make_plan: Callable[..., Plan], transactions: pd.DataFrame) -> None:
    """Where nobody bought the difference is a point."""
    moment = "2026-07-02T01:00Z"
    plan = make_plan([("send", "ALLOWED", moment, None), ("hold-out", "HOLD_OUT", moment, None)])
    until = pd.Timestamp("2026-08-01T00:00Z")

    ax = plot_lift(measure(plan, None, transactions, observed_until=until))

    assert texts(ax) == ["0.0%", "0.0%", "+0.0 points"]


def test_columns_may_have_other_numbers_of_bins() -> None:
    """Three bins of recency and two of frequency are a table of six cells, its ends named."""
    customers = pd.DataFrame({"monetary_value": [9.0, 1.0]}, index=["a", "b"])
    scores = pd.DataFrame({"r": [3, 1], "f": [2, 1]}, index=["a", "b"])
    ax = plot_rfm(customers, scores)

    assert ax.collections[0].get_array().shape == (2, 3)
    assert [text.get_text() for text in ax.get_yticklabels()] == ["rarely  1", "often  2"]
    assert [text.get_text() for text in ax.get_xticklabels()] == ["1\nlong ago", "2", "3\nlately"]
