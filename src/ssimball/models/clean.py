"""Classify clean images."""

from collections.abc import Mapping
from typing import Any

import torch

from ssimball.config.model import PreprocessingConfig
from ssimball.datasets.interface import Dataset, Entry
from ssimball.datasets.preprocessing import preprocess
from ssimball.errors import ImageError
from ssimball.models.classifier import Classifier
from ssimball.models.logits import margin
from ssimball.storage.images import encode_png, to_tensor

Row = dict[str, Any]


def clean_row(
    selected: Mapping[str, Any],
    dataset: Dataset,
    entry: Entry | None,
    settings: PreprocessingConfig,
    classifier: Classifier,
) -> Row:
    """Preprocess and classify one image, and return its row of the ``clean`` contract.

    An image that cannot be read, or whose file changed after the subset was drawn, becomes a row
    with the reason.

    Args:
        selected: the image's row of the ``subset`` contract.
        dataset: the data set that holds the image.
        entry: the image in the data set, or None if it is no longer there.
        settings: of the preprocessing.
        classifier: the network.
    """
    row = {"image_id": selected["image_id"], "label": selected["label"]}
    try:
        if selected["status"] != "selected":
            return {**row, "status": selected["status"]}
        image = preprocess(dataset.load(_unchanged(selected, dataset, entry)), settings)
    except ImageError as error:
        return {**row, "status": f"failed: {error}"}
    mask = None if image.mask is None else encode_png(image.mask.astype("uint8") * 255)
    return {
        **row,
        "status": "ok",
        "image_png": encode_png(image.rgb),
        "mask_png": mask,
        **predict(classifier, to_tensor(image.rgb), selected["label"]),
    }


def _unchanged(selected: Mapping[str, Any], dataset: Dataset, entry: Entry | None) -> Entry:
    """Return the entry of a selected image, if its files are still those that were selected.

    Raises:
        ImageError: a file changed or is gone.
    """
    remedy = "changed after the subset was drawn; run again with --forcerun subset_shard"
    if entry is None or dataset.sha256(entry) != selected["sha256"]:
        raise ImageError(f"the file {remedy}")
    if dataset.mask_sha256(entry) != selected["mask_sha256"]:
        raise ImageError(f"the mask or boxes {remedy}")
    return entry


@torch.no_grad()
def predict(classifier: Classifier, image: torch.Tensor, label: int) -> Row:
    """Return label, prediction, probabilities and margin of one image.

    Args:
        classifier: the network; if it is randomised, the predicted class stands in for the label.
        image: float (3, H, W) in [0, 1].
        label: the true class.
    """
    logits = classifier(image[None].to(classifier.mean.device)).double().cpu()
    probabilities = logits.softmax(1)[0]
    predicted = int(logits.argmax(1))
    label = predicted if classifier.is_randomised else label
    return {
        "label": label,
        "predicted": predicted,
        "correct": predicted == label,
        "probability": float(probabilities[predicted]),
        "label_probability": float(probabilities[label]),
        "margin": float(margin(logits, torch.tensor([label]))),
        "logits": logits[0].tolist(),
    }
