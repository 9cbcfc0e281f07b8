"""Two published networks on three photographs, as ``make networks`` runs them."""

import os
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from ssimball.cli.main import main
from ssimball.pipeline.network_weights import find_weights

SAMPLE = os.environ.get("SSIMBALL_SAMPLE")
FOLDERS = [Path(name).resolve() for name in os.environ.get("SSIMBALL_NETWORKS", "").split(":")]
CONFIG = Path(__file__).resolve().parents[2] / "config"
NETWORKS = ("mobilenet_v1_tf", "mobilenet_v2_tf")
pytestmark = [
    pytest.mark.photographs,
    pytest.mark.skipif(
        not SAMPLE,
        reason="needs photographs: set SSIMBALL_SAMPLE to a folder with labels.csv (path, label "
        "of ILSVRC-2012)",
    ),
]


def test_networks_from_run_to_page(workflow):
    for network in NETWORKS:
        overlay = CONFIG / "networks" / f"{network}.yaml"
        weights = find_weights(overlay, FOLDERS)
        if weights is None:
            pytest.skip(f"needs weights: set SSIMBALL_NETWORKS to folders with those of {overlay}")
        settings = {
            "run": f"network_{network}",
            "dataset": {"manifest": {"path": str(Path(SAMPLE).resolve() / "labels.csv")}},
            "model": {"weights": weights},
            "subset": {"images": 3},
            "attack_settings": {"pgd_l2": {"steps": 4}},
            "region_noise": {"random_sets": 2},
            "statistics": {"resamples": 99},
            "figures": {"sheet_images": 1},
            "report": {"images": 0},
        }
        below = [CONFIG / "manifest.yaml", overlay, CONFIG / "study_networks.yaml"]
        outcome = workflow.run(settings, below=below)
        assert outcome.code == 0, outcome.text
    runs = [str(workflow.folder / "results" / f"network_{network}") for network in NETWORKS]
    page = workflow.folder / "page"
    done = CliRunner().invoke(main, ["networks", *runs, "--output", str(page)])
    assert done.exit_code == 0, done.output
    print(done.output)
    pairs = pd.read_parquet(page / "transfer.parquet").set_index(["source", "target"])
    own = pairs.loc[[(name, name) for name in NETWORKS]]
    other = pairs.drop([(name, name) for name in NETWORKS])
    # What is made on a network lowers its own margin more than that of another one.
    assert own["margin_fall"].mean() > 2 * other["margin_fall"].mean()
