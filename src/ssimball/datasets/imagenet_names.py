"""The names of ImageNet's classes."""

from timm.data.imagenet_info import ImageNetInfo

from ssimball.config.dataset import IMAGENET_CLASSES


def imagenet_class_names() -> list[str]:
    """Return the name of each class of ILSVRC-2012, in the order of the sorted WordNet IDs."""
    info = ImageNetInfo("imagenet-1k")
    return [info.index_to_description(label) for label in range(IMAGENET_CLASSES)]
