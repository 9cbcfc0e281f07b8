"""The WordNet IDs and names of ImageNet's classes."""

import csv
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from ssimball.errors import DatasetError
from ssimball.storage.regular_files import read_text


@cache
def imagenet_wnids() -> tuple[str, ...]:
    """Return the sorted WordNet IDs of ILSVRC-2012; the index of a class is its label.

    Raises:
        DatasetError: the package timm is not installed.
    """
    return tuple(_of_timm("imagenet_synsets.txt"))


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
