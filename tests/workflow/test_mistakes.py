"""A user's mistake gives a message with location and remedy, no traceback, and loses nothing."""

import shutil

import pytest
from snakemake.exceptions import WorkflowError

from .changes import ROOT, planned_jobs


@pytest.mark.parametrize(
    ("overlay", "message"),
    [
        ({"subset": {"image": 3}}, "subset.image: unknown key; did you mean 'images'?"),
        ({"overlap": {"top": 1.5}}, "overlap.top: input should be less than 1"),
        ({"attacks": ["fgsn"]}, "'fgsn' has no entry in attack_settings; did you mean 'fgsm'?"),
        ({"explanations": ["cam", "layercam"]}, "explanation_settings; did you mean 'layer_cam'?"),
        ({"dataset": {"kind": "manifest"}}, "dataset.manifest.path: missing; name the CSV file"),
        ({"model": {"weights": "no/such.pth"}}, "model.weights: there is no file no/such.pth"),
        (
            {"attacks": ["fgsm"], "attack_settings": {"fgsm": {"target": 10}}},
            "attack_settings.fgsm.target: there is no class 10; the network's 10 classes",
        ),
        ({"run": "../elsewhere"}, "run: "),
    ],
)
def test_a_wrong_configuration_is_refused_before_any_job(tmp_path, overlay, message):
    with pytest.raises(WorkflowError) as caught:
        planned_jobs(overlay, tmp_path)
    assert message in str(caught.value)
    assert not (tmp_path / "results").exists()


def test_the_package_of_another_checkout_is_refused(tmp_path):
    shutil.copy(ROOT / "Snakefile", tmp_path)
    with pytest.raises(WorkflowError, match=r"another checkout than .*; use the \.venv of"):
        planned_jobs({}, tmp_path, sources=tmp_path)


def test_the_refusal_reaches_the_user(workflow):
    outcome = workflow.run({"attacks": ["fgsn"]})
    assert outcome.code != 0
    assert "'fgsn' has no entry in attack_settings; did you mean 'fgsm'?" in outcome.text
    assert "Traceback" not in outcome.text
    assert not (workflow.folder / "results").exists()


def test_a_damaged_table_is_named_and_other_results_stay(begun, small):
    folder = begun.folder / "results" / "small" / "clean"
    damaged = folder / "00000.parquet"
    content = bytearray(damaged.read_bytes())
    content[len(content) // 2] ^= 1
    damaged.write_bytes(content)
    kept = (folder / "00001.parquet").read_bytes()
    small |= {"attacks": ["noise_sign"], "sensitivity": {"enabled": False}}
    outcome = begun.run(small, "attack")
    assert outcome.code != 0
    assert "clean/00000.parquet: damaged" in outcome.text
    assert "Traceback" not in outcome.text
    assert (folder / "00001.parquet").read_bytes() == kept
    assert (folder.parent / "attacks" / "noise_sign" / "00001.parquet").is_file()
