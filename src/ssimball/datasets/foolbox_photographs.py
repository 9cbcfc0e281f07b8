"""A data set of the ImageNet photographs that the package foolbox comes with."""

from timm.data.imagenet_info import ImageNetInfo

from ssimball.config.dataset import IMAGENET_CLASSES
from ssimball.datasets.files import FileDataset
from ssimball.datasets.foolbox_files import photographs


class FoolboxDataset(FileDataset):
    """Twenty photographs of ImageNet, read where the package foolbox is installed."""

    def __init__(self) -> None:
        """Find the photographs.

        Raises:
            DatasetError: foolbox is not installed or lacks its photographs.
        """
        info = ImageNetInfo("imagenet-1k")
        names = [info.index_to_description(label) for label in range(IMAGENET_CLASSES)]
        super().__init__("foolbox", photographs(), names)
