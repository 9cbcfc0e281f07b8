"""Take one photograph through the stages of the pipeline: clean, attack, explain, ssim."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ssimball.attacks.driver import run
from ssimball.attacks.subjects import subjects
from ssimball.attacks.task import Task
from ssimball.config.attacks.base import AttackSettings
from ssimball.config.messages import suggestion
from ssimball.config.study import StudyConfig
from ssimball.datasets.files import FileDataset
from ssimball.datasets.imagenet_names import completed_names
from ssimball.datasets.interface import Entry
from ssimball.datasets.subset import subset_row
from ssimball.errors import ConfigError, ImageError
from ssimball.explanations.driver import ExplainedImage, clean_questions, explain, load_task
from ssimball.models.classifier import Classifier, load_classifier
from ssimball.models.clean import clean_row, predict
from ssimball.pipeline.identity import with_known_solvers
from ssimball.report.image.interface import Attacked, Row, Single
from ssimball.report.image.text import class_text
from ssimball.runtime.devices import select_device
from ssimball.ssim.index import ssim_map
from ssimball.storage.images import decode_png, to_tensor
from ssimball.storage.status import has_stored_image


@dataclass(frozen=True)
class Photograph:
    """A photograph to attack.

    Attributes:
        file: its file.
        label: number or name of its class; None: the network's prediction.
        image_id: name of the image in a run, on which random numbers depend; None: the file's name.
        other: a second photograph, for attacks that need one.
    """

    file: Path
    label: str | None = None
    image_id: str | None = None
    other: Path | None = None


#: Makes a context that is entered around the attack on a classifier.
Watch = Callable[[Classifier], AbstractContextManager[None]]


def attack_photograph(study: StudyConfig, photograph: Photograph, watch: Watch) -> Single:
    """Return what a run of this configuration would store of the photograph.

    Args:
        study: configuration of a run with one attack.
        photograph: the photograph, its class and a second photograph.
        watch: makes a context that is entered around the attack.

    Raises:
        ImageError: the photograph cannot be read.
        ConfigError: there is no such class, the network predicts another class, or the attack needs
            a second photograph.
        ModelError: as :func:`ssimball.models.classifier.load_classifier`.
    """
    device = select_device(study.execution.device)
    (name,), names = study.attacks, class_names(study)
    settings = _settings(study, name)
    if settings.needs_others and photograph.other is None:
        raise ConfigError(f"--other: {name} needs a second photograph; name one")
    classifier = load_classifier(study.model, device)
    label = None if photograph.label is None else class_number(photograph.label, names)
    clean = _clean(study, photograph.file, photograph.image_id, label, names, classifier)
    _check_label(photograph.file, clean, names)
    others = {}
    if photograph.other is not None:
        beside = _clean(study, photograph.other, None, None, names, classifier)
        others = {clean["image_id"]: beside}
    task = Task.load(
        name, settings, classifier, comparison=study.comparison, seed=study.seed, device=device
    )
    with watch(classifier):
        (attacked,) = run(task, subjects([clean], others), 1)
    cam = _cam(study, clean, classifier, device)
    results = {name: Attacked(attacked, _ssim_map(clean, attacked))}
    return Single(clean, cam.map, names, results, exact_cam=cam.bias is not None)


def class_names(study: StudyConfig) -> list[str]:
    """Return the names of the network's classes.

    They are the demo's for its networks, ImageNet's where there are 1000 classes, and numbers
    otherwise.
    """
    if study.model.shipped_file is not None:
        from ssimball.datasets.demo.scenes import CLASS_NAMES

        return list(CLASS_NAMES)
    return completed_names({}, study.model.num_classes)


def class_number(text: str, names: list[str]) -> int:
    """Return the class that a number or a name stands for, whatever the name's case.

    Args:
        text: number of the class, or one of its names.
        names: names of all classes; those of one class are separated by commas.

    Raises:
        ConfigError: no class has that name or number, or several have that name.

    Examples:
        >>> class_number("Tinca Tinca", ["goldfish", "tench, Tinca tinca"])
        1
    """
    numbers: dict[str, set[int]] = {str(number): {number} for number in range(len(names))}
    for number, name in enumerate(names):
        # ImageNet has several names for a class, separated by commas.
        for alias in {name, *name.split(",")}:
            numbers.setdefault(alias.strip().casefold(), set()).add(number)
    matches = sorted(numbers.get(text.casefold(), ()))
    if not matches:
        words = [name for name in numbers if not name.isdecimal()]
        hint = suggestion(text.casefold(), words) if words else "give a number"
        raise ConfigError(f"--label: no class {text!r} among 0 to {len(names) - 1}; {hint}")
    if len(matches) > 1:
        classes = " and ".join(map(str, matches))
        raise ConfigError(f"--label: the classes {classes} are called {text!r}; give the number")
    return matches[0]


def _settings(study: StudyConfig, name: str) -> AttackSettings:
    """Return the settings of an attack, with the solver that ``auto`` means on this machine."""
    settings: AttackSettings = study.attack_settings[name]
    return with_known_solvers({name: settings})[name]


def _clean(
    study: StudyConfig,
    file: Path,
    image_id: str | None,
    label: int | None,
    names: list[str],
    classifier: Classifier,
) -> dict[str, Any]:
    """Return the row of the clean table, whose label is the prediction where none is given."""
    entry = Entry(image_id or file.name, 0 if label is None else label, str(file))
    dataset = FileDataset("photographs", [entry], names)
    selected = subset_row(0, "", entry, dataset)
    row = clean_row(selected, dataset, entry, study.preprocessing, classifier)
    if row["status"] != "ok":
        reason = row["status"].removeprefix("failed: ").removeprefix(f"{file.name}: ")
        raise ImageError(f"{file}: {reason}")
    if label is None and not row["correct"]:
        image = to_tensor(decode_png(row["image_png"]))
        row |= {"label": row["predicted"], **predict(classifier, image, row["predicted"])}
    return row


def _check_label(file: Path, clean: Row, names: list[str]) -> None:
    if not clean["correct"]:
        predicted, label = (class_text(clean[key], names) for key in ("predicted", "label"))
        raise ConfigError(
            f"--label: the network takes {file} for {predicted}, not for {label}, so it is fooled "
            "already; leave --label out to attack the network's prediction"
        )


def _cam(study: StudyConfig, clean: Row, classifier: Classifier, device: str) -> ExplainedImage:
    task = load_task("cam", study.explanation_settings["cam"], classifier, device=device)
    return explain(task, next(clean_questions(clean)))


def _ssim_map(clean: Row, attacked: Row) -> Any:
    if not has_stored_image(attacked["status"]):
        return None
    original = to_tensor(decode_png(clean["image_png"]))
    stored = to_tensor(decode_png(attacked["adversarial_png"]))
    return ssim_map(original, stored).mean(0).numpy()
