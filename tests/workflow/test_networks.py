"""``ssimball networks`` on two runs of one network: everything is known of that comparison."""

import json
import shutil

import pandas as pd
import pytest
import yaml
from click.testing import CliRunner

from ssimball.cli.main import main
from ssimball.errors import ArtifactError, ConfigError
from ssimball.runs.local_files import LocalFiles
from ssimball.runs.networks.opening import open_networks
from ssimball.runs.networks.transfer import transfer
from ssimball.storage.contracts.networks import ACROSS, NETWORKS, TRANSFER, TRANSFER_BY_IMAGE
from ssimball.storage.tables import read_table


def copied(small_run, folder, change):
    """Copy the finished run with another name, and change its configuration."""
    shutil.copytree(small_run.folder / "results" / "small", folder)
    path = folder / "config.yaml"
    settings = yaml.safe_load(path.read_text())
    settings["run"] = folder.name
    change(settings)
    path.write_text(yaml.safe_dump(settings))
    return folder


@pytest.fixture(scope="module")
def runs(small_run, tmp_path_factory):
    """Two folders with the same tables; the other name of the network is a claim alone."""
    other = tmp_path_factory.mktemp("runs") / "network_twin"

    def change(settings):
        settings["model"]["expected_top1"] = 0.5
        settings["model"]["padding"] = "same"

    return [small_run.folder / "results" / "small", copied(small_run, other, change)]


@pytest.fixture(scope="module")
def page(runs, tmp_path_factory):
    folder = tmp_path_factory.mktemp("page") / "networks"
    command = ["networks", *map(str, runs), "--output", str(folder), "--json"]
    done = CliRunner().invoke(main, command)
    assert done.exit_code == 0, done.output
    (folder / "printed.json").write_text(done.stdout)
    return folder


def test_equal_networks_agree_and_their_mean_is_that_of_the_run(page, runs):
    across = pd.read_parquet(page / ACROSS.path).set_index("statement")
    # No image has an overlap of fgsm, whose perturbations are rounded away.
    assert across.index[across["networks"] == 0].tolist() == ["overlap of fgsm"]
    assert (across["lowest"] == across["highest"])[across["networks"] == 2].all()
    assert not across["between"].fillna(0).abs().gt(1e-9).any()
    primary = pd.read_parquet(runs[0] / "primary.parquet").set_index("attack")
    for attack in ("pgd_l2", "ssim_ball"):
        row = across.loc[f"overlap of {attack}"]
        assert row["mean"] == pytest.approx(primary["effect"][attack])
    test = pd.read_parquet(runs[0] / "region_test.parquet").set_index("region")
    over_random = test["over_random"]["top_cam"]
    assert across["mean"]["cam_over_random"] == pytest.approx(over_random)


def test_images_transfer_to_an_equal_network_as_they_fool_their_own(page, runs):
    pairs = read_table(page / TRANSFER.path, TRANSFER).to_pandas()
    kinds = pairs.groupby(["attack", "region"])[["n", "fooled", "margin_fall"]]
    assert (kinds.nunique() == 1).all(axis=None)
    stored = pd.concat(map(pd.read_parquet, (runs[0] / "attacks" / "ssim_ball").glob("*.parquet")))
    whole = pairs[(pairs["attack"] == "ssim_ball") & (pairs["region"] == "all")]
    assert whole["fooled"].iloc[0] == pytest.approx(stored["success"].dropna().astype(bool).mean())


def test_confined_images_are_made_again_as_the_region_test_made_them(page, runs):
    judged = pd.read_parquet(page / TRANSFER_BY_IMAGE.path)
    own = judged[(judged["source"] == "small") & (judged["target"] == "small")]
    again = own.set_index(["image_id", "region"])["margin_fall"][
        lambda row: row.index.isin(["top_cam", "random"], level="region")
    ]
    stored = pd.concat(map(pd.read_parquet, sorted((runs[0] / "region_test").glob("*.parquet"))))
    first = stored[stored["draw"] == 0].set_index(["image_id", "region"])["margin_fall"]
    assert len(again) == 8
    assert again.to_dict() == pytest.approx(first[again.index].to_dict(), abs=1e-9)
    assert "differ from the stored ones by at most 0 logits" in (page / "README.md").read_text()


def test_page_tables_and_json_say_the_same(page):
    text, printed = (
        (page / "README.md").read_text(),
        json.loads((page / "printed.json").read_text()),
    )
    answer = (page / "answer.txt").read_text()
    assert printed == json.loads((page / "answer.json").read_text())
    assert printed["answer"] == answer.splitlines()
    assert answer in text
    assert len(printed["answer"]) <= 25
    assert max(map(len, printed["answer"])) <= 80
    rows = read_table(page / NETWORKS.path, NETWORKS).to_pylist()
    assert rows == printed["networks"]
    assert all(f"({name}" in text for name in ("forest.png", "transfer.png"))
    assert read_table(page / TRANSFER_BY_IMAGE.path, TRANSFER_BY_IMAGE).num_rows > 0


def unfinished(folder):
    (folder / "checksums.sha256").unlink()


def incomplete(folder):
    (folder / "primary.parquet").unlink()


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (unfinished, r"checksums\.sha256: no such file; .* finish the run first"),
        (incomplete, r"primary\.parquet: no such file, although the run lists it; run again"),
        (shutil.rmtree, r"there is no such folder"),
    ],
)
def test_a_run_that_is_not_finished_is_refused(runs, tmp_path, spoil, message):
    folder = shutil.copytree(runs[1], tmp_path / "network_twin")
    spoil(folder)
    with pytest.raises(ArtifactError, match=message):
        open_networks([runs[0], folder])


def test_runs_with_other_settings_or_photographs_are_refused(small_run, runs, tmp_path):
    def change(settings):
        settings["model"]["padding"] = "same"
        settings["comparison"]["mean_ssim"] = 0.98

    other = copied(small_run, tmp_path / "network_other", change)
    with pytest.raises(ArtifactError, match=r"different settings: comparison\.mean_ssim; only"):
        open_networks([runs[0], other])
    fewer = shutil.copytree(runs[1], tmp_path / "network_fewer")
    first, second = sorted((fewer / "subset").glob("*.parquet"))
    shutil.copy(second, first)
    with pytest.raises(ArtifactError, match="not of the same photographs and labels"):
        open_networks([runs[0], fewer])


def test_one_run_or_one_network_twice_is_refused(small_run, runs, tmp_path):
    with pytest.raises(ConfigError, match="at least two runs"):
        open_networks(runs[:1])
    with pytest.raises(ConfigError, match=r"2 of the runs are called 'small'"):
        open_networks([runs[0], runs[0]])
    again = copied(small_run, tmp_path / "again", lambda settings: None)
    with pytest.raises(ConfigError, match="have the same network"):
        open_networks([runs[0], again])


def test_weights_that_are_not_here_stop_it_before_any_image(small_run, runs, tmp_path):
    networks = open_networks(runs)
    networks[1].run.local = LocalFiles({"": tmp_path / "gone.safetensors"})
    with pytest.raises(ArtifactError, match=r"network_twin: the network is not here \(.*gone"):
        next(transfer(networks))
