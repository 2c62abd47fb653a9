"""Where pictures are drawn: axes in one style, fonts that can write the labels, SVG."""

from __future__ import annotations

import io
import re
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING

from crmlib.exceptions import MissingExtraError
from crmlib.reports._palette import INK, LINE, SOFT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from matplotlib.axes import Axes

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
    return figure.subplots()


def writable(names: Iterable[object], ax: Axes) -> list[str]:
    """Give *names* as the fonts at hand can write them.

    A name that no font can write becomes ``#1``, ``#2``, …, and a line under
    *ax* says so; nothing is drawn as empty boxes.  A page is written by the
    fonts of its reader, so there all names stay.
    """
    import matplotlib as mpl  # noqa: PLC0415 -- an extra

    texts = [str(name) for name in names]
    if mpl.rcParams["svg.fonttype"] == "none" or all(map(_can_write(), texts)):
        return texts
    can_write = _can_write()
    labels = [
        text if can_write(text) else f"#{place}" for place, text in enumerate(texts, start=1)
    ]
    ax.set_xlabel("No font here can write some of the names.\nInstall one, such as Noto Sans CJK.")
    return labels


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
    return [_LATIN_FONT, *[name for name in KOREAN_FONTS if name in installed][:1]]


def _can_write() -> Callable[[str], bool]:
    from matplotlib import font_manager  # noqa: PLC0415 -- an extra

    fonts = [font_manager.get_font(font_manager.findfont(name)) for name in _fonts()]

    def can_write(text: str) -> bool:
        return all(any(font.get_char_index(ord(letter)) for font in fonts) for letter in text)

    return can_write
