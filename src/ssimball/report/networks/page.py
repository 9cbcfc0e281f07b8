"""Write a comparison of networks as a page: the answer and the figures first, tables after them."""

import json
from pathlib import Path
from typing import Any

from ssimball.report.figures.forest import Panel, forest_figure
from ssimball.report.figures.style import save
from ssimball.report.figures.transfer import Kind, transfer_figure
from ssimball.report.networks import statements as names
from ssimball.report.networks.model import Comparison
from ssimball.report.networks.text import answer_text
from ssimball.storage.atomic import write_text
from ssimball.storage.contracts.columns import Contract
from ssimball.storage.contracts.networks import ACROSS, NETWORKS, TRANSFER
from ssimball.storage.contracts.region_names import ALL, RANDOM, TOP_CAM
from ssimball.storage.provenance import Provenance
from ssimball.storage.tables import read_table, write_table

_ANSWER = "answer.txt"
_METHODS = """\
Every network has a run of its own: the same photographs, attacks and settings. A statement is about
a value of each image, such as the primary endpoint, and has one two-sided sign-flip test on each
network (docs/statistics.md), with Holm's correction over all {tests} tests. The mean over networks
is over the images that have a value on every one of them (over means of classes where these are
the units), so it can lie outside the networks' own means. Its interval counts both networks and
images as random (mean squares of the two-way layout, Satterthwaite's degrees of freedom).

Transfer: an image counts where both networks classify the clean one correctly. Images confined to
the top of the source's CAM, or to a random set of as many cells, are made again as the region test
made them{remade}.
"""
_STATEMENTS = """\
Means over images; \\*: not 0, after Holm's correction. `above / below`: number of networks on which
a mean is significantly above and below 0. `all networks`: mean over networks with its interval.
Intervals of each network, p-values and counts are in `networks.parquet`, the ranges over networks
in `across.parquet`.
"""


def answer_json(comparison: Comparison) -> dict[str, Any]:
    """Return all numbers of a comparison as JSON types."""
    return {
        "answer": answer_text(comparison).splitlines(),
        "images": comparison.images,
        "correct": {network.name: network.correct for network in comparison.networks},
        "networks": comparison.network_rows(),
        "across": comparison.across_rows(),
        "transfer": list(comparison.transfer),
    }


def write_page(comparison: Comparison, folder: Path, provenance: Provenance, command: str) -> None:
    """Write README.md, the tables it is made from, and its figures into a folder.

    Args:
        comparison: the networks.
        folder: the folder; created if missing.
        provenance: of the tables.
        command: the command that makes the page.

    Raises:
        ArtifactError: a row breaks its contract.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tables = {
        contract: _stored(folder, contract, rows, provenance)
        for contract, rows in (
            (NETWORKS, comparison.network_rows()),
            (ACROSS, comparison.across_rows()),
            (TRANSFER, comparison.transfer),
        )
    }
    confidence = comparison.confidence
    forest = forest_figure(
        tables[NETWORKS], tables[ACROSS], _panels(comparison), confidence=confidence
    )
    save(forest, folder / "forest")
    save(transfer_figure(tables[TRANSFER], _kinds(comparison)), folder / "transfer")
    text = answer_text(comparison)
    write_text(folder / _ANSWER, text)
    write_text(folder / "answer.json", json.dumps(answer_json(comparison), indent=1) + "\n")
    write_text(folder / "README.md", _readme(comparison, text, command))


def _stored(
    folder: Path, contract: Contract, rows: Any, provenance: Provenance
) -> list[dict[str, Any]]:
    """Write a table, and return its rows as they are read back."""
    write_table(folder / contract.path, contract, rows, provenance)
    stored: list[dict[str, Any]] = read_table(folder / contract.path, contract).to_pylist()
    return stored


def _panels(comparison: Comparison) -> list[Panel]:
    roles = comparison.roles
    shuffled = [(roles.shuffled, "its signs shuffled"), (roles.moved, "its sizes moved")]
    steps = [(roles.ball, roles.ball), *((name, words) for name, words in shuffled if name)]
    overlap = [(names.overlap_of(name), words) for name, words in steps[:2]]
    overlap += [(names.HEAD, "random head"), (names.ALL_RANDOM, "all layers random")]
    return [
        Panel("Overlap with the CAM", "less other images'", overlap),
        Panel(
            "Own class",
            "less other classes'",
            [(names.RUNNER_UP, "runner-up"), (names.TOP_TEN, "next eight")],
        ),
        Panel(
            "Fall of the margin",
            "logits",
            [
                (names.CAM_OVER_RANDOM, "top CAM less random"),
                (names.REST_OVER_CAM, "rest less top CAM"),
                (names.NOISE, "noise: CAM less random"),
            ],
        ),
        Panel(
            "Images fooled",
            "share of images",
            [(names.fooling_of(name), words) for name, words in steps],
            is_share=True,
        ),
    ]


def _kinds(comparison: Comparison) -> list[Kind]:
    roles = comparison.roles
    whole = [(attack, ALL, attack) for attack in names.transferred_attacks(roles)]
    return [
        *whole,
        (roles.ball, TOP_CAM, f"{roles.ball} in the top CAM"),
        (roles.ball, RANDOM, f"{roles.ball} in random cells"),
    ]


def _readme(comparison: Comparison, text: str, command: str) -> str:
    return "\n".join(
        [
            "# The study across networks\n",
            f"```text\n{text}```\n",
            "![Forest plot](forest.png)\n",
            "*Networks side by side.* Each statement on each network, and the mean of all. "
            "([PDF](forest.pdf), [numbers](networks.parquet), [means](across.parquet))\n",
            "![Transfer](transfer.png)\n",
            "*Transfer.* Share in percent of the images made on the network of the row that fool "
            "that of the column. ([PDF](transfer.pdf), [numbers](transfer.parquet))\n",
            f"Made by `{command}`.\n",
            "## How\n",
            _methods(comparison),
            "## The statements\n",
            _STATEMENTS,
            _table(comparison),
        ]
    )


def _methods(comparison: Comparison) -> str:
    within = comparison.remade_within
    remade = ""
    if within is not None:
        remade = (
            f"; their margins on their own network differ from the stored ones by at most "
            f"{within:.1g} logits"
        )
    return _METHODS.format(tests=comparison.tests, remade=remade)


def _number(value: float | None) -> str:
    return "-" if value is None else format(value, "+z.3f")


def _ends(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f" [{_number(low)}, {_number(high)}]"


def _table(comparison: Comparison) -> str:
    """Return a table with a row per statement: over all networks, and on each."""
    networks = [network.name for network in comparison.networks]
    correct = " | ".join(str(network.correct) for network in comparison.networks)
    lines = [
        f"| statement | all networks | above / below | {' | '.join(networks)} |",
        f"|---|---:|---:|{'---:|' * len(networks)}",
        f"| classified correctly | | | {correct} |",
    ]
    for statement in comparison.statements:
        name = statement.name
        cells = [_cell(comparison, name, network) for network in networks]
        lines.append(f"| {' | '.join([name, *_over_all(comparison, name), *cells])} |")
    return "\n".join(lines) + "\n"


def _over_all(comparison: Comparison, statement: str) -> tuple[str, str]:
    """Return the mean over networks, and how many are above and below 0 where this is tested."""
    found = comparison.over(statement)
    if found is None:
        return "-", "-"
    pooled = found.pooled
    counts = "" if found.above is None else f"{found.above}/{found.below}"
    return _number(pooled.mean) + _ends(pooled.low, pooled.high), counts


def _cell(comparison: Comparison, statement: str, network: str) -> str:
    found = comparison.on(statement, network)
    if found is None:
        return "-"
    star = "\\*" if found.is_significant(1 - comparison.confidence) else ""
    return f"{_number(found.mean.value)}{star}"
