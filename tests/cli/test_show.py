"""``ssimball show`` prints and draws an image of a run as its tables store it."""

import json

import numpy as np
import PIL.Image
import pytest

from ssimball.overlap.metric import SPEARMAN_CAM, quantity_columns
from ssimball.storage.contracts.attacks import ATTACKS
from ssimball.storage.contracts.images import CLASSES, CLEAN
from ssimball.storage.contracts.maps import EXPLANATIONS, SSIM
from ssimball.storage.contracts.overlap import OVERLAP, SUMMARY
from ssimball.storage.images import encode_png
from ssimball.storage.provenance import Provenance
from ssimball.storage.tables import write_table

CLEAN_IMAGE = np.full((32, 32, 3), 100, np.uint8)
SSIM_MAP = np.linspace(0.9, 1, 22 * 22).reshape(22, 22)


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A run of two attacks on three images in two shards; ``fgsm`` failed on the second."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "results" / "mine"
    adversarial = CLEAN_IMAGE.copy()
    adversarial[:16] += 3
    prediction = {"predicted": 1, "correct": True, "probability": 0.75, "margin": 2.5}
    explained = {"label": 1, "image": "clean", "explained": "label", "class_index": 1}
    judged = {"predicted": 0, "success": True, "margin": -1.5, "mean_ssim": 0.99, "min_ssim": 0.9}
    judged |= {"linf": 3 / 255, "l2": 0.5, "psnr": 40.0, "primal": 2.0, "dual": 2.25, "gap": 0.11}
    judged |= {"iterations": 7, "stopped": "gap", "adversarial_png": encode_png(adversarial)}
    judged |= {"certified_model": "Q and L", "certified_boundary": "reflect", "certified_step": 3}
    judged |= {"steps": 3, "stored_as": "averaged", "first_dual": 4.0, "first_value": 3.0}
    for shard, images in {"00000": ["x/a.png"], "00001": ["b", "c"]}.items():
        clean, cams = [], []
        for name in images:
            image = {"label": 1, "status": "ok", "image_png": encode_png(CLEAN_IMAGE)}
            clean.append({"image_id": name, **image, **prediction})
            cams.append(
                {"image_id": name, "status": "ok", **explained, "map": np.eye(4, dtype="f4")}
            )
        write(folder / f"clean/{shard}.parquet", CLEAN, clean)
        write(folder / f"explanations/cam/{shard}.parquet", EXPLANATIONS, cams)
        for attack in ("ssim_ball", "fgsm"):
            rows, maps = [], []
            for name in images:
                why = "failed: no answer" if (name, attack) == ("b", "fgsm") else "attacked"
                key = {"image_id": name, "label": 1, "status": why}
                rows.append(key if "failed" in why else {**key, **judged})
                found = {"status": "ok", "ssim_map": SSIM_MAP}
                maps.append({"image_id": name} | ({"status": why} if "failed" in why else found))
            write(folder / f"attacks/{attack}/{shard}.parquet", ATTACKS, rows)
            write(folder / f"ssim/{attack}/{shard}.parquet", SSIM, maps)
    values = [
        {"image_id": name, "attack": "ssim_ball", **SPEARMAN_CAM.columns()}
        | {"value": value, "null_value": value}
        for name, value in {"x/a.png": 0.25, "b": 0.5, "c": None}.items()
    ]
    counted = {**quantity_columns("fooling_rate"), "n": 3, "n_missing": 0}
    write(folder / "overlap.parquet", OVERLAP, values)
    write(
        folder / "summary.parquet",
        SUMMARY,
        [{"attack": a, **counted} for a in ("ssim_ball", "fgsm")],
    )
    classes = [{"label": 0, "name": "cat"}, {"label": 1, "name": "1"}]
    write(folder / "classes.parquet", CLASSES, classes)
    return folder


def write(path, contract, rows):
    write_table(path, contract, rows, Provenance({"stage": contract.name}, code="0" * 64))


def test_an_image_is_shown_under_each_attack_with_the_rows_that_hold_it(run, ssimball, capsys):
    assert ssimball("show", "results/mine", "b") == 0
    printed = capsys.readouterr().out
    image, ball, fgsm, _ = printed.split("\n\n")
    assert "class 1, probability 0.750, margin of the label +2.500" in image
    assert "clean/00001.parquet, row 0" in image
    for part in (
        "cat (0), margin of the label -1.500",
        "mean 0.99000, smallest of any window 0.9000",
        "largest 3/255, l2 0.500, PSNR 40.00 dB",
        "primal 2, dual bound 2.25, gap 1.10e-01 (7 iterations, stopped: gap)",
        "model Q and L, boundary reflect, step 3 of 3; stored image: an average of all steps'",
        "along the clean image's gradient: 75% of the bound for the first step",
        "rank correlation of SSIM deficit and CAM +0.50 (other images' CAMs +0.50)",
        "attacks/ssim_ball/00001.parquet, row 0",
    ):
        assert part in ball, part
    assert "failed: no answer" in fgsm and "fooled" not in fgsm
    folder = run.parents[1] / "mine_b"
    assert {path.name for path in folder.iterdir()} == {
        *("clean.png", "cam.png", "cam_overlay.png", "numbers.json"),
        *("ssim_ball_adversarial.png", "ssim_ball_change.png", "ssim_ball_ssim.png"),
        "ssim_ball_side_by_side.png",
    }
    with PIL.Image.open(folder / "ssim_ball_side_by_side.png") as image:
        assert image.size == (4 * 32 + 3 * 8, 32)
    numbers = json.loads((folder / "numbers.json").read_text())
    assert ssimball("show", "results/mine", "b", "--json") == 0
    assert json.loads(capsys.readouterr().out) == numbers
    assert numbers["attacks"]["ssim_ball"]["predicted_name"] == "cat"
    assert numbers["attacks"]["fgsm"]["status"] == "failed: no answer"


def test_only_the_named_attacks_are_shown_and_pictures_show_the_maps(run, ssimball):
    options = ["--attack", "fgsm", "--output", "out", "--amplify", "2"]
    assert ssimball("show", run, "x/a.png", *options) == 0
    pictures = {}
    for path in (run.parents[1] / "out").glob("*.png"):
        with PIL.Image.open(path) as image:
            pictures[path.stem] = np.asarray(image)
    assert "ssim_ball_adversarial" not in pictures
    assert pictures["fgsm_change"][[0, 31], 0].tolist() == [[134] * 3, [128] * 3]
    # No window is centred within 5 pixels of the border.
    ssim = pictures["fgsm_ssim"]
    assert (ssim[:5] == 255).all() and (ssim[:, -5:] == 255).all()
    assert ssim[5, 5].sum() > ssim[26, 26].sum()  # black where nothing changed
    red, _, blue = np.moveaxis(pictures["cam"].astype(int), 2, 0)
    assert red[2, 2] > blue[2, 2]  # the CAM's diagonal is above zero


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["gone", "b"], "gone: there is no such folder; name the results folder of a run"),
        (["results/mine", "x/b.png"], "has no image 'x/b.png'; did you mean 'x/a.png'?"),
        (["results/mine", "b", "--attack", "fgms"], "has no attack 'fgms'; did you mean 'fgsm'?"),
    ],
)
def test_a_missing_run_image_or_attack_is_named(run, ssimball, capsys, arguments, message):
    assert ssimball("show", *arguments) == 2
    assert message in capsys.readouterr().err


def test_a_damaged_table_is_named(run, ssimball, capsys):
    (run / "ssim" / "fgsm" / "00001.parquet").write_bytes(b"PAR1")
    assert ssimball("show", run, "b") == 2
    assert "ssim/fgsm/00001.parquet: damaged or not Parquet" in capsys.readouterr().err
    for table in (run / "clean").iterdir():
        table.unlink()
    assert ssimball("show", run, "b") == 2
    assert "clean: no table of images; finish the run first" in capsys.readouterr().err
