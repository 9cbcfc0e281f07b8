"""Compare runs of robust and ordinary networks, image by image, for docs/robust.md.

``python benchmarks/robust.py results docs/study/robust docs/robust.md`` reads the finished runs of
``make robust`` and ``make robust-cifar``. It writes the values behind tables and figure as Parquet,
the figure, and the tables into the page.
"""

import argparse
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ssimball.overlap.metric import SHARE_MASK, SPEARMAN_CAM, SPEARMAN_MASK, Metric
from ssimball.report.figures.style import COLOURS, REFERENCE, WIDTH, save, style
from ssimball.runs.run import Run
from ssimball.runtime.randomness import generator
from ssimball.statistics.effects import holm
from ssimball.statistics.intervals import mean_intervals, median_intervals
from ssimball.statistics.permutation import FLIPS, sign_flip_p
from ssimball.storage.atomic import write_text
from ssimball.storage.contracts.attacks import ATTACKS
from ssimball.storage.contracts.images import CLEAN
from ssimball.storage.contracts.overlap import OVERLAP
from ssimball.storage.tables import read_frame, read_frames

#: Runs by network, in the order of tables.
SCENES = {"ordinary": "robust_scenes_ordinary", "robust": "robust_scenes"}
SMALLEST = {"ordinary": "robust_smallest_ordinary", "robust": "robust_smallest"}
CIFAR = {
    name: f"robust_{name}"
    for name in ("cifar_small_8px", "cifar_small_36px_l2", "cifar_cnn_a_adv", "cifar_wide")
}
#: Metrics of overlap by the name of a quantity; those with a null are less it.
METRICS = {
    "object": SPEARMAN_MASK,
    "object_share": SHARE_MASK,
    "own_cam": SPEARMAN_CAM,
    "over_runner_up": Metric("over_runner_up", "cam"),
    "over_top_ten": Metric("over_top_ten", "cam"),
    "over_random_class": Metric("over_random_class", "cam"),
}
#: Tests of robust against ordinary, chosen before the runs: quantities of ``ssim_ball``.
TESTED = ("object", "over_top_ten", "fooled", "radius")
#: Radii at which the share of fooled images is drawn.
RADII = np.geomspace(1e-4, 0.5, 200)


def values(folder: Path) -> pd.DataFrame:
    """Return the values of a run: columns image_id, attack, quantity and value."""
    run = Run(folder)
    attacks = read_frames(run.files(ATTACKS), ATTACKS, ["image_id", "success", "mean_ssim"])
    attacks = attacks[attacks["success"].notna()]
    fooled = attacks["success"].astype(float)
    radius = (1 - attacks["mean_ssim"]).where(fooled == 1, np.inf)
    facts = pd.concat(
        attacks[["image_id", "attack"]].assign(quantity=name, value=value)
        for name, value in (("fooled", fooled), ("radius", radius))
    )
    columns = ["image_id", "attack", "measure", "reference", "distortion", "value", "null_value"]
    overlap = pd.concat(read_frame(Path(file), OVERLAP, columns) for file in run.files(OVERLAP))
    found = [facts]
    for name, metric in METRICS.items():
        rows = metric.rows_of(overlap)
        value = rows["value"].astype(float) - rows["null_value"].astype(float).fillna(0)
        found.append(rows[["image_id", "attack"]].assign(quantity=name, value=value).dropna())
    return pd.concat(found, ignore_index=True)


def accuracy(folder: Path) -> tuple[int, int]:
    """Return how many images a run's network classifies correctly, and of how many."""
    files = Run(folder).files(CLEAN)
    clean = pd.concat(read_frame(Path(file), CLEAN, ["image_id", "correct"]) for file in files)
    return int(clean["correct"].fillna(False).sum()), len(clean)


def read_all(results: Path, runs: Mapping[str, str]) -> pd.DataFrame:
    """Return the values of runs with a column network."""
    return pd.concat(
        values(results / folder).assign(network=name) for name, folder in runs.items()
    ).reset_index(drop=True)


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Return means over images with 95 % intervals; of radii medians, all images that count."""
    rows = []
    for (network, attack, quantity), group in table.groupby(
        ["network", "attack", "quantity"], sort=False
    ):
        found: dict[str, Any] = {"network": network, "attack": attack, "quantity": quantity}
        rng = generator(0, "robust", str(attack), str(quantity))
        sample = group["value"].to_numpy()
        if quantity == "radius":
            middle = float(np.median(sample))
            rows.append({**found, "images": len(sample), "value": middle})
            if np.isfinite(sample).all():
                [interval] = median_intervals([sample], rng, confidence=0.95, resamples=9999)
                rows[-1] |= {"low": interval.low, "high": interval.high}
            continue
        [interval] = mean_intervals([sample], rng, confidence=0.95, resamples=9999)
        ends = {"value": interval.value, "low": interval.low, "high": interval.high}
        rows.append({**found, "images": len(sample), **ends})
    return pd.DataFrame(rows)


def differences(table: pd.DataFrame, attack: str = "ssim_ball") -> pd.DataFrame:
    """Return robust less ordinary on the images that both classify correctly, with tests.

    Radii are compared by their logarithm to base 10; an image that one network never gives up
    counts with the largest radius of the search, 0.5.
    """
    rows = []
    for quantity, group in table[table["attack"] == attack].groupby("quantity", sort=False):
        wide = group.pivot(index="image_id", columns="network", values="value").dropna()
        if quantity == "radius":
            wide = np.log10(wide.clip(upper=0.5))
        change = (wide["robust"] - wide["ordinary"]).to_numpy()
        rng = generator(0, "robust", "difference", str(quantity))
        [interval] = mean_intervals([change], rng, confidence=0.95, resamples=9999)
        row = {"quantity": quantity, "images": len(change), "difference": interval.value}
        row |= {"low": interval.low, "high": interval.high, "p": None}
        if quantity in TESTED:
            [row["p"]] = sign_flip_p([change], rng, flips=FLIPS)
        rows.append(row)
    found = pd.DataFrame(rows)
    return found.assign(p_holm=holm([None if pd.isna(p) else p for p in found["p"]]))


def interval_text(row: Mapping[str, Any], digits: int = 2) -> str:
    """Return a value with its interval, in words of a table."""
    if not np.isfinite(row["value"]):
        return "not fooled"
    value = f"{row['value']:+.{digits}f}"
    return value if pd.isna(row["low"]) else f"{value} [{row['low']:+.2f}, {row['high']:+.2f}]"


def scenes_table(rows: pd.DataFrame) -> str:
    """Return the table of attacks at one mean SSIM, a row each: ordinary, then robust network."""
    fooled = rows[rows["quantity"] == "fooled"]
    counts = fooled.groupby("network", sort=False)["images"].first().to_dict()
    shown = ("object", "over_top_ten")
    lines = [
        f"| attack | fooled: {', '.join(f'{name} ({count})' for name, count in counts.items())} | "
        + " | ".join(f"{quantity}, {name}" for quantity in shown for name in counts)
        + " |",
        "|---" * (2 + len(shown) * len(counts)) + "|",
    ]
    for attack, group in rows.groupby("attack", sort=False):
        by = group.set_index(["quantity", "network"]).to_dict("index")
        rates = ", ".join(f"{100 * by['fooled', name]['value']:.0f} %" for name in counts)
        cells = (interval_text(by[quantity, name]) for quantity in shown for name in counts)
        lines.append(f"| {attack} | {rates} | {' | '.join(cells)} |")
    return "\n".join(lines)


def differences_table(rows: pd.DataFrame) -> str:
    """Return the table of the tests of robust less ordinary."""
    lines = [
        "| ssim_ball, robust less ordinary | images | difference | p (Holm) |",
        "|---|---|---|---|",
    ]
    for row in rows[rows["quantity"].isin(TESTED)].to_dict("records"):
        text = interval_text({**row, "value": row["difference"]})
        lines.append(f"| {row['quantity']} | {row['images']} | {text} | {row['p_holm']:.2g} |")
    return "\n".join(lines)


def radius_table(
    rows: pd.DataFrame, table: pd.DataFrame, correct: Mapping[str, str], cam: str
) -> str:
    """Return the table of smallest radii that fool.

    Args:
        rows: summaries.
        table: values.
        correct: by network, how many images it classifies correctly.
        cam: what the last column, the overlap with the image's own map, is called.
    """
    lines = [
        "| network | correct | attack | median 1 - SSIM that fools | fooled at 0.01 | never | "
        f"{cam} |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows[rows["quantity"] == "radius"].to_dict("records"):
        own = (table["network"] == row["network"]) & (table["attack"] == row["attack"])
        radii = table[own & (table["quantity"] == "radius")]["value"].to_numpy()
        middle = f"{row['value']:.2g}" if np.isfinite(row["value"]) else "not fooled"
        if not pd.isna(row.get("low")):
            middle += f" [{row['low']:.2g}, {row['high']:.2g}]"
        small, never = 100 * np.mean(radii <= 0.01), 100 * np.mean(np.isinf(radii))
        name = row["network"]
        of_cam = (rows[["network", "attack"]] == [name, row["attack"]]).all(axis=1)
        [own_cam] = rows[of_cam & (rows["quantity"] == "own_cam")].to_dict("records")
        lines.append(
            f"| {name} | {correct[name]} | {row['attack']} | {middle} | {small:.0f} % | "
            f"{never:.0f} % | {interval_text(own_cam)} |"
        )
    return "\n".join(lines)


def draw(summaries: pd.DataFrame, radii: Mapping[str, pd.DataFrame]) -> Figure:
    """Draw overlaps at one mean SSIM, and shares of fooled images by the radius."""
    figure = Figure(figsize=(WIDTH, 5.2), layout="constrained")
    top, bottom = figure.subfigures(2, 1, height_ratios=(1.0, 0.9))
    names = {"object": "on the object", "own_cam": "on the own CAM"}
    names["over_top_ten"] = "own CAM less\nother top classes'"
    panels = top.subplots(1, 3, sharey=True)
    for axes, (quantity, title) in zip(panels, names.items(), strict=True):
        _overlaps(axes, summaries[summaries["quantity"] == quantity], title)
    panels[0].legend(fontsize=7, loc="upper right")
    titles = {"scenes": "Scenes", "cifar": "CIFAR-10"}
    found = bottom.subplots(1, len(radii), sharey=True, squeeze=False)[0]
    for axes, (key, table) in zip(found, radii.items(), strict=True):
        _shares(axes, table, titles[key])
    found[0].set_ylabel("share fooled")
    return figure


def _overlaps(axes: Axes, rows: pd.DataFrame, title: str) -> None:
    attacks = list(dict.fromkeys(rows["attack"]))
    for shift, network, colour, marker in (
        (-0.15, "ordinary", COLOURS[0], "o"),
        (0.15, "robust", COLOURS[3], "s"),
    ):
        own = rows[rows["network"] == network]
        at = [attacks.index(attack) + shift for attack in own["attack"]]
        error = np.abs(own[["low", "high"]].to_numpy(float).T - own["value"].to_numpy(float))
        look = {"color": colour, "marker": marker, "markersize": 3.5, "linestyle": "none"}
        axes.errorbar(own["value"], at, xerr=error, label=network, linewidth=0.9, **look)
    axes.axvline(0, **REFERENCE)
    axes.set_yticks(range(len(attacks)), attacks)
    axes.set_ylim(len(attacks) - 0.5, -0.5)
    axes.set_title(title)


def _shares(axes: Axes, table: pd.DataFrame, title: str) -> None:
    rows = table[(table["quantity"] == "radius") & (table["attack"] == "ssim_ball")]
    lines = ("-", "--", "-.", ":")
    for number, (network, group) in enumerate(rows.groupby("network", sort=False)):
        sample = group["value"].to_numpy()
        share = [(sample <= radius).mean() for radius in RADII]
        axes.plot(RADII, share, lines[number], color=COLOURS[number], label=str(network), lw=1.2)
    axes.set_xscale("log")
    axes.set_xlabel("1 - mean SSIM of the smallest ssim_ball that fools")
    axes.set_title(title)
    axes.legend(fontsize=7, loc="upper left")


def fill(page: Path, mark: str, text: str) -> None:
    """Put a table between the two comments of a page that name it."""
    start, end = f"<!-- {mark} -->", f"<!-- end of {mark} -->"
    content = page.read_text(encoding="utf-8")
    found = re.subn(
        rf"(?s){re.escape(start)}.*?{re.escape(end)}",
        lambda _: f"{start}\n\n{text}\n\n{end}",
        content,
        count=1,
    )
    if not found[1]:
        sys.exit(f"{page}: there is no place for {mark}; add the lines {start} and {end}")
    write_text(page, found[0])


def main() -> None:
    """Read the runs, write tables and figure."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("results", type=Path, help="folder of the runs")
    parser.add_argument("output", type=Path, help="folder of values and figure")
    parser.add_argument("page", type=Path, help="Markdown file with places for the tables")
    given = parser.parse_args()
    given.output.mkdir(parents=True, exist_ok=True)
    matched = read_all(given.results, SCENES).query("quantity != 'radius'")
    smallest = read_all(given.results, SMALLEST)
    radii = smallest[smallest["quantity"].isin(["radius"])]
    cifar = read_all(given.results, CIFAR)
    for name, table in (("scenes", matched), ("smallest", smallest), ("cifar", cifar)):
        table.to_parquet(given.output / f"{name}.parquet", index=False)
    summaries = summary(matched)
    compared = differences(pd.concat([matched, radii]))
    fill(given.page, "scenes", scenes_table(summaries))
    fill(given.page, "differences", differences_table(compared))
    for mark, table, runs, cam in (
        ("smallest", smallest, SMALLEST, "own CAM"),
        ("cifar", cifar, CIFAR, "own Grad-CAM"),
    ):
        counts = {name: accuracy(given.results / folder) for name, folder in runs.items()}
        correct = {name: f"{right}/{total}" for name, (right, total) in counts.items()}
        fill(given.page, mark, radius_table(summary(table), table, correct, cam))
    with style():
        figure = draw(summaries, {"scenes": smallest, "cifar": cifar})
        save(figure, given.output / "robust")


if __name__ == "__main__":
    main()
