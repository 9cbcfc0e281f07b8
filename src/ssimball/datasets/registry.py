"""The registry of data sets.

To add a data set, write a module that implements ``Dataset`` and add a branch to ``open_dataset``.
"""

from importlib import import_module
from pathlib import Path

from ssimball.config.dataset import DatasetConfig
from ssimball.datasets.interface import Dataset

#: The module of each kind of data set.
MODULES = {
    "demo": "ssimball.datasets.demo.scenes",
    "foolbox": "ssimball.datasets.foolbox_photographs",
    "manifest": "ssimball.datasets.manifest",
    "imagenet": "ssimball.datasets.imagenet",
}


def open_dataset(settings: DatasetConfig, num_classes: int) -> Dataset:
    """Open the configured data set; only its own module is imported.

    Args:
        settings: the data set. Its paths are used as they are.
        num_classes: number of classes of the network; labels must lie below it.

    Returns:
        The data set; no image has been opened.

    Raises:
        DatasetError: the data set cannot be used.
    """
    module = import_module(MODULES[settings.kind])
    dataset: Dataset
    if settings.kind == "demo":
        dataset = module.DemoDataset(settings.demo.images, settings.demo.seed)
    elif settings.kind == "foolbox":
        dataset = module.FoolboxDataset()
    elif settings.kind == "manifest":
        dataset = module.ManifestDataset(
            Path(settings.manifest.path or ""), num_classes, settings.manifest.stay_inside
        )
    else:
        root, boxes = Path(settings.imagenet.root or ""), settings.imagenet.boxes
        dataset = module.ImageNetDataset(root, settings.imagenet.layout, boxes and Path(boxes))
    return dataset
