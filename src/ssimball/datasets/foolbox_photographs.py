"""A data set of the ImageNet photographs that the package foolbox comes with."""

from ssimball.datasets.files import FileDataset
from ssimball.datasets.foolbox_files import photographs
from ssimball.datasets.imagenet_names import imagenet_class_names


class FoolboxDataset(FileDataset):
    """Twenty photographs of ImageNet, read where the package foolbox is installed."""

    def __init__(self) -> None:
        """Find the photographs.

        Raises:
            DatasetError: foolbox is not installed or lacks its photographs.
        """
        super().__init__("foolbox", photographs(), list(imagenet_class_names()))
