"""The photographs that come with foolbox, against foolbox's own reader."""

from pathlib import Path

import numpy as np
import pytest
import torch
from foolbox import PyTorchModel, samples
from PIL import Image

from ssimball.datasets.foolbox_files import photographs
from ssimball.datasets.foolbox_photographs import FoolboxDataset
from ssimball.errors import DatasetError


def test_the_labels_and_pixels_are_those_of_foolbox_itself() -> None:
    dataset = FoolboxDataset()
    entries = dataset.entries()
    network = PyTorchModel(torch.nn.Identity().eval(), bounds=(0, 255), device="cpu")
    images, labels = samples(network, dataset="imagenet", batchsize=20, shape=(64, 64))
    assert [entry.label for entry in entries] == labels.tolist()
    assert dataset.class_names[entries[0].label] == "bull mastiff"
    rgb = Image.fromarray(dataset.load(entries[0]).rgb).resize((64, 64))
    np.testing.assert_array_equal(np.asarray(rgb), images[0].permute(1, 2, 0).numpy())


def test_a_folder_without_the_photographs_is_refused(tmp_path: Path) -> None:
    (tmp_path / "imagenet_00_243.jpg").touch()
    with pytest.raises(DatasetError, match=r"expected 20 files .* found 1; install the version"):
        photographs(tmp_path)
