"""Run one explanation over the images of stored tables, one image at a time."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ssimball.config.explanation import ExplanationSettings
from ssimball.errors import ConfigError
from ssimball.explanations import registry
from ssimball.explanations.interface import Explain, Explanation
from ssimball.models.classifier import Classifier
from ssimball.runtime.randomness import generator
from ssimball.storage.images import decode_png, to_tensor
from ssimball.storage.status import Status, has_stored_image


@dataclass(frozen=True)
class ExplanationTask:
    """An explanation method with everything it needs.

    Attributes:
        name: name of the explanation in the configuration. With ``seed`` it decides the random
            numbers.
        method: the function of the method.
        settings: settings of the method.
        classifier: the network.
        seed: seed of the run.
        device: device to compute on.
    """

    name: str
    method: Explain
    settings: ExplanationSettings
    classifier: Classifier
    seed: int
    device: str = "cpu"


def load_task(
    name: str,
    settings: ExplanationSettings,
    classifier: Classifier,
    *,
    seed: int | None = None,
    device: str = "cpu",
) -> ExplanationTask:
    """Load the method of an explanation.

    Args:
        name: name of the explanation in the configuration.
        settings: settings of its method.
        classifier: the network.
        seed: seed of the run; None where the method draws no random numbers.
        device: device to compute on.
    """
    method = registry.load(settings.method)
    return ExplanationTask(name, method, settings, classifier, seed or 0, device)


@dataclass(frozen=True)
class Question:
    """An image and a class whose logit on it is to be explained.

    Attributes:
        image_id: identifier of the image.
        label: its true class.
        image: ``clean`` or ``adversarial``.
        explained: role of the class: ``label``, ``predicted`` or ``adversarial``.
        class_index: the class.
        png: the image; None where there is none.
        status: ``ok``, or the reason why there is no image.
    """

    image_id: str
    label: int
    image: str
    explained: str
    class_index: int
    png: bytes | None
    status: str = "ok"


@dataclass(frozen=True)
class ExplainedImage:
    """The explanation of one class on one image.

    Attributes:
        question: the image and the class.
        status: ``ok``, or the reason why the values are None.
        logit: logit of the class.
        bias: where mean(map) + bias = logit holds exactly, that bias.
        map: raw map, float32 (h, w).
    """

    question: Question
    status: str
    logit: float | None = None
    bias: float | None = None
    map: NDArray[np.float32] | None = None

    def row(self) -> dict[str, Any]:
        """Return the explanation as a row of contracts.maps.EXPLANATIONS."""
        question = dict(vars(self.question))
        del question["png"], question["status"]
        values = {"logit": self.logit, "bias": self.bias, "map": self.map}
        return {**question, "status": self.status, **values}


def clean_questions(row: Mapping[str, Any]) -> Iterator[Question]:
    """Ask for the label on a clean image, and for the predicted class where it differs.

    Args:
        row: a row of the ``clean`` table.
    """
    image_id, label, predicted = row["image_id"], row["label"], row["predicted"]
    png = row["image_png"]
    yield Question(image_id, label, "clean", "label", label, png, row["status"])
    if predicted not in (None, label):
        yield Question(image_id, label, "clean", "predicted", predicted, png)


def attacked_questions(attacked: Mapping[str, Any], clean_png: bytes | None) -> Iterator[Question]:
    """Ask for the label on an adversarial image.

    Where the network predicts another class, ask for that class on both images too.

    Args:
        attacked: a row of the ``attacks`` table.
        clean_png: the clean image.
    """
    image_id, label, predicted = attacked["image_id"], attacked["label"], attacked["predicted"]
    if not has_stored_image(attacked["status"]):
        yield Question(image_id, label, "adversarial", "label", label, None, attacked["status"])
        return
    png = attacked["adversarial_png"]
    yield Question(image_id, label, "adversarial", "label", label, png)
    if predicted != label:
        yield Question(image_id, label, "clean", "adversarial", predicted, clean_png)
        yield Question(image_id, label, "adversarial", "adversarial", predicted, png)


def explain(task: ExplanationTask, question: Question) -> ExplainedImage:
    """Explain one class on one image. Images are not batched, so no image depends on others.

    Raises:
        ConfigError: the settings name a layer that the network does not have.
    """
    if question.png is None:
        return ExplainedImage(question, question.status)
    try:
        explanation = _run_method(task, question, question.png)
    except ConfigError as error:
        raise ConfigError(f"explanation_settings.{task.name}.{error}") from None
    if not bool(explanation.maps.isfinite().all() and explanation.logits.isfinite().all()):
        return ExplainedImage(question, str(Status.failed("the explanation is not finite")))
    return ExplainedImage(
        question,
        question.status,
        logit=float(explanation.logits[0]),
        bias=None if explanation.biases is None else float(explanation.biases[0]),
        map=explanation.maps[0].cpu().numpy(),
    )


def _run_method(task: ExplanationTask, question: Question, png: bytes) -> Explanation:
    image = to_tensor(decode_png(png))[None].to(task.device)
    classes = torch.tensor([question.class_index], device=task.device)
    # The noise is the same on the clean and the adversarial image, so that maps can be compared.
    origin = "explanation", task.name, question.image_id, str(question.class_index)
    rng = generator(task.seed, *origin)
    return task.method(task.classifier, image, classes, task.settings, [rng])
