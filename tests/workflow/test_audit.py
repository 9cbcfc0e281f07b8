"""An unchanged run passes its audit, and every change of its files is detected."""

import json
import shutil
import subprocess

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import yaml

from ssimball.runs.audit.findings import FAILED, NOT_POSSIBLE, OK
from ssimball.runs.audit.registry import CHECKS, audit
from ssimball.runs.layout import artifact_of
from ssimball.runs.run import Run, files_present
from ssimball.storage.checksums import CHECKSUMS
from ssimball.storage.contracts.columns import VERSION
from ssimball.storage.provenance import file_sha256

SMALLEST = "ssim_ball--comparison-matched_outcome"
HASHES = ("checksums", "content", "chain")
#: Checks that take seconds for every shard, and all others.
ONE_SHARD = ("ssim", "explanations", "certificates", "region test")
OTHER_CHECKS = [check.name for check in CHECKS if check.name not in ONE_SHARD]
#: Check, artifact and column of cells that are edited.
EDITS = [
    ("rows", "clean/00000.parquet", "label_probability"),
    ("predictions", "attacks/pgd_l2/00000.parquet", "margin"),
    ("ssim", "attacks/pgd_l2/00001.parquet", "mean_ssim"),
    ("ssim", "networks/same/distortions/ssim_ball/00000.parquet", "squared"),
    ("references", "references/00000.parquet", "texture"),
    ("class cams", "class_cams/00000.parquet", "map"),
    ("references", "networks/same/references/00001.parquet", "mask"),
    ("certificates", "attacks/ssim_ball/00000.parquet", "perturbation"),
    ("certificates", "attacks/ssim_ball/00001.parquet", "certified_model"),
    ("certificates", "attacks/ssim_ball/00001.parquet", "certified_boundary"),
    ("certificates", "attacks/ssim_ball_fw/00000.parquet", "certified_step"),
    ("certificates", "attacks/ssim_ball_fw/00000.parquet", "stored_as"),
    ("certificates", "attacks/ssim_ball_fw/00000.parquet", "iterate"),
    ("gradients", "attacks/ssim_ball_fw/00000.parquet", "first_dual"),
    ("gradients", "attacks/ssim_ball_fw/00001.parquet", "first_value"),
    ("certificates", f"attacks/{SMALLEST}/00000.parquet", "linear_epsilon_lower"),
    ("certificates", f"attacks/{SMALLEST}/00001.parquet", "linear_epsilon_upper"),
    ("gradients", f"attacks/{SMALLEST}/00001.parquet", "linear_margin"),
    ("certificates", "attacks/ssim_ball_fw/00000.parquet", "bracket_upper"),
    ("certificates", "attacks/ssim_ball_fw/00001.parquet", "bracket_point"),
    ("certificates", "attacks/ssim_ball_fw/00001.parquet", "bracket_tangent"),
    ("cam sums", "explanations/cam/00001.parquet", "map"),
    ("explanations", "explanations/smoothgrad/00000.parquet", "map"),
    ("sources", "subset/00001.parquet", "sha256"),
    ("overlap", "overlap.parquet", "value"),
    ("statistics", "primary.parquet", "p"),
    ("statistics", "summary.parquet", "ci_low"),
    ("causal", "causal_curves/ssim_ball/00001.parquet", "area"),
    ("region noise", "region_noise/00001.parquet", "margin_fall"),
    ("region noise", "region_noise/00000.parquet", "cells"),
    ("statistics", "region_noise.parquet", "over_random"),
    ("region test", "region_test/00000.parquet", "dual"),
    ("statistics", "region_test.parquet", "share_low"),
    ("figures", "figures/fooling.parquet", "fooled"),
    ("figures", "figures/sheet_pgd_l2.parquet", "clean_sha256"),
    ("figures", "figures/seconds.parquet", "median"),
]


@pytest.fixture(scope="module")
def results(small_run, tmp_path_factory):
    """Return a copy of the small run. Tests restore what they change."""
    folder = tmp_path_factory.mktemp("audit") / "small"
    source = small_run.folder / "results" / "small"
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns("logs"))
    return folder


@pytest.fixture
def restored(results):
    """Yield the copy, and restore it at the end."""
    kept = {path: path.read_bytes() for path in results.rglob("*") if path.is_file()}
    yield results
    for path, content in kept.items():
        if not path.is_file() or path.read_bytes() != content:
            path.write_bytes(content)


def failures(folder, *names, artifacts="*"):
    """Return check, artifact, row and column of each failure."""
    checks = [check for check in CHECKS if check.name in names]
    assert len(checks) == len(names)
    return {
        (one.check, one.artifact, one.row, one.what)
        for one in audit(Run(folder), checks, artifacts)
        if one.verdict == FAILED
    }


def test_an_unchanged_run_passes(results, tmp_path, ssimball, capsys):
    """Checks that take seconds look at one shard; edited cells have them look at the other, too."""
    known = file_sha256(results / CHECKSUMS)
    findings = []
    for checks, artifacts in ((ONE_SHARD, "*/00001.parquet"), (OTHER_CHECKS, "*")):
        output = tmp_path / "findings.parquet"
        options = [part for name in checks for part in ("--checks", name)]
        options += ["--artifacts", artifacts, "--expect", known, "--output", output]
        code = ssimball("audit", results, *options)
        printed = capsys.readouterr().out
        assert code == 0, printed
        assert "Passed: " in printed and (known in printed) == ("checksums" in checks)
        findings.append(pd.read_parquet(output))
    findings = pd.concat(findings)
    assert set(findings.verdict) == {OK}
    assert set(findings.check) == {check.name for check in CHECKS} - {"crate"}
    assert set(findings[findings.check == "checksums"].artifact) == {
        CHECKSUMS,
        *files_present(Run(results)),
    }


def test_findings_are_printed_as_json(results, ssimball, capsys):
    assert ssimball("audit", results, "--checks", "checksums", "--json") == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["sha256"] == file_sha256(results / CHECKSUMS)
    assert {(one["check"], one["verdict"]) for one in printed["findings"]} == {("checksums", OK)}


def test_sha256sum_accepts_the_list_of_checksums(results):
    command = ["sha256sum", "--check", "--strict", "--quiet", CHECKSUMS]
    assert subprocess.run(command, cwd=results).returncode == 0


def test_a_flipped_byte_is_detected(results, forgery):
    rng = np.random.default_rng(0)
    artifacts = [CHECKSUMS, *files_present(Run(results))]
    chosen = [CHECKSUMS, *rng.choice(artifacts, 9)]
    for artifact in chosen:
        path = results / artifact
        content = path.read_bytes()
        forgery.flip(path, int(rng.integers(len(content))), int(rng.integers(1, 256)))
        found = failures(results, "checksums")
        path.write_bytes(content)
        # A flipped byte in the list of checksums damages the list or the checksum of one file.
        assert found if artifact == CHECKSUMS else artifact in {f[1] for f in found}


def edit_cell(folder, artifact, column, forgery):
    """Edit a cell as someone would who knows the formats; return what names its row in findings."""
    contract = artifact_of(artifact).contract
    (described,) = (one for one in contract.columns if one.name == column)
    tensors = [column] if described.dims else []
    rows = Run(folder).rows(artifact, *tensors)
    known = [number for number, row in enumerate(rows) if row[column] is not None]
    rng = np.random.default_rng(len(rows))
    number = int(rng.choice(known))
    value = forgery.other_value(described, rows[number][column], rng)
    forgery.edit(folder, artifact, number, column, value)
    return {str(rows[number].get("image_id", number)), str(number)}


def test_edited_cells_agree_with_all_hashes_once_these_are_updated(restored, forgery):
    """So it is their values that the next test detects. One look at all: hashing takes seconds."""
    edited = {artifact for _, artifact, _ in EDITS}
    for _, artifact, column in EDITS:
        edit_cell(restored, artifact, column, forgery)
    assert {f[:2] for f in failures(restored, "checksums")} == {
        ("checksums", one) for one in edited
    }
    forgery.relink(restored, *edited)
    assert failures(restored, *HASHES) == set()


@pytest.mark.parametrize(("check", "artifact", "column"), EDITS)
def test_an_edited_cell_is_detected_by_its_value(restored, check, artifact, column, forgery):
    names = edit_cell(restored, artifact, column, forgery)
    found = failures(restored, check, artifacts=artifact)
    assert {f[1] for f in found} == {artifact} and {f[2] for f in found} <= names
    assert any(column in what or what == "logit" for _, _, _, what in found)


@pytest.mark.parametrize(
    ("check", "artifact", "column"),
    [
        ("predictions", "attacks/pgd_l2/00000.parquet", "margin"),
        ("gradients", f"attacks/{SMALLEST}/00000.parquet", "linear_margin"),
        ("region noise", "region_noise/00000.parquet", "margin_fall"),
        ("region test", "region_test/00000.parquet", "epsilon"),
    ],
)
def test_a_number_that_is_off_by_two_percent_and_keeps_its_sign_is_detected(
    restored, check, artifact, column, forgery
):
    rows = Run(restored).rows(artifact)
    number = max(range(len(rows)), key=lambda number: abs(rows[number][column] or 0))
    forgery.edit(restored, artifact, number, column, 1.02 * rows[number][column])
    found = failures(restored, check, artifacts=artifact)
    assert any(column in what for _, _, _, what in found)


def test_without_the_network_a_margin_needs_the_sign_of_its_prediction(restored, forgery):
    artifact = "attacks/ssim_ball/00000.parquet"
    row = Run(restored).rows(artifact)[0]
    forgery.edit(restored, artifact, 0, "margin", -row["margin"])
    assert ("rows", artifact, row["image_id"], "margin") in failures(restored, "rows")


def test_an_edited_cell_breaks_the_chain_of_the_tables_made_from_it(restored, forgery):
    artifact = "attacks/pgd_l2/00000.parquet"
    forgery.edit(restored, artifact, 0, "l2", 1.0)
    forgery.relist(restored)
    broken = {f[1] for f in failures(restored, *HASHES)}
    assert {"ssim/pgd_l2/00000.parquet", "summary.parquet"} <= broken
    assert artifact not in broken


def test_changed_settings_and_texts_are_detected(restored, forgery):
    stored = yaml.safe_load((restored / "config.yaml").read_text())
    stored["seed"] = 1
    (restored / "config.yaml").write_text(yaml.safe_dump(stored, sort_keys=False))
    words = restored / "answer.txt"
    words.write_text(words.read_text().replace("ssim_ball", "fgsm"))
    numbers = restored / "answer.json"
    numbers.write_text(numbers.read_text().replace("0.9", "0.8"))
    forgery.relist(restored)
    assert failures(restored, "checksums") == set()
    found = failures(restored, "settings", "texts")
    assert ("settings", "overlap.parquet", "", "seed") in found
    for name in ("answer.txt", "answer.json"):
        assert any(one[:2] == ("texts", name) for one in found)


def test_missing_and_foreign_files_are_distinguished(restored):
    (restored / "ssim" / "fgsm" / "00000.parquet").unlink()
    (restored / "notes.txt").write_text("mine")
    verdicts = {
        (one.check, one.artifact): one.verdict
        for one in audit(Run(restored), CHECKS[:2])
        if one.verdict != OK
    }
    missing = "ssim/fgsm/00000.parquet"
    assert verdicts == {
        ("checksums", missing): FAILED,
        ("complete", missing): FAILED,
        ("checksums", "notes.txt"): NOT_POSSIBLE,
    }
    (restored / "notes.txt").unlink()


def test_without_source_images_and_weights_the_rest_is_checked(restored, ssimball, capsys, forgery):
    """The summary names what could not be checked."""
    path = restored / "config.yaml"
    stored = yaml.safe_load(path.read_text())
    stored["dataset"] = {"kind": "manifest", "manifest": {"path": "gone.csv"}}
    stored["model"]["weights"] = "gone.pth"
    path.write_text(yaml.safe_dump(stored, sort_keys=False))
    forgery.relist(restored)
    names = ["sources", "predictions", "gradients", "certificates"]
    chosen = [option for name in names for option in ("--checks", name)]
    chosen += ["--artifacts", "*/00000.parquet"]
    assert ssimball("audit", restored, *chosen) == 0
    output = capsys.readouterr().out
    assert "source images are not read from where config.yaml names them" in output
    assert "the network's weights are not read from where" in output
    assert ssimball("audit", restored, *chosen, "--as-configured") == 0
    output = capsys.readouterr().out
    assert "source images are not here" in output
    assert "the network is not here" in output


def test_another_version_is_named(restored):
    path = restored / "summary.parquet"
    table = pq.read_table(path)
    metadata = dict(table.schema.metadata)
    ours, other = (f'"version":{version}'.encode() for version in (VERSION, VERSION + 1))
    assert ours in metadata[b"ssimball"]
    metadata[b"ssimball"] = metadata[b"ssimball"].replace(ours, other)
    pq.write_table(table.replace_schema_metadata(metadata), path)
    (found,) = audit(Run(restored), [c for c in CHECKS if c.name == "content"], "summary.parquet")
    assert found.verdict == FAILED
    assert f"has version {VERSION + 1} of the formats" in found.reason


def test_an_explorer_with_other_numbers_is_detected(restored, forgery):
    """Its hashes are updated too."""
    changed = {"report/data/numbers/0000.js", "report/images/00002.js"}
    for path in (restored / artifact for artifact in changed):
        path.write_text(path.read_text().replace("0.1", "0.2", 1))
    forgery.relist(restored)
    assert failures(restored, *HASHES) == set()
    assert {failure[1] for failure in failures(restored, "explorer")} == changed
