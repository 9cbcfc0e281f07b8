"""Class activation maps of classes other than the true one, on the same image.

A perturbation that follows the CAM of the true class no more than the CAMs of other classes follows
the network's features, not the class. The classes are the runner-up, the rest of the ten most
likely, the mean over all classes, and random ones.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ssimball.explanations.methods.cam import CamPass
from ssimball.models.classifier import Classifier
from ssimball.runtime.randomness import generator
from ssimball.storage.contracts.class_roles import CLASS_MEAN, RANDOM, ROLES, RUNNER_UP, TOP_TEN
from ssimball.storage.images import decode_png, to_tensor
from ssimball.storage.status import Status

#: Most likely classes to look at, the true class among them where it is.
TOP = 10
#: Random classes of an image, fewer where the network has fewer.
RANDOM_CLASSES = 10


@dataclass(frozen=True)
class ClassCam:
    """The CAM of another class on a clean image.

    Attributes:
        image_id: the image.
        status: ``ok``, or why there is no map.
        role: of :data:`~ssimball.storage.contracts.class_roles.ROLES`.
        class_index: the class; None for the mean over all classes.
        map: float32 (h, w), as of explanation ``cam``.
    """

    image_id: str
    status: str
    role: str
    class_index: int | None = None
    map: NDArray[np.float32] | None = None

    def row(self) -> dict[str, Any]:
        """Return a row of contracts.maps.CLASS_CAMS."""
        return {**vars(self)}


def other_classes(
    logits: NDArray[np.floating[Any]], label: int, rng: np.random.Generator
) -> dict[str, list[int]]:
    """Choose classes other than the label by their role.

    Args:
        logits: (classes,).
        label: the true class.
        rng: draws the random classes.

    Returns:
        By role, the classes; fewer or none where the network has too few. The mean over all classes
        is not a class and has no entry.

    Examples:
        >>> chosen = other_classes(np.array([5.0, 9.0, 7.0]), 1, np.random.default_rng(0))
        >>> chosen["runner_up"], chosen["top_ten"], sorted(chosen["random_class"])
        ([2], [0], [0, 2])
    """
    ranked = [int(c) for c in np.argsort(-logits, kind="stable") if c != label]
    drawn = rng.permutation(sorted(ranked))[:RANDOM_CLASSES]
    return {RUNNER_UP: ranked[:1], TOP_TEN: ranked[1 : TOP - 1], RANDOM: [int(c) for c in drawn]}


def class_cams(classifier: Classifier, clean: Mapping[str, Any], seed: int) -> Iterator[ClassCam]:
    """Compute the CAMs of other classes on a clean image, role by role.

    Args:
        classifier: the network.
        clean: a row of the ``clean`` table.
        seed: seed of the run, which with the image decides the random classes.
    """
    image_id, status = clean["image_id"], clean["status"]
    if status != "ok":
        yield from (ClassCam(image_id, status, role) for role in ROLES)
        return
    image = to_tensor(decode_png(clean["image_png"]))[None].to(classifier.mean.device)
    run, count = CamPass.of(classifier, image), len(clean["logits"])
    rng = generator(seed, "random classes", image_id)
    chosen = other_classes(np.asarray(clean["logits"]), clean["label"], rng)
    one_hot = torch.eye(count, device=image.device)

    def cam(mixture: torch.Tensor) -> NDArray[np.float32]:
        return np.asarray(run.maps(mixture[None])[0].float().cpu().numpy())

    for role, classes in chosen.items():
        for index in classes:
            yield ClassCam(image_id, status, role, index, cam(one_hot[index]))
        if not classes:
            yield ClassCam(image_id, str(Status.skipped("too few classes")), role)
    yield ClassCam(image_id, status, CLASS_MEAN, None, cam(one_hot.mean(0)))
