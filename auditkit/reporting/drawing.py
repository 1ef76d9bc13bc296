"""How every figure is drawn: one style, one palette, and an SVG that carries its own words."""

import base64
import io
import re
import unicodedata
import warnings
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources
from itertools import accumulate
from typing import Any

import matplotlib.style as mpl_style
import pandas as pd
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from auditkit.reporting import parts, wording
from auditkit.reporting.parts import Column

INK = "#1f2933"
MUTED = "#616e7c"
RULE = "#cbd2d9"
#: The provider or practice that the document is about.
SUBJECT = "#0b4f8a"
#: The group that it is compared with.
GROUP = "#9aa5b1"
#: Above and below what the record supports; they differ in lightness too, and `under` is hatched.
OVER = "#b3450f"
UNDER = "#7db8e0"
UNDER_HATCH = "////"

BAR_OVER: dict[str, Any] = {"color": OVER, "height": 0.56, "zorder": 2}
BAR_UNDER: dict[str, Any] = {
    "color": UNDER, "hatch": UNDER_HATCH, "edgecolor": "white", "lw": 0, "height": 0.56,
    "zorder": 2,
}  # fmt: skip
BAR_NEUTRAL: dict[str, Any] = {"color": RULE, "height": 0.56, "zorder": 2}

#: The ground of words that lie on a line; a stroke around them would turn them into outlines.
HALO: dict[str, Any] = {"boxstyle": "square,pad=0.1", "fc": "white", "ec": "none", "alpha": 0.8}

#: The longest label that an axis carries, in widths of a letter; the table has the whole of it.
LABEL = 31
_NARROW = frozenset("fijlrtI .,:;'|!()[]-")

#: Width of a figure in inches; 100 units to the inch fill the text column.
WIDTH = 7.6

_FONTS = (
    "'Source Sans 3', 'Segoe UI', 'Helvetica Neue', Arial, 'Liberation Sans', "
    "'Noto Sans', 'DejaVu Sans', 'Hiragino Sans', 'Yu Gothic UI', Meiryo, 'PingFang SC', "
    "'Microsoft YaHei', 'Apple SD Gothic Neo', 'Malgun Gothic', 'Noto Sans CJK JP', 'Geeza Pro', "
    "Tahoma, 'Noto Sans Arabic', sans-serif"
)
_FONT_IN_SVG = re.compile(r"(?:'DejaVu Sans'|DejaVu Sans)(?:, [^;\"]*?sans-serif)?(?=[;\"])")


@dataclass(frozen=True, slots=True, repr=False)
class Chart:
    """A finished picture, with all that stands beside it.

    Attributes:
        svg: the picture, text as text, no reference to anything outside it.
        alt: what it shows, with its main figures, for a reader who cannot see it.
        caption: what to see in it, in one or two sentences.
        source: policy, method, n, N and date of the figures drawn.
        table: the same figures as a table, printed below the picture.
        columns: the columns of that table.
    """

    svg: str
    alt: str
    caption: str
    source: str
    table: pd.DataFrame
    columns: tuple[Column, ...]

    def __repr__(self) -> str:
        """Return what the picture shows."""
        return f"<Chart: {self.alt[:60]}>"

    def __html__(self) -> str:
        """Return the picture as a figure with caption, source and table."""
        encoded = base64.b64encode(self.svg.encode()).decode("ascii")
        same = parts.table(self.table, self.columns, f"The figures of this picture: {self.caption}")
        return str(
            Markup(
                '<figure><div class="picture" role="group" aria-label="Picture" tabindex="0">'
                '<img src="data:image/svg+xml;base64,{}" alt="{}"></div>\n'
                "<figcaption>{}</figcaption>\n{}\n"
                '<details class="same"><summary>The same figures as a table</summary>\n{}'
                "</details></figure>"
            ).format(
                encoded,
                wording.clean(self.alt),
                parts.text(self.caption),
                parts.source(self.source),
                same,
            )
        )

    def _repr_html_(self) -> str:
        return self.__html__()


@contextmanager
def canvas(
    height: float, left: float = 2.4, right: float = 0.3, top: float = 0.42, bottom: float = 0.32
) -> Iterator[tuple[Figure, Axes]]:
    """Yield a figure and its axes under the style sheet; no global state is changed.

    Args:
        height: of the plotting area, in inches, as are the four margins around it.
        left: room for labels.
        right: room for annotations.
        top: room for the legend or title.
        bottom: room for the scale.
    """
    style = resources.files(__package__) / "assets" / "report.mplstyle"
    with resources.as_file(style) as path, mpl_style.context(path):
        whole = height + top + bottom
        figure = Figure(figsize=(WIDTH, whole))
        FigureCanvasAgg(figure)
        place = (
            left / WIDTH, bottom / whole, (WIDTH - left - right) / WIDTH, height / whole,
        )  # fmt: skip
        yield figure, figure.add_axes(place)


def legend(figure: Figure, axes: Axes, handles: list[Any] | None = None, columns: int = 3) -> None:
    """Put the legend above the plotting area, at its left edge."""
    extra = {"handles": handles} if handles else {"handles": axes.get_legend_handles_labels()[0]}
    figure.legend(
        loc="upper left", bbox_to_anchor=(axes.get_position().x0 - 0.012, 1.0), ncols=columns,
        borderaxespad=0, handlelength=1.7, columnspacing=1.5, **extra,
    )  # fmt: skip


def row_axis(axes: Axes, places: Sequence[float], labels: Sequence[object]) -> None:
    """Set the vertical axis to one labelled row for each place, without lines of its own."""
    axes.set_ylim(min(places) - 0.6, max(places) + 0.6)
    axes.set_yticks(list(places), [fit(each) for each in labels])
    axes.tick_params(axis="y", pad=9)
    axes.grid(axis="y", visible=False)
    axes.spines["left"].set_visible(False)


def percent_axis(axes: Axes, top: float = 1.0) -> None:
    """Set the horizontal axis from 0 to 100 %, or to the first full step above *top*."""
    end = next(each for each in (0.1, 0.2, 0.4, 0.6, 0.8, 1.0) if each >= min(1.0, top))
    axes.set_xlim(0, end)
    axes.set_xticks([0, 0.25 * end, 0.5 * end, 0.75 * end, end])
    axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{100 * v:.0f} %"))


def percent_scale(axes: Axes) -> None:
    """Write the vertical axis as percentages."""
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{100 * v:.0f} %"))


def beside(axes: Axes, place: float, words: str) -> None:
    """Write *words* to the right of the plotting area, at the height of *place*."""
    axes.annotate(
        words, (1.035, place), xycoords=("axes fraction", "data"), va="center", fontsize=9,
        color=INK, linespacing=1.35, annotation_clip=False,
    )  # fmt: skip


def fit(words: object, limit: int = LABEL) -> str:
    """Return *words* fit for an axis: one line, at most *limit* letters wide, no mathematics."""
    line = " ".join(wording.clean(words).split())
    ends = list(accumulate(_width(letter) for letter in line))
    if ends and ends[-1] > limit:
        line = line[: bisect_right(ends, limit - 1)].rstrip() + "…"
    return line.replace("$", r"\$")


def _width(letter: str) -> float:
    """Return about how wide a letter is set, beside a middling small one of the Latin script."""
    if unicodedata.east_asian_width(letter) in "WF":
        return 2.0
    if letter in _NARROW:
        return 0.6
    return 1.3 if letter.isupper() or letter in "mw" else 1.06


def capital(words: str) -> str:
    """Return *words* with a capital, as a heading."""
    return words[:1].upper() + words[1:]


def svg_of(figure: Figure) -> str:
    """Return the figure as SVG, the same bytes for the same figure on every machine."""
    stream = io.StringIO()
    with warnings.catch_warnings():
        # Letters that the measuring font lacks stay text, which the reader's own fonts show.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    body = stream.getvalue()
    body = body[body.index("<svg") :]
    return _FONT_IN_SVG.sub(_FONTS, body)
