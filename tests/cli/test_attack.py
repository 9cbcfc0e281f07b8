"""``ssimball attack`` writes and prints what a run would store of a photograph."""

import json
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
import yaml

from ssimball.attacks.driver import run
from ssimball.attacks.subjects import partners, subjects
from ssimball.attacks.task import Task
from ssimball.config.study import load_study
from ssimball.datasets.manifest import ManifestDataset
from ssimball.datasets.subset import subset_row
from ssimball.errors import ConfigError
from ssimball.models.clean import clean_row
from ssimball.pipeline.photograph import class_names, class_number
from ssimball.pipeline.photograph_config import PHOTOGRAPHS, AttackOptions, photograph_study
from ssimball.storage.images import decode_png

ROOT = Path(__file__).resolve().parents[2]
SCENES = ("a/one.png", "a/two.png")


@pytest.fixture
def photos(tmp_path, monkeypatch, scene):
    """Two photographs in the working folder, and an overlay that crops them to 96 pixels."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a").mkdir()
    for name, pixels in zip(SCENES, (scene[40:140, 60:160], scene[100:200, 20:120]), strict=True):
        PIL.Image.fromarray(pixels).save(tmp_path / name)
    (tmp_path / "small.yaml").write_text("preprocessing: {crop: 96}\n")
    return tmp_path


def rows_of_a_run(folder, study, classifier):
    """Attack two photographs, labelled with their predictions, as the scripts of a run do."""
    (name,), labels = study.attacks, dict.fromkeys(SCENES, 0)
    for _ in range(2):  # first to get the predictions, then with them as labels
        lines = ["path,label", *(f"{path},{label}" for path, label in labels.items())]
        (folder / "labels.csv").write_text("\n".join(lines))
        dataset = ManifestDataset(folder / "labels.csv", 10)
        entries = dataset.entries()
        subset = [subset_row(i, "00000", one, dataset) for i, one in enumerate(entries)]
        clean = [
            clean_row(row, dataset, entry, study.preprocessing, classifier)
            for row, entry in zip(subset, entries, strict=True)
        ]
        labels = {row["image_id"]: row["predicted"] for row in clean}
    settings = study.attack_settings[name]
    task = Task.load(name, settings, classifier, comparison=study.comparison, seed=study.seed)
    return {row["image_id"]: row for row in run(task, subjects(clean, partners(subset, clean)), 8)}


@pytest.mark.parametrize(
    ("attack", "options", "overlay"),
    [
        ("ssim_ball", [], {"comparison": {"mode": "fixed_budget"}}),
        (
            "pgd_linf",
            ["--set", "steps=3", "--set", "epsilon=6/255", "--mean-ssim", "0.97", "--seed", "5"],
            {
                "attack_settings": {"pgd_linf": {"method": "pgd", "steps": 3, "epsilon": "6/255"}},
                "comparison": {"mode": "matched_quality", "mean_ssim": 0.97},
                "seed": 5,
            },
        ),
        (
            "ball_other_gradient",
            ["--other", "a/two.png"],
            {"comparison": {"mode": "fixed_budget"}},
        ),
    ],
    ids=["ball", "seed and mean SSIM", "second photograph"],
)
def test_it_stores_the_numbers_and_the_image_of_a_run(
    photos, ssimball, demo_classifier, attack, options, overlay
):
    study = load_study({"attacks": [attack], "preprocessing": {"crop": 96}, **overlay})
    expected = rows_of_a_run(photos, study, demo_classifier)["a/one.png"]
    common = ["--network", "demo", "--configfile", "small.yaml", "--image-id", "a/one.png"]
    code = ssimball("attack", "a/one.png", "--attack", attack, *common, *options, "--output", "out")
    assert code == 0
    found = json.loads((photos / "out" / "numbers.json").read_text())["attacks"][attack]
    for key in set(found) & set(expected) - {"seconds"}:
        assert found[key] == expected[key], key
    stored = decode_png(expected["adversarial_png"])
    np.testing.assert_array_equal(read(photos / "out" / f"{attack}_adversarial.png"), stored)


def read(path):
    with PIL.Image.open(path) as image:
        return np.asarray(image)


def test_it_prints_the_result_and_writes_pictures_of_one_size(photos, ssimball, capsys):
    given = ["--network", "demo", "--configfile", "small.yaml", "--attack", "fgsm", "--set"]
    assert ssimball("attack", "a/one.png", *given, "epsilon=12/255") == 0
    folder = photos / "one_fgsm"
    names = {"clean", "cam", "cam_overlay", "fgsm_adversarial", "fgsm_change", "fgsm_ssim"}
    pictures = {path.stem: read(path) for path in folder.glob("*.png")}
    assert pictures.pop("fgsm_side_by_side").shape == (96, 4 * 96 + 3 * 8, 3)
    assert pictures.keys() == names
    assert {one.shape for one in pictures.values()} == {(96, 96, 3)}
    numbers = json.loads((folder / "numbers.json").read_text())
    row = numbers["attacks"]["fgsm"]
    printed = capsys.readouterr().out
    assert "the network's own prediction" in printed
    assert f"{row['predicted_name']} ({row['predicted']})" in printed
    assert f"mean {row['mean_ssim']:.5f}" in printed
    assert f"margin of the label {row['margin']:+.3f}" in printed
    assert ("yes" if row["success"] else "no") in printed
    assert numbers["settings"]["epsilon"] == pytest.approx(12 / 255)
    change = pictures["fgsm_adversarial"].astype(int) - pictures["clean"]
    amplified = np.clip(127.5 + 10 * change, 0, 255)
    np.testing.assert_allclose(pictures["fgsm_change"], amplified, atol=0.51)


def test_an_attack_without_result_exits_with_1(photos, ssimball, capsys):
    given = ["--network", "demo", "--configfile", "small.yaml", "--output", "out", "--attack"]
    assert ssimball("attack", "a/one.png", *given, "blur") == 0
    said = json.loads((photos / "out" / "numbers.json").read_text())["image"]["predicted"]
    capsys.readouterr()
    assert ssimball("attack", "a/one.png", *given, "fgsm", "--set", f"target={said}") == 1
    assert "skipped: its class is the target" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--attack", "ssim_bal"], "ssimball: --attack: 'ssim_bal' has no entry"),
        (["--set", "epsilno=0.1"], "ssimball: --set epsilno: unknown key; did you mean 'epsilon'?"),
        (["--set", "epsilon=big"], "ssimball: --set epsilon: input should be"),
        (["--set", "epsilon=0", "--set", "gap=x"], "not valid:\n  --set epsilon: input"),
        (["--set", "epsilon"], "'epsilon' is not key=value"),
        (["--label", "striped dsk"], "did you mean 'striped disk'?"),
        (["--label", "12"], "no class '12' among 0 to 9"),
        (["--attack", "ball_other_gradient"], "--other: ball_other_gradient needs a second"),
        (["--weights", "gone.pth"], "--weights: cannot read gone.pth"),
        (["--output", "small.yaml"], "small.yaml is a file; name a folder"),
        (["--configfile", "gone.yaml"], "'gone.yaml' does not exist"),
    ],
)
def test_options_that_cannot_be_used_are_named(photos, ssimball, capsys, options, message):
    given = ["--network", "demo", "--configfile", "small.yaml", *options]
    assert ssimball("attack", "a/one.png", *given) == 2
    assert message in capsys.readouterr().err


def test_a_photograph_that_cannot_be_read_is_named(photos, ssimball, capsys):
    assert ssimball("attack", "a/one.png", "--network", "demo") == 2
    assert "a/one.png: 100 x 100 pixels, smaller than the crop" in capsys.readouterr().err
    assert ssimball("attack", "small.yaml", "--network", "demo") == 2
    assert "small.yaml: not an image that can be read" in capsys.readouterr().err


def test_the_default_network_is_that_of_the_overlay_for_photographs():
    overlay = yaml.safe_load((ROOT / "config" / "manifest.yaml").read_text())
    assert {key: overlay[key] for key in PHOTOGRAPHS} == PHOTOGRAPHS
    options = AttackOptions("noise", {"kind": "gaussian"}, network="resnet50")
    study = photograph_study(Path("x.jpg"), options)
    assert (study.model.name, study.model.weights) == ("resnet50", "IMAGENET1K_V1")
    assert study.attack_settings["noise"].kind == "gaussian"
    assert len(class_names(study)) == 1000


def test_a_class_is_found_by_its_number_and_by_each_of_its_names():
    names = ["tench, Tinca tinca", "crane", "crane, hoist"]
    assert [class_number(one, names) for one in ("2", "Tinca Tinca", "hoist")] == [2, 0, 2]
    with pytest.raises(ConfigError, match="classes 1 and 2 are called 'crane'"):
        class_number("crane", names)
