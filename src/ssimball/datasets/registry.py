"""Data sets by kind. A new one is a module behind the ``Dataset`` protocol and a branch here."""

from importlib import import_module
from pathlib import Path

from ssimball.config.dataset import DatasetConfig
from ssimball.datasets.interface import Dataset

MODULES = {
    "demo": "ssimball.datasets.demo.scenes",
    "manifest": "ssimball.datasets.manifest",
    "imagenet": "ssimball.datasets.imagenet",
}


def open_dataset(settings: DatasetConfig, num_classes: int) -> Dataset:
    """The configured data set; only its own module is imported.

    Args:
        settings: paths in it are taken as they are.
        num_classes: of the network; labels must lie below it.

    Raises:
        DatasetError: it cannot be used.
    """
    module = import_module(MODULES[settings.kind])
    dataset: Dataset
    if settings.kind == "demo":
        dataset = module.DemoDataset(settings.demo.images, settings.demo.seed)
    elif settings.kind == "manifest":
        dataset = module.ManifestDataset(Path(settings.manifest.path or ""), num_classes)
    else:
        root, boxes = Path(settings.imagenet.root or ""), settings.imagenet.boxes
        dataset = module.ImageNetDataset(root, settings.imagenet.layout, boxes and Path(boxes))
    return dataset
