"""The answer of a comparison of networks stays short, and its figures show the tables' numbers."""

import numpy as np
import pandas as pd
import pytest

from ssimball.report.figures.forest import ALL, Panel, forest_figure
from ssimball.report.figures.transfer import transfer_figure
from ssimball.report.networks.model import ComparedNetwork, Comparison
from ssimball.report.networks.sentences import findings
from ssimball.report.networks.statements import RUNNER_UP, Roles, overlap_of, statements
from ssimball.report.networks.text import LINES, answer_text
from ssimball.statistics.inference import Inference
from ssimball.statistics.networks import across_networks, on_networks
from ssimball.storage.contracts import region_names

INFERENCE = Inference(confidence=0.95, resamples=99, seed=0, flips=999)
ATTACKS = ("fgsm", "ssim_ball", "ball_permuted_signs", "ball_rolled_magnitude", "noise_gaussian")
ROLES = Roles(
    ATTACKS,
    "ssim_ball",
    "ball_permuted_signs",
    "ball_rolled_magnitude",
    "noise_gaussian",
    (1, "all"),
)


def comparison(names, images=20, mean=0.4):
    """Return a comparison of networks with such a mean in every statement."""
    rng = np.random.default_rng(0)
    made = tuple(statements(ROLES))
    values = {
        statement.name: {
            name: pd.Series(mean + 0.1 * rng.normal(size=images), map(str, range(images)))
            for name in names
        }
        for statement in made
    }
    tested = [statement.name for statement in made if statement.tested]
    found = on_networks(values, tested, dict.fromkeys(names, INFERENCE))
    return Comparison(
        images=images,
        networks=tuple(ComparedNetwork(name, 9, (7, 7), is_exact=True) for name in names),
        mean_ssim=0.99,
        confidence=0.95,
        roles=ROLES,
        statements=made,
        estimates=found,
        across=across_networks(found, values, INFERENCE),
        transfer=[],
        remade_within=None,
    )


@pytest.mark.parametrize("count", [2, 7, 40])
def test_the_answer_has_at_most_25_lines_of_80_columns(count):
    names = [f"a_network_with_a_long_name_{number}" for number in range(count)]
    lines = answer_text(comparison(names)).splitlines()
    assert len(lines) <= LINES
    assert max(map(len, lines)) <= 80
    shown = sum(line.startswith("a_network") for line in lines)
    hidden = [line for line in lines if line.startswith("and ")]
    assert hidden == ([] if shown == count else [f"and {count - shown} more in networks.parquet"])
    assert not any("…" in line for line in lines if line.startswith((" ", "Place", "Class")))


def test_findings_count_networks_above_and_below():
    assert dict(findings(comparison("abc", mean=0.4)))["Place"].startswith("more than chance on 3")
    below = dict(findings(comparison("abc", mean=-0.4)))["Place"]
    assert below.startswith("more than chance on 0 of 3, less on 3 (-0.")


def test_a_count_of_networks_has_their_mean_beside_it():
    compared = comparison("abc", mean=0.0)
    mean = compared.over(RUNNER_UP).pooled
    beside = f"on 0 of 3 (mean {mean.mean:+z.2f} [{mean.low:+z.2f}, {mean.high:+z.2f}])"
    assert beside in dict(findings(compared))["Class"]


def test_the_forest_plot_shows_the_means_of_the_tables():
    compared = comparison("abc")
    statement = overlap_of("ssim_ball")
    panel = Panel("Overlap", "less", [(statement, "ssim_ball")])
    rows, across = compared.network_rows(), compared.across_rows()
    figure = forest_figure(rows, across, [panel], confidence=0.95)
    [axes] = figure.axes
    expected = [row["mean"] for row in (*rows, *across) if row["statement"] == statement]
    assert any(list(line.get_xdata()) == expected for line in axes.lines)
    assert [label.get_text() for label in axes.get_yticklabels()] == ["a", "b", "c", ALL]


def test_the_transfer_matrix_has_sources_as_rows():
    shares = {("a", "a"): 1.0, ("a", "b"): 0.25, ("b", "a"): 0.5}
    whole = region_names.ALL
    rows = [
        {"source": source, "target": target, "attack": "fgsm", "region": whole, "fooled": share}
        for (source, target), share in shares.items()
    ]
    figure = transfer_figure(rows, [("fgsm", whole, "fgsm")])
    [axes] = figure.axes
    drawn = {text.get_position()[::-1]: text.get_text() for text in axes.texts}
    assert drawn == {(0, 0): "100", (0, 1): "25", (1, 0): "50"}
