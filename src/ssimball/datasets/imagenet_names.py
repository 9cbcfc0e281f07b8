"""The WordNet IDs and names of ImageNet's classes."""

import csv
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from ssimball.config.dataset import IMAGENET_CLASSES
from ssimball.errors import DatasetError
from ssimball.storage.regular_files import read_text


@cache
def imagenet_wnids() -> tuple[str, ...]:
    """Return the sorted WordNet IDs of ILSVRC-2012; the index of a class is its label.

    Raises:
        DatasetError: the package timm is not installed.
    """
    return tuple(_of_timm("imagenet_synsets.txt"))


def labels_by_wnid() -> dict[str, int]:
    """Return the label of each WordNet ID of ILSVRC-2012.

    Raises:
        DatasetError: the package timm is not installed.
    """
    return {wnid: label for label, wnid in enumerate(imagenet_wnids())}


@cache
def imagenet_class_names() -> tuple[str, ...]:
    """Return the name of each class of ILSVRC-2012, in the order of the sorted WordNet IDs.

    Raises:
        DatasetError: the package timm is not installed.
    """
    names = dict(csv.reader(_of_timm("imagenet_synset_to_lemma.txt"), delimiter="\t"))
    return tuple(names[wnid] for wnid in imagenet_wnids())


def _of_timm(name: str) -> list[str]:
    """Return the lines of a file of timm, of which nothing is imported: that would take seconds."""
    spec = find_spec("timm")
    if spec is None or spec.origin is None:
        raise DatasetError(
            "dataset.kind: the package timm, which lists ImageNet's classes, is not installed; "
            "install the version that envs/requirements.lock names"
        )
    return read_text(Path(spec.origin).parent / "data" / "_info" / name).splitlines()


def completed_names(given: Mapping[int, str], count: int) -> list[str]:
    """Return a name for each of ``count`` classes of which only some are named.

    The others have ImageNet's names if there are as many classes and every given name is one of
    its class's names, whatever the case. Otherwise a class without a name has its number.

    Args:
        given: names by class.
        count: number of classes.
    """
    names = tuple(str(label) for label in range(count))
    if count == IMAGENET_CLASSES:
        known = imagenet_class_names()
        if all(_words(name) & _words(known[label]) for label, name in given.items()):
            names = known
    return [given.get(label, names[label]) for label in range(count)]


def _words(name: str) -> set[str]:
    """Return the names of a class, which commas separate."""
    return {one.strip().casefold() for one in name.split(",")}
