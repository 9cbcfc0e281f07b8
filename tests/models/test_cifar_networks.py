"""The robust networks for CIFAR-10 of config/robust: files as published, made into those of a run.

Few seconds; where the folder of SSIMBALL_NETWORKS holds them.
"""

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import torch
import yaml

from ssimball.config.model import ModelConfig
from ssimball.datasets.manifest import ManifestDataset
from ssimball.models.classifier import load_classifier
from ssimball.storage.images import to_tensor

ROOT = Path(__file__).parents[2]
FOLDERS = [
    Path(each) / "cifar_robust"
    for each in os.environ.get("SSIMBALL_NETWORKS", "").split(os.pathsep)
]
#: Correct ones of the 200 images, as counted when the networks were added.
CORRECT = {
    "cifar_small_8px": 64,
    "cifar_small_36px_l2": 115,
    "cifar_cnn_a_adv": 149,
    "cifar_wide": 132,
}


@pytest.fixture(scope="module")
def cifar(tmp_path_factory):
    """Folder of images, manifest and weights, made from the published files."""
    found = [folder for folder in FOLDERS if (folder / "X_sdp.npy").is_file()]
    if not found:
        pytest.skip("needs cifar_robust: set SSIMBALL_NETWORKS to the folder that holds it")
    output = tmp_path_factory.mktemp("cifar")
    script = ROOT / "benchmarks" / "cifar_robust.py"
    subprocess.run([sys.executable, script, found[0], output], check=True)
    return output


@pytest.mark.parametrize("name", CORRECT)
def test_a_network_classifies_its_images_and_has_no_exact_cam(name, cifar):
    raw = yaml.safe_load((ROOT / "config" / "robust" / f"{name}.yaml").read_text())["model"]
    settings = ModelConfig(**{**raw, "weights": str(cifar / f"{name}.safetensors")})
    classifier = load_classifier(settings)
    dataset = ManifestDataset(cifar / "labels.csv", 10)
    images = torch.stack([to_tensor(dataset.load(entry).rgb) for entry in dataset.entries()])
    labels = torch.tensor([entry.label for entry in dataset.entries()])
    correct = int((classifier(images).argmax(1) == labels).sum())
    # One image may be a close decision that another machine rounds differently.
    assert abs(correct - CORRECT[name]) <= 1
    assert raw["expected_top1"] == CORRECT[name] / 200
    features = classifier.features_of(images[:1])
    assert features.head is None
    assert pd.read_csv(cifar / "labels.csv")["class_name"].nunique() == 10
