"""How often intervals contain the true value, and how often the primary test is wrong.

Both are simulated with the library's functions. ``make benchmark`` writes benchmarks/coverage.md,
coverage.parquet and coverage.png.
"""

from collections.abc import Callable
from functools import partial

import matplotlib as mpl
import numpy as np
import pandas as pd
import seaborn as sns
from calibration import ATTACKS, calibration
from common import HERE, Rows, write
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.stats import norm

from ssimball.report.figures.style import style
from ssimball.runtime.randomness import generator
from ssimball.statistics.intervals import Interval, mean_intervals, median_intervals

COUNTS = (6, 12, 25, 50, 107, 500)
LEVEL, RESAMPLES, REPLICATIONS = 0.95, 1999, 2000
#: Number of replications that share their resamples.
BLOCK = 50
STATISTICS = {"mean": mean_intervals, "median": median_intervals}
Draw = Callable[[np.random.Generator, int, int], np.ndarray]


def normal(rng: np.random.Generator, rows: int, count: int) -> np.ndarray:
    """Draw samples with mean and median 0."""
    return rng.normal(size=(rows, count))


def exponential(rng: np.random.Generator, rows: int, count: int) -> np.ndarray:
    """Draw samples with mean 1, median log 2 and skewness 2."""
    return rng.exponential(size=(rows, count))


def classes(count: int) -> np.ndarray:
    """Return the class of each image; classes have one, two and three images in turn."""
    sizes = np.tile([1, 2, 3], count)
    return np.repeat(np.arange(len(sizes)), sizes)[:count]


def clustered(rng: np.random.Generator, rows: int, count: int) -> np.ndarray:
    """Draw normal samples with mean and median 0 and correlation 0.5 within a class."""
    of = classes(count)
    return rng.normal(size=(rows, of.max() + 1))[:, of] + rng.normal(size=(rows, count))


CASES: dict[str, tuple[Draw, dict[str, float]]] = {
    "normal": (normal, {"mean": 0.0, "median": 0.0}),
    "exponential": (exponential, {"mean": 1.0, "median": float(np.log(2))}),
    "clustered": (clustered, {"mean": 0.0, "median": 0.0}),
}
METHODS = ("widened", "plain BCa", "ignoring classes")
#: By title of a panel, the case whose p-values are drawn.
QUANTILES = {
    "common centre": "smooth, common centre",
    "own places": "smooth, a place of its own for each map",
}


def coverage() -> Rows:
    """Return a row for each distribution, statistic and number of images."""
    rows: Rows = []
    for case, (draw, truths) in CASES.items():
        for name, truth in truths.items():
            for count in COUNTS:
                clusters = classes(count) if case == "clustered" else None
                make = partial(STATISTICS[name], clusters=clusters)
                methods = {"widened": make, "plain BCa": partial(make, widen=False)}
                if clusters is not None:
                    methods["ignoring classes"] = partial(make, clusters=None)
                purpose = f"{case} {name} {count}"
                found = {m: covered(f, draw, truth, count, purpose) for m, f in methods.items()}
                rows.append({"data": case, "statistic": name, "images": count, **found})
    return rows


def covered(
    make: Callable[..., list[Interval]], draw: Draw, truth: float, count: int, purpose: str
) -> float:
    """Return the share of replications whose interval contains the true value."""
    hits = 0
    for block in range(REPLICATIONS // BLOCK):
        rng = generator(0, purpose, str(block))
        found = make(draw(rng, BLOCK, count), rng, confidence=LEVEL, resamples=RESAMPLES)
        hits += sum(one.low is not None and one.low <= truth <= one.high for one in found)
    return hits / REPLICATIONS


def draw_figure(rows: Rows, p: dict[str, dict[int, list[float]]]) -> Figure:
    """Draw coverage by the number of images, and p-values over uniform quantiles."""
    table = pd.DataFrame(rows)
    with style():
        figure = Figure(figsize=(7.0, 4.4), layout="constrained")
        panels = figure.subplots(2, 4)
        for line, name in zip(panels, STATISTICS, strict=True):
            for axes, case in zip(line, CASES, strict=False):
                draw_coverage(axes, table[(table.statistic == name) & (table.data == case)])
                axes.set_title(f"{name}, {case}")
        for axes, (title, case) in zip(panels[:, 3], QUANTILES.items(), strict=True):
            draw_quantiles(axes, p[case])
            axes.set_title(f"p, {title}")
        panels[0, 0].set_ylabel("coverage")
        panels[1, 0].set_ylabel("coverage")
        handles, labels = panels[0, 2].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower left", ncols=len(labels))
    return figure


def draw_coverage(axes: Axes, table: pd.DataFrame) -> None:
    """Draw coverage, with the range of 95 % of rates if the level were exact."""
    half = norm.ppf(0.975) * np.sqrt(LEVEL * (1 - LEVEL) / REPLICATIONS)
    axes.axhspan(LEVEL - half, LEVEL + half, color="0.88", linewidth=0)
    for method, colour in zip(METHODS, sns.color_palette("colorblind"), strict=False):
        if method in table:
            axes.plot(table.images, table[method], "o-", color=colour, markersize=3, label=method)
    axes.set(xscale="log", ylim=(0.6, 1.0), xlabel="images")
    axes.set_xticks(COUNTS, [str(count) for count in COUNTS])
    axes.xaxis.set_minor_locator(mpl.ticker.NullLocator())


def draw_quantiles(axes: Axes, p: dict[int, list[float]]) -> None:
    """Draw sorted p-values over uniform quantiles."""
    axes.plot([0, 1], [0, 1], color="0.6", linewidth=0.7)
    for (images, values), colour in zip(p.items(), sns.color_palette("colorblind"), strict=False):
        quantiles = (np.arange(len(values)) + 0.5) / len(values)
        axes.plot(quantiles, np.sort(values), color=colour, label=f"{images} images")
    axes.set(xlabel="uniform quantile", ylabel="p", aspect="equal")
    axes.legend(loc="lower right", handlelength=0.8, fontsize="small", borderpad=0)


def main() -> None:
    rows = coverage()
    tested, p = calibration()
    intervals, tests = f"Coverage of {LEVEL:.0%} intervals", "The test of the primary endpoint"
    tables, remarks = {intervals: rows, tests: tested}, {intervals: INTERVALS, tests: TESTS}
    write("coverage", "Intervals and p-values, simulated", tables, remarks)
    draw_figure(rows, p).savefig(HERE / "coverage.png", dpi=150, metadata={"Software": None})


INTERVALS = f"""Share of {REPLICATIONS} simulated samples whose BCa interval ({RESAMPLES} resamples)
contains the true value; standard error 0.005 at {LEVEL}. Plain BCa is too narrow for few images,
which is why intervals are widened by default. Where images of a class are alike, intervals that
ignore classes stay too narrow however many images there are. Six clustered images are too few for
any of the methods.
"""
TESTS = f"""Simulated runs of {len(ATTACKS)} attacks on 7 x 7 maps, measured, tested and corrected
by the library; `benchmarks/calibration.py` draws the maps. In the null cases, SSIM deficits and CAM
of an image are independent of each other, apart from what all images have in common.

- `effect`: mean over runs of the primary endpoint, 0 in truth in the null cases.
- `p <= 0.05`, `p <= 0.01`: share of tests, not corrected; standard error at most 0.013 at 0.05.
- `any Holm p < 0.05`: share of runs with a verdict other than no significant difference.
- `coverage`: share of {LEVEL:.0%} intervals that contain the true effect, which is the mean over
  runs where it is not 0.

Where all maps share a bias, the test is conservative. Part of a difference is how well the CAM of
its image fits such a bias; that cancels in the mean over images, since every CAM is also another
image's null, but not in the spread. Where images of sampled classes are alike, images as units give
too many false positives. Of 4 classes (20 images), no test can be significant. A bias of both maps
whose strength varies from image to image is found as an effect: the null removes what all images
have in common, not what the two maps of an image have in common.
"""

if __name__ == "__main__":
    main()
