"""A run of the whole pipeline stores true and complete results, however it is executed."""

import hashlib
import io
import json
import re

import numpy as np
import pandas as pd
import PIL.Image
import pytest
import torch
import yaml

from ssimball.ball.ball import Ball
from ssimball.ball.certificate import Proof, bounds
from ssimball.config.model import ModelConfig
from ssimball.config.study import effective, load_study
from ssimball.models.classifier import load_classifier
from ssimball.overlap.grids import deficit_grid
from ssimball.overlap.metric import COLUMNS
from ssimball.overlap.scores import spearman
from ssimball.pipeline.costs import read_usage
from ssimball.ssim.windows import gaussian
from ssimball.storage.contracts.answer_figures import FIGURE_DIRECTIONS
from ssimball.storage.contracts.attacks import ATTACKS
from ssimball.storage.contracts.figures import FIGURE_RADII
from ssimball.storage.contracts.images import CLEAN, SUBSET
from ssimball.storage.contracts.maps import DISTORTION, EXPLANATIONS, EXPLANATIONS_ATTACKED, SSIM
from ssimball.storage.contracts.overlap import OVERLAP
from ssimball.storage.contracts.registry import CONTRACTS
from ssimball.storage.tables import describe, read_table, tensor

#: Images of the small run, all of which the network classifies correctly.
IMAGES = 4
BALLS = ("ssim_ball", "ssim_ball_fw")
OTHERS = ("pgd_l2",)


def pixels(png):
    return np.asarray(PIL.Image.open(io.BytesIO(png)))


def channels(image):
    """Convert uint8 (H, W, 3) to float (3, H, W) in [0, 1]."""
    return image.transpose(2, 0, 1) / 255


@pytest.fixture(scope="module")
def results(small_run):
    return small_run.folder / "results" / "small"


@pytest.fixture(scope="module")
def clean(results):
    return pd.concat(map(pd.read_parquet, sorted((results / "clean").glob("*.parquet")))).set_index(
        "image_id"
    )


def attacked_rows(results):
    """Yield attack, table, row number and row of every stored adversarial image of the run.

    The levels and the control of the sensitivity sweep are left out.
    """
    for path in sorted((results / "attacks").glob("*/*.parquet")):
        if "--" in path.parent.name or path.parent.name == "ball_permuted_signs":
            continue
        table = read_table(path, ATTACKS)
        plain = [column.name for column in ATTACKS.columns if not column.dims]
        for number, row in enumerate(table.select(plain).to_pylist()):
            if row["status"] == "attacked":
                yield path.parent.name, table, number, row


def explained(folder, contract):
    """Return the rows of a folder of explanations, with maps as arrays."""
    for path in sorted(folder.glob("*.parquet")):
        table = read_table(path, contract)
        for number, row in enumerate(table.drop_columns("map").to_pylist()):
            yield row | {"map": tensor(table, "map", number)}


#: Tables with several rows an image.
MANY = ("explanations", "class_cams", "causal", "region_noise", "region_test")


def test_every_table_honours_its_contract_and_every_image_has_a_row(results):
    subset = [
        row
        for path in sorted((results / "subset").glob("*.parquet"))
        for row in read_table(path, SUBSET).to_pylist()
    ]
    assert len(subset) == IMAGES
    assert len({row["label"] for row in subset}) == IMAGES
    for contract in CONTRACTS:
        paths = sorted(results.glob(re.sub("<[a-z]+>", "*", contract.path)))
        assert bool(paths) == (contract not in (FIGURE_DIRECTIONS, FIGURE_RADII))
        for path in paths:
            table = read_table(path, contract)
            if "<shard>" in contract.path:
                mine = [row["image_id"] for row in subset if row["shard"] == path.stem]
                assert list(dict.fromkeys(table.column("image_id").to_pylist())) == mine
                assert len(table) == len(mine) or contract.name.startswith(MANY)
    overlap = pd.read_parquet(results / "overlap.parquet")
    # 16 of the CAM and 8 of the mask, 2 of another explanation, 4 of each of 2 distortions and
    # interpretability, texture and centre.
    assert len(overlap) == IMAGES * 4 * (16 + 8 + 2 + 4 * 2 + 1 + 1 + 1)
    assert (overlap.value.isna() == (overlap.attack == "fgsm")).all()


def test_stored_adversarial_images_keep_their_bounds_by_scikit_image(
    results, clean, reference_ssim
):
    seen = set()
    for attack, _, _, row in attacked_rows(results):
        original, stored = pixels(clean.image_png[row["image_id"]]), pixels(row["adversarial_png"])
        mean = reference_ssim(channels(original), channels(stored)).mean()
        assert mean >= (0.99 if attack in BALLS else 0.9)
        assert row["mean_ssim"] == pytest.approx(mean, abs=1e-10)
        change = (stored.astype(float) - original) / 255
        assert row["linf"] == pytest.approx(np.abs(change).max())
        assert row["l2"] == pytest.approx(np.linalg.norm(change))
        seen.add(attack)
    assert seen == {*OTHERS, *BALLS}


def test_an_attack_that_rounding_undoes_has_rows_in_every_table(results, clean):
    """Rounding removes this run's FGSM perturbation; its images count as not fooled."""
    for path in sorted((results / "attacks" / "fgsm").glob("*.parquet")):
        similarity = read_table(results / "ssim" / "fgsm" / path.name, SSIM)
        for number, row in enumerate(pd.read_parquet(path).to_dict("records")):
            assert row["status"].startswith("unchanged: ")
            original = pixels(clean.image_png[row["image_id"]])
            np.testing.assert_array_equal(pixels(row["adversarial_png"]), original)
            assert (row["success"], row["linf"]) == (False, 0)
            assert similarity["status"][number].as_py() == "ok"
            np.testing.assert_allclose(tensor(similarity, "ssim_map", number), 1)
    overlap = pd.read_parquet(results / "overlap.parquet").query("attack == 'fgsm'")
    assert set(overlap.reason) == {"the distortion is the same in every cell"}
    summary = pd.read_parquet(results / "summary.parquet").set_index(["attack", "measure"])
    rate = summary.loc[("fgsm", "fooling_rate")]
    assert (rate.n, rate.n_missing, rate["mean"]) == (IMAGES, 0, 0)
    test = pd.read_parquet(results / "primary.parquet").set_index("attack").loc["fgsm"]
    assert (test.n, test.n_missing, test.verdict) == (0, IMAGES, "too few")
    assert test.reason == "no image has one: the distortion is the same in every cell"


def test_success_is_judged_on_the_stored_image(results, clean):
    classifier = load_classifier(ModelConfig())
    for attack, _, _, row in attacked_rows(results):
        x = torch.from_numpy(pixels(row["adversarial_png"]).copy()).permute(2, 0, 1)[None] / 255
        with torch.no_grad():
            logits = classifier(x)[0]
        assert row["predicted"] == int(logits.argmax())
        if attack == "pgd_l2":
            assert row["target"] == np.argmin(clean.logits[row["image_id"]])
            assert row["success"] == (row["predicted"] == row["target"])
        else:
            assert row["target"] is None
            assert row["success"] == (row["predicted"] != row["label"])


def test_certificates_follow_from_the_stored_record(results, clean):
    checked = 0
    for attack, table, number, row in attacked_rows(results):
        if attack not in BALLS:
            assert row["gap"] is None
            continue
        settings = json.loads(table.schema.metadata[b"ssimball"])["stage"]["settings"]
        original = pixels(clean.image_png[row["image_id"]])
        x = torch.from_numpy(original.transpose(2, 0, 1) / 255)[None]
        window = gaussian(boundary=settings["boundary"])
        ball = Ball.around(x, row["budget"], settings["tau"], window=window)
        gradient = torch.from_numpy(tensor(table, "gradient", number))[None]
        perturbation = torch.from_numpy(tensor(table, "perturbation", number))[None]
        assert bool(ball.contains(perturbation.double()))
        proof = Proof(torch.tensor([row["multiplier"]], dtype=torch.float64))
        recomputed = bounds(ball, gradient, perturbation, proof)
        for name, value in zip(("primal", "dual", "gap"), recomputed, strict=True):
            assert row[name] == pytest.approx(float(value), rel=1e-9, abs=1e-12)
        assert 0 <= row["gap"] <= settings["gap"]
        assert row["stopped"] == "gap"
        checked += 1
    assert checked == IMAGES * len(BALLS)


def test_explanations_belong_to_the_classes_and_images_they_name(results, clean, small):
    folders = sorted((results / "explanations").iterdir())
    assert [folder.name for folder in folders] == sorted(small["explanations"])
    for folder in folders:
        rows = list(explained(folder, EXPLANATIONS))
        first = {row["image_id"]: row for row in reversed(rows)}
        assert {name: row["class_index"] for name, row in first.items()} == dict(clean.label)
        others = clean.predicted[clean.predicted != clean.label]
        asked = {row["image_id"]: row["class_index"] for row in rows if row["explained"] != "label"}
        assert asked == dict(others)
        for row in rows:
            logits = clean.logits[row["image_id"]]
            assert row["logit"] == pytest.approx(logits[row["class_index"]], abs=1e-3)
            assert row["map"].shape == ((7, 7) if folder.name == "cam" else (224, 224))
            assert np.isfinite(row["map"]).all()


def test_adversarial_images_are_explained_by_an_exact_cam(results, clean):
    classifier, seen = load_classifier(ModelConfig()), set()
    for attack, _, _, attacked in attacked_rows(results):
        if attack not in seen:
            maps = list(
                explained(results / "explanations_attacked" / attack / "cam", EXPLANATIONS_ATTACKED)
            )
        seen.add(attack)
        mine = [row for row in maps if row["image_id"] == attacked["image_id"]]
        stored = {
            "clean": clean.image_png[attacked["image_id"]],
            "adversarial": attacked["adversarial_png"],
        }
        fooled = attacked["predicted"] != attacked["label"]
        assert [(row["image"], row["explained"]) for row in mine] == [
            ("adversarial", "label"),
            *([("clean", "adversarial"), ("adversarial", "adversarial")] if fooled else []),
        ]
        for row in mine:
            x = torch.from_numpy(channels(pixels(stored[row["image"]])))[None]
            with torch.no_grad():
                logit = float(classifier(x)[0, row["class_index"]])
            expected = attacked["predicted" if row["explained"] == "adversarial" else "label"]
            assert row["class_index"] == expected
            assert row["logit"] == pytest.approx(logit, abs=1e-3)
            assert row["map"].mean(dtype=float) + row["bias"] == pytest.approx(logit, abs=1e-3)
    assert seen == {*OTHERS, *BALLS}


def test_ssim_maps_and_overlap_follow_from_the_stored_images(results, clean, reference_ssim):
    overlap = pd.read_parquet(results / "overlap.parquet").set_index(
        ["image_id", "attack", *COLUMNS]
    )
    cams = {}
    for row in explained(results / "explanations" / "cam", EXPLANATIONS):
        if row["explained"] == "label":
            cams[row["image_id"]] = row["map"]
    maps = {}
    for path in (results / "ssim").glob("*/*.parquet"):
        table = read_table(path, SSIM)
        for number, name in enumerate(table.column("image_id").to_pylist()):
            maps[path.parent.name, name] = tensor(table, "ssim_map", number)
    pooled = {}
    for path in (results / "distortions").glob("*/*.parquet"):
        table = read_table(path, DISTORTION)
        for number, name in enumerate(table.column("image_id").to_pylist()):
            pooled[path.parent.name, name] = tensor(table, "deficit", number)
    for attack, _, _, row in attacked_rows(results):
        name = row["image_id"]
        images = (pixels(clean.image_png[name]), pixels(row["adversarial_png"]))
        full = reference_ssim(*map(channels, images))
        np.testing.assert_allclose(maps[attack, name], full.mean(axis=0), atol=1e-10)
        deficit = deficit_grid(full.mean(axis=0), (224, 224), (7, 7))
        np.testing.assert_allclose(pooled[attack, name][0], deficit, atol=1e-10)
        value = spearman(deficit.ravel(), cams[name].astype(float).ravel())
        found = overlap.value[name, attack]
        assert found["spearman", "cam", "deficit"] == pytest.approx(float(value), abs=1e-9)
        assert -1 <= found["spearman", "smoothgrad", "deficit"] <= 1
        assert 0 <= found["interpretability", "cam", "squared"] <= 1


def test_attacks_are_matched_in_quality_as_configured(begun, small, reference_ssim):
    names = ("pgd_l2", "ssim_ball")
    targets = [f"results/small/attacks/{name}/00000.parquet" for name in names]
    comparison = {"mode": "matched_quality", "mean_ssim": 0.98}
    outcome = begun.run({**small, "comparison": comparison}, *targets)
    assert outcome.code == 0, outcome.text
    results, rows = begun.folder / "results" / "small", []
    clean = pd.read_parquet(results / "clean" / "00000.parquet").set_index("image_id")
    for attack, _, _, row in attacked_rows(results):
        if attack not in names or row["image_id"] not in clean.index:
            continue
        images = (pixels(clean.image_png[row["image_id"]]), pixels(row["adversarial_png"]))
        mean = reference_ssim(*map(channels, images)).mean()
        assert mean == pytest.approx(0.98, abs=1e-4)
        assert row["matched"]
        rows.append(row)
    assert len(rows) == 4


def test_the_level_of_matched_outcome_searches_budgets_as_configured(results):
    """That all attacks do so where the run is configured that way is tested in test_reruns."""
    folder = results / "attacks" / "ssim_ball--comparison-matched_outcome"
    rows = [
        row
        for path in sorted(folder.glob("*.parquet"))
        for row in read_table(path, ATTACKS).to_pylist()
    ]
    attacked = [row for row in rows if row["status"] == "attacked"]
    assert attacked and len(rows) == IMAGES
    stored = yaml.safe_load((results / "config.yaml").read_text())
    for row in attacked:
        assert len(row["trial_budgets"]) == stored["comparison"]["search_steps"] + 1
        assert row["success"] == (row["smallest_budget"] is not None)


def test_curves_begin_and_end_with_the_clean_image(results, clean):
    curves = pd.concat(map(pd.read_parquet, (results / "causal_references").glob("*.parquet")))
    for row in curves.to_dict("records"):
        first = row["probabilities"][0 if row["kind"] == "deletion" else -1]
        assert first == pytest.approx(clean.label_probability[row["image_id"]], abs=1e-5)
    assert "\nssim_ball " in (results / "causal.txt").read_text()


def test_the_effective_configuration_lies_beside_the_results(results):
    stored = yaml.safe_load((results / "config.yaml").read_text())
    assert effective(load_study(stored)) == stored
    assert stored["attack_settings"]["ssim_ball_fw"]["steps"] == 3
    assert stored["attack_settings"]["ssim_ball_fw"]["tau"] == 8 / 255


def test_tables_record_their_origin(results):
    path = results / "ssim" / "ssim_ball" / "00000.parquet"
    origin = describe(read_table(path, SSIM).schema, path)
    assert origin["stage"] == {"stage": "ssim", "attack": "ssim_ball"}
    origins = {"clean": CLEAN, "attacks": ATTACKS, "explanations": EXPLANATIONS}
    for name, content in origin["inputs"].items():
        contract = origins[name.split("/")[0]]
        own = describe(read_table(results / name, contract).schema, results / name)
        assert own["content_sha256"] == content
    assert len(origin["inputs"]) == 3
    assert origin["packages"]["torch"]


def test_logged_sizes_are_those_of_the_files(results):
    logged = sum(job.stored_mib for job in read_usage(results))
    files = [path for path in results.rglob("*") if path.is_file()]
    there = sum(path.stat().st_size for path in files if results / "logs" not in path.parents)
    assert logged * 2**20 == pytest.approx(there)


def test_figures_and_answer_exist_for_every_attack(results):
    assert "ssim_ball" in (results / "answer.txt").read_text()
    page = (results / "answer.md").read_text()
    assert all(f"| {name}" in page for name in ("fgsm", *OTHERS, *BALLS))
    for name in (
        *("evidence", "overview", "by_image", "classes", "networks", "example"),
        *("fooling", "gaps", "costs", "seconds", "curves", "sensitivity", "dose"),
        *(f"sheet_{a}" for a in ("fgsm", *OTHERS, *BALLS)),
    ):
        assert (results / "figures" / f"{name}.parquet").is_file()
        assert (results / "figures" / f"{name}.pdf").read_bytes().startswith(b"%PDF")
        assert PIL.Image.open(results / "figures" / f"{name}.png").width > 500
    assert (results / "logs" / "attacks" / "ssim_ball" / "00000.log").read_text()


def test_a_contact_sheet_names_the_pixels_it_shows(results, clean):
    for row in pd.read_parquet(results / "figures" / "sheet_ssim_ball.parquet").itertuples():
        attacked = pd.read_parquet(results / "attacks" / "ssim_ball" / f"{row.shard}.parquet")
        [stored] = attacked[attacked.image_id == row.image_id].adversarial_png
        images = clean.image_png[row.image_id], stored
        shown = row.clean_sha256, row.adversarial_sha256
        assert shown == tuple(hashlib.sha256(image).hexdigest() for image in images)


def test_results_do_not_depend_on_shards_cores_or_batches(results, workflow, small):
    attacks = ["pgd_l2", "ssim_ball_fw"]
    small |= {"attacks": attacks, "explanations": ["cam"], "sensitivity": {"enabled": False}}
    small["execution"] = {"shard_size": 4, "batch_size": 3, "device": "cpu"}
    outcome = workflow.run(small, "--cores", "1", "overlap")
    assert outcome.code == 0, outcome.text
    other = workflow.folder / "results" / "small"

    def stored(folder):
        rows = attacked_rows(folder)
        return {(a, row["image_id"]): row for a, _, _, row in rows if a in attacks}

    first, second = stored(results), stored(other)
    assert first.keys() == second.keys()
    for key, row in first.items():
        one, two = pixels(row["adversarial_png"]), pixels(second[key]["adversarial_png"])
        difference = np.abs(one.astype(int) - two)
        assert difference.max() <= 1
        assert np.count_nonzero(difference) <= 20
        assert row["predicted"] == second[key]["predicted"]
    keys = ["image_id", "attack", *COLUMNS]
    one, two = (
        read_table(folder / "overlap.parquet", OVERLAP).to_pandas().set_index(keys).sort_index()
        for folder in (results, other)
    )
    measured = ["value", "null_value"]
    assert two[measured].size > 500
    pd.testing.assert_frame_equal(one.loc[two.index, measured], two[measured], atol=1e-3)
