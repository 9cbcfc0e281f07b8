"""How often intervals contain the true value, and whether p-values are uniform under the null.

Both are simulated with the library's functions. ``make benchmark`` writes benchmarks/coverage.md,
coverage.parquet and coverage.png.
"""

from collections.abc import Callable
from functools import partial

import matplotlib as mpl
import numpy as np
import pandas as pd
import seaborn as sns
from common import HERE, Rows, write
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.stats import kstest, norm

from ssimball.overlap.scores import inner, unit_ranks
from ssimball.overlap.table import derangements
from ssimball.report.figures.style import style
from ssimball.runtime.randomness import generator
from ssimball.statistics.intervals import Interval, mean_intervals, median_intervals
from ssimball.statistics.permutation import null_p, sign_flip_p

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


def p_values(images: int, replications: int = 1000, draws: int = 99) -> dict[str, list[float]]:
    """Return p-values of random 7 x 7 maps against independent random references, by test."""
    found: dict[str, list[float]] = {"sign flips": [], "derangements": []}
    for number in range(replications):
        rng = generator(0, "maps", str(images), str(number))
        maps, references = unit_ranks(rng.random((2, images, 49)))
        own = inner(maps, references)
        null = inner(maps, references[derangements(images, draws, number)])
        found["derangements"].append(null_p(own, null))
        found["sign flips"] += sign_flip_p((own - null.mean(axis=0))[None], rng, flips=999)
    return found


def uniformity(p: dict[int, dict[str, list[float]]]) -> Rows:
    """Test p-values for uniformity (Kolmogorov-Smirnov) and count how often they are small."""
    return [
        {
            "images": images,
            "test": test,
            "replications": len(values),
            "KS p": kstest(values, "uniform").pvalue,
            **{f"p <= {at}": float(np.mean(np.array(values) <= at)) for at in (0.01, 0.05, 0.1)},
        }
        for images, tests in p.items()
        for test, values in tests.items()
    ]


def draw_figure(rows: Rows, p: dict[int, dict[str, list[float]]]) -> Figure:
    """Draw coverage by the number of images, and p-values over uniform quantiles."""
    table = pd.DataFrame(rows)
    with style():
        figure = Figure(figsize=(7.0, 4.4), layout="constrained")
        panels = figure.subplots(2, 4)
        for line, name in zip(panels, STATISTICS, strict=True):
            for axes, case in zip(line, CASES, strict=False):
                draw_coverage(axes, table[(table.statistic == name) & (table.data == case)])
                axes.set_title(f"{name}, {case}")
        for axes, test in zip(panels[:, 3], ("sign flips", "derangements"), strict=True):
            draw_quantiles(axes, {images: tests[test] for images, tests in p.items()})
            axes.set_title(f"p-values, {test}")
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
    p = {images: p_values(images) for images in (6, 25, 107)}
    intervals, tests = f"Coverage of {LEVEL:.0%} intervals", "p-values of independent random maps"
    tables = {intervals: rows, tests: uniformity(p)}
    write("coverage", "Intervals and p-values, simulated", tables, {intervals: INTERVALS})
    draw_figure(rows, p).savefig(HERE / "coverage.png", dpi=150, metadata={"Software": None})


INTERVALS = f"""Share of {REPLICATIONS} simulated samples whose BCa interval ({RESAMPLES} resamples)
contains the true value; standard error 0.005 at {LEVEL}. Plain BCa is too narrow for few images,
which is why intervals are widened by default. Where images of a class are alike, intervals that
ignore classes stay too narrow however many images there are. Six clustered images are too few for
any of the methods. Six images are also too few for p-values of derangements, which are too small.
"""

if __name__ == "__main__":
    main()
