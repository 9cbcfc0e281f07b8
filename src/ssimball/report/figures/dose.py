"""The figure of the dose: overlap and fooling by the size of the perturbation."""

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, NullFormatter, PercentFormatter

from ssimball.report.figures.style import (
    LOOKS,
    REFERENCE,
    WIDTH,
    Row,
    column,
    grid_behind,
    interval_points,
    legend_above,
    style,
)

_LOOKS: Mapping[bool, Mapping[str, Any]] = {
    # The sweep is about a step in the SSIM ball.
    False: LOOKS["ball"],
    True: LOOKS["control"],
}
_SMALLEST: Mapping[str, Any] = {"color": "black", "marker": "*", "markersize": 8, "zorder": 5}
#: Factor between attack and control along the axis, so that their intervals do not hide each other.
_APART = 1.04
_DIFFERENCE = ("difference", "ci_low", "ci_high")
_FOOLED = ("fooled", "fooled_low", "fooled_high")


def dose_figure(rows: Sequence[Row], *, confidence: float) -> Figure:
    """Draw, for attack and control, the overlap above and the fooling rate below by dose.

    Args:
        rows: rows of contracts.figures.FIGURE_DOSE.
        confidence: confidence level of the intervals, in (0, 1).

    Returns:
        A figure 7 inches wide.
    """
    # There is no place for 0 on a logarithmic axis.
    shown = [row for row in rows if row["dose"] is not None and row["dose"] > 0]
    with style():
        figure = Figure(figsize=(WIDTH * 0.75, 4.6), layout="constrained")
        overlap, fooling = figure.subplots(2, 1, sharex=True, height_ratios=(1.35, 1))
        handles = []
        for is_control, look in _LOOKS.items():
            doses = [r for r in shown if r["is_control"] == is_control and r["kind"] == "dose"]
            if doses:
                _line(overlap, doses, _DIFFERENCE, look)
                _line(fooling, doses, _FOOLED, look)
                label = f"{doses[0]['attack']}, {confidence:.0%} interval"
                handles.append(Line2D([], [], **look, markersize=4, linewidth=1.1, label=label))
        smallest = [row for row in shown if row["kind"] == "smallest"]
        if smallest:
            label = f"{smallest[0]['attack']}, smallest that fool, at their median dose"
            handles.append(Line2D([], [], **_SMALLEST, linestyle="none", label=label))
            for axes, columns in ((overlap, _DIFFERENCE), (fooling, _FOOLED)):
                places = column(smallest, "dose")
                interval_points(axes, places, smallest, columns, _SMALLEST, upright=True)
        _finish(overlap, fooling)
        legend_above(figure, handles, 2)
    return figure


def _line(
    axes: Axes, rows: Sequence[Row], columns: tuple[str, str, str], look: Mapping[str, Any]
) -> None:
    """Draw a quantity at all doses, joined from dose to dose."""
    ordered = sorted(rows, key=lambda row: row["dose"])
    places = column(ordered, "dose") * (_APART if ordered[0]["is_control"] else 1 / _APART)
    interval_points(axes, places, ordered, columns, {**look, "linestyle": "-"}, upright=True)


def _finish(overlap: Axes, fooling: Axes) -> None:
    overlap.axhline(0, **REFERENCE)
    overlap.set_ylabel("Rank correlation with the own CAM\nless that with other images' CAMs")
    fooling.set_ylabel("Images fooled")
    fooling.set_ylim(-0.05, 1.05)
    fooling.yaxis.set_major_formatter(PercentFormatter(1.0))
    fooling.set_xscale("log")
    fooling.set_xlabel("Dose: epsilon, which is 1 - mean SSIM of the stored images")
    fooling.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    fooling.xaxis.set_minor_formatter(NullFormatter())
    for axes in (overlap, fooling):
        grid_behind(axes, "both")
