"""Where pictures are drawn: axes in one style, fonts that can write the labels, SVG."""

from __future__ import annotations

import io
import re
import warnings
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from crmlib.exceptions import MissingExtraError, MissingFontWarning
from crmlib.reports._palette import INK, LINE, SOFT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from matplotlib.axes import Axes
    from matplotlib.transforms import Transform

WIDTH = 5.6
"""Inches; narrow, so that the text stays readable on a phone."""

KOREAN_FONTS = (
    "Noto Sans CJK KR",
    "Noto Sans KR",
    "NanumGothic",
    "Nanum Gothic",
    "Malgun Gothic",
    "Apple SD Gothic Neo",
    "AppleGothic",
    "Noto Sans CJK JP",
    "UnDotum",
)
"""Fonts that write Korean, the first that is installed is taken."""

_LATIN_FONT = "DejaVu Sans"  # comes with matplotlib

_BROUGHT = "koreanize_matplotlib"
"""The package of the extra that brings a Korean font; it is never imported."""

_OURS = "drawn by crmlib"
_LINE = 15.5
"""Points from one line of a legend to the next."""

_POINTS = 72  # in an inch
_EDGE = 0.012
"""Of the width of a figure, left of its title."""


@contextmanager
def style() -> Iterator[None]:
    """Draw in the style of crmlib while this lasts.

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.
    """
    try:
        import matplotlib as mpl  # noqa: PLC0415 -- an extra
    except ImportError as error:
        raise MissingExtraError("a picture", "plots") from error
    with mpl.rc_context(
        {
            "font.family": _fonts(),
            "font.size": 10.5,
            "text.color": INK,
            "text.parse_math": False,  # a segment may be called "$100 to $200"
            "axes.edgecolor": LINE,
            "axes.labelcolor": SOFT,
            "axes.titlesize": 12,
            "axes.titleweight": "bold",
            "axes.titlelocation": "left",
            "axes.titlepad": 12,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.axisbelow": True,
            "axes.unicode_minus": False,
            "axes.formatter.useoffset": False,
            "grid.color": LINE,
            "grid.linewidth": 0.8,
            "xtick.color": SOFT,
            "ytick.color": INK,
            "xtick.major.size": 0,
            "ytick.major.size": 0,
            "legend.frameon": False,
        }
    ):
        yield


def new_axes(ax: Axes | None, height: float) -> Axes:
    """Give *ax*, or axes of a new figure that is *height* inches high."""
    if ax is not None:
        return ax
    from matplotlib.figure import Figure  # noqa: PLC0415 -- an extra

    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    figure.set_label(_OURS)
    return figure.subplots()


def put_title(ax: Axes, text: str, *, columns: int = 1, below: float = 0.0) -> None:
    """Write *text* above *ax*, and the legend of what is drawn between the two.

    On a figure of ours both begin at its left edge, so that long names left
    of *ax* cut nothing off.

    Parameters
    ----------
    ax : Axes
    text : str
    columns : int, default=1
        In which the legend is written.
    below : float, default=0
        Points left free between the legend and *ax*.
    """
    handles, labels = ax.get_legend_handles_labels()
    rows = -(-len(handles) // columns)
    if handles:
        legend = ax.legend(
            handles,
            labels,
            loc="lower left",
            bbox_to_anchor=(0, 1),
            bbox_transform=_from_the_left(ax, below),
            ncols=columns,
            borderaxespad=0.2,
            borderpad=0.4,
            fontsize=9.5,
            handlelength=1.8,
        )
        legend.set_in_layout(False)  # the title above it makes the room
    pad = 12 + below + (_LINE * rows + 2 if rows else 0)
    title = ax.set_title(text, loc="left", pad=pad)
    title.set_transform(_from_the_left(ax, pad))
    title.set_x(_EDGE if _is_ours(ax) else 0)


def _from_the_left(ax: Axes, above: float) -> Transform:
    """Give coordinates of *ax*, so many points *above*, on a figure of ours from its left edge."""
    from matplotlib.transforms import (  # noqa: PLC0415 -- an extra
        ScaledTranslation,
        blended_transform_factory,
    )

    figure = ax.get_figure(root=True)
    assert figure is not None  # axes that are drawn on have one
    across = figure.transFigure if _is_ours(ax) else ax.transAxes
    up = ScaledTranslation(0, above / _POINTS, figure.dpi_scale_trans)
    return blended_transform_factory(across, ax.transAxes) + up


def _is_ours(ax: Axes) -> bool:
    figure = ax.get_figure(root=True)
    return figure is not None and figure.get_label() == _OURS


def writable(names: Iterable[object], ax: Axes) -> list[str]:
    """Give *names* as the fonts at hand can write them.

    A name that no font can write becomes ``#1``, ``#2``, …, a line under *ax*
    says so and a MissingFontWarning which is which; nothing is drawn as empty
    boxes.  A page is written by the fonts of its reader, so there all names
    stay.
    """
    import matplotlib as mpl  # noqa: PLC0415 -- an extra

    texts = [str(name) for name in names]
    can_write = _can_write()
    if mpl.rcParams["svg.fonttype"] == "none" or all(map(can_write, texts)):
        return texts
    labels = {
        text: text if can_write(text) else f"#{place}"
        for place, text in enumerate(dict.fromkeys(texts), start=1)
    }
    ax.set_xlabel("No font here can write some of the names.\npip install 'crmlib[plots]'")
    unwritten = ", ".join(f"{label} is {text}" for text, label in labels.items() if label != text)
    warnings.warn(
        f"no font here can write some names: {unwritten}; "
        "install a font, as pip install 'crmlib[plots]' does",
        MissingFontWarning,
        stacklevel=3,
    )
    return [labels[text] for text in texts]


def draw_svg(name: str, plot: Callable[[], Axes]) -> str:
    """Draw a picture and give it as SVG to be put into a page.

    Its text stays text, to be written in the fonts of the page; its ids begin
    with *name*, so that several pictures do not meet; and one input gives one
    text, byte by byte.
    """
    with style():
        import matplotlib as mpl  # noqa: PLC0415 -- an extra

        target = io.StringIO()
        with (
            mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": name}),
            warnings.catch_warnings(),
        ):
            # The reader's browser has the glyphs that this machine may lack.
            warnings.filterwarnings("ignore", message="Glyph .* missing", category=UserWarning)
            ax = plot()
            ax.set_title("")
            ax.get_figure(root=True).savefig(  # type: ignore[union-attr]  # plot draws on a figure
                target, format="svg", metadata={"Date": None}, transparent=True
            )
    return _inline(target.getvalue(), name)


def _inline(svg: str, name: str) -> str:
    """Strip *svg* to the element itself, free of what would act on the whole page."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<style[^>]*>.*?</style>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>{name}-", svg)
    return re.sub(r'^<svg ([^>]*?)(?:width|height)="[^"]*pt" ', r"<svg \1", svg, count=2)


def _fonts() -> list[str]:
    from matplotlib import font_manager  # noqa: PLC0415 -- an extra

    installed = {font.name for font in font_manager.fontManager.ttflist}
    if installed.isdisjoint(KOREAN_FONTS):
        installed |= _take_the_brought_font()
    return [_LATIN_FONT, *[name for name in KOREAN_FONTS if name in installed][:1]]


def _take_the_brought_font() -> set[str]:
    """Make the font known that comes with the extra, in all its weights; give its name."""
    from matplotlib import font_manager  # noqa: PLC0415 -- an extra

    found = find_spec(_BROUGHT)
    if found is None or found.origin is None:
        return set()
    files = sorted((Path(found.origin).parent / "fonts").glob("*.ttf"))
    for file in files:
        font_manager.fontManager.addfont(file)
    return {font_manager.get_font(file).family_name for file in files}


def _can_write() -> Callable[[str], bool]:
    from matplotlib import font_manager  # noqa: PLC0415 -- an extra

    fonts = [font_manager.get_font(font_manager.findfont(name)) for name in _fonts()]

    def can_write(text: str) -> bool:
        return all(any(font.get_char_index(ord(letter)) for font in fonts) for letter in text)

    return can_write
