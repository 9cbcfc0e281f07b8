"""``ssimball confirm`` on a finished run: its means are those that the run's own tables state."""

import copy

import pandas as pd
import pytest
import yaml
from click.testing import CliRunner

from ssimball.cli.main import main
from ssimball.config.study import load_study
from ssimball.errors import ArtifactError
from ssimball.runs.confirm.report import confirm
from ssimball.runs.run import Run

from .conftest import SMALL

CLAIMS = [
    {"endpoint": "overlap", "of": "ssim_ball"},
    {"endpoint": "over_top_ten", "of": "ssim_ball"},
    {"endpoint": "random_head", "of": "ssim_ball"},
    {"endpoint": "fooling", "of": "ssim_ball", "minus": "fgsm"},
    {"endpoint": "region_test", "of": "top_cam", "minus": "random"},
    {"endpoint": "region_noise", "of": "top_cam", "minus": "random"},
]
COMMON = {"says": "It is so.", "direction": "above", "d_z": 0.5}


@pytest.fixture
def file(tmp_path):
    claims = [COMMON | {"name": claim["endpoint"]} | claim for claim in CLAIMS]
    path = tmp_path / "confirmation.yaml"
    path.write_text(yaml.safe_dump(copy.deepcopy(SMALL) | {"claims": claims}), encoding="utf-8")
    return path


def stated(folder, table, column, **where):
    """Return the value of a column in the one row of a summary that meets the conditions."""
    frame = pd.read_parquet(folder / f"{table}.parquet")
    rows = frame[(frame[list(where)] == pd.Series(where)).all(axis=1)]
    [value] = rows[column]
    return value


def test_the_means_are_those_of_the_summaries(small_run, file):
    folder = small_run.folder / "results" / "small"
    means = {t.claim.name: t.mean.value for t in confirm(Run(folder), file)}
    ball, cam = {"attack": "ssim_ball"}, {"reference": "cam", "distortion": "deficit"}
    summary = [
        stated(folder, "summary", "mean", attack=attack, measure="fooling_rate")
        for attack in ("ssim_ball", "fgsm")
    ]
    assert means == pytest.approx(
        {
            "overlap": stated(folder, "primary", "effect", **ball),
            "over_top_ten": stated(
                folder, "summary", "difference", measure="over_top_ten", **ball, **cam
            ),
            "random_head": stated(
                folder, "randomised", "difference", layers="1", measure="spearman", **ball, **cam
            ),
            "fooling": summary[0] - summary[1],
            "region_test": stated(folder, "region_test", "over_random", region="top_cam"),
            "region_noise": stated(folder, "region_noise", "over_random", region="top_cam"),
        },
        nan_ok=True,
    )


def test_a_run_with_other_choices_is_refused(small_run, file):
    changed = yaml.safe_load(file.read_text())
    changed["attack_settings"]["pgd_l2"]["steps"] = 4
    file.write_text(yaml.safe_dump(changed))
    run = Run(small_run.folder / "results" / "small")
    with pytest.raises(ArtifactError, match=r"other choices .*: attack_settings\.pgd_l2\.steps;"):
        confirm(run, file)


def test_the_command_prints_every_claim(small_run, file):
    folder = str(small_run.folder / "results" / "small")
    done = CliRunner().invoke(main, ["confirm", folder, str(file)])
    assert done.exit_code == 1, done.output
    assert done.output.startswith("6 claims of ")
    assert all(claim["endpoint"] in done.output for claim in CLAIMS)
    assert max(map(len, done.output.splitlines()[1:])) <= 80


def test_claims_name_what_the_run_has():
    claim = COMMON | {"name": "place", "endpoint": "region_test", "of": "top_cams"}
    with pytest.raises(Exception, match=r"'top_cams' is not a region; did you mean 'top_cam'"):
        load_study({"claims": [claim]})
