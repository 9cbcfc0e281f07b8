"""Runs one explanation over many images; what is to be explained comes from stored tables."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch

from ssimball.config.explanation import ExplanationSettings
from ssimball.errors import ConfigError
from ssimball.explanations import registry
from ssimball.explanations.interface import Explain, Explanation
from ssimball.models.classifier import Classifier
from ssimball.runtime.randomness import generator
from ssimball.storage.images import decode_png, to_tensor
from ssimball.storage.status import failed, has_stored_image

Row = dict[str, Any]


@dataclass(frozen=True)
class Task:
    """An explanation with everything it needs; ``name`` and ``seed`` decide its random numbers."""

    name: str
    explain: Explain
    settings: ExplanationSettings
    classifier: Classifier
    seed: int
    device: str = "cpu"


def task_of(stage: Mapping[str, Any], classifier: Classifier, device: str) -> Task:
    """The task that stage ``explain`` or ``explain_attack`` describes."""
    settings = registry.settings_of(stage["settings"])
    # A stage whose method draws no random numbers has no seed.
    seed, explain = stage.get("seed", 0), registry.load(settings.method)
    return Task(stage["explanation"], explain, settings, classifier, seed, device)


@dataclass(frozen=True)
class Question:
    """Why an image has the logit it has for a class.

    Attributes:
        origin: the columns image_id, label, image, explained and class_index of its row.
        png: the image; None where there is none, and then ``status`` says why.
    """

    origin: Row
    png: bytes | None
    status: str = "ok"


def clean_questions(row: Mapping[str, Any]) -> Iterator[Question]:
    """The label's class on a clean image, and the prediction where it is another.

    Args:
        row: of the ``clean`` table.
    """
    label, predicted = row["label"], row["predicted"]
    origin = {"image_id": row["image_id"], "label": label, "image": "clean"}
    own = {**origin, "explained": "label", "class_index": label}
    yield Question(own, row["image_png"], row["status"])
    if predicted not in (None, label):
        other = {**origin, "explained": "predicted", "class_index": predicted}
        yield Question(other, row["image_png"])


def attacked_questions(attacked: Mapping[str, Any], clean_png: bytes | None) -> Iterator[Question]:
    """The label's class on an adversarial image and, where another is predicted, that one on both.

    Args:
        attacked: row of the ``attacks`` table.
        clean_png: the clean image.
    """
    label, predicted = attacked["label"], attacked["predicted"]
    origin = {"image_id": attacked["image_id"], "label": label}
    own = {**origin, "image": "adversarial", "explained": "label", "class_index": label}
    if not has_stored_image(attacked["status"]):
        yield Question(own, None, attacked["status"])
        return
    yield Question(own, attacked["adversarial_png"])
    if predicted != label:
        other = {**origin, "explained": "adversarial", "class_index": predicted}
        yield Question({**other, "image": "clean"}, clean_png)
        yield Question({**other, "image": "adversarial"}, attacked["adversarial_png"])


def answer(task: Task, question: Question) -> Row:
    """A row of the ``explanations`` contract. One image at a time: no batch can matter.

    Raises:
        ConfigError: the settings name a layer that the network has not.
    """
    row = {**question.origin, "status": question.status}
    if question.png is None:
        return row
    try:
        found = _explained(task, question.png, row["image_id"], row["class_index"])
    except ConfigError as error:
        raise ConfigError(f"explanation_settings.{task.name}.{error}") from None
    if not bool(found.maps.isfinite().all() and found.logits.isfinite().all()):
        return {**row, "status": failed("the explanation is not finite")}
    row |= {"logit": float(found.logits[0]), "map": found.maps[0].cpu().numpy()}
    return row if found.biases is None else {**row, "bias": float(found.biases[0])}


def _explained(task: Task, png: bytes, image_id: str, number: int) -> Explanation:
    image = to_tensor(decode_png(png))[None].to(task.device)
    classes = torch.tensor([number], device=task.device)
    # The same noise on the clean and the adversarial image, so that their maps can be compared.
    rng = generator(task.seed, "explanation", task.name, image_id, str(number))
    return task.explain(task.classifier, image, classes, task.settings, [rng])
