"""The words of the answer beside its findings: numbers, names, the subject, and the note.

Text, page and explorer all take their words from here, so they cannot differ.
"""

from collections.abc import Iterable, Sequence
from textwrap import wrap
from typing import Any

from ssimball.report.answer.model import Answer, AttackRow
from ssimball.report.answer.parts import Estimate
from ssimball.report.text.formatting import number, signed

#: Characters of the longest line of the text, and of the labels of findings with the space behind.
WIDTH, LABEL = 80, 9
#: Lines of the longest finding.
FINDING_LINES = 2
#: Characters of the longest name in a sentence.
_NAME = 22
_DATASETS = {
    "demo": "scenes",
    "foolbox": "ImageNet photographs",
    "manifest": "photographs",
    "imagenet": "ImageNet photographs",
}
_FAMILIES = {
    "mobilenet": "MobileNet",
    "resnet": "ResNet",
    "resnext": "ResNeXt",
    "densenet": "DenseNet",
    "efficientnet": "EfficientNet",
    "regnet": "RegNet",
    "mnasnet": "MNASNet",
    "shufflenet": "ShuffleNet",
    "googlenet": "GoogLeNet",
    "inception": "Inception",
}
_COMPARISONS = {
    "fixed_budget": "each at its own budget",
    "matched_outcome": "each at the smallest budget that fools",
}


def percent(share: float | None) -> str:
    """Return a share as a whole number of percent, or "-" where there is none."""
    return "-" if share is None else f"{100 * share:.0f} %"


def estimate(value: Estimate | None) -> str:
    """Return a mean with its interval, or "-" where there is none."""
    if value is None:
        return "-"
    if value.low is None or value.high is None:
        return signed(value.value)
    return f"{signed(value.value)} [{signed(value.low)}, {signed(value.high)}]"


def cells(row: AttackRow) -> tuple[str, ...]:
    """Return the numbers of a row of the table, in the order of its columns."""
    return (
        percent(row.fooling_rate),
        number(row.mean_ssim, ".3f"),
        number(row.margin_fall, "z.1f"),
        estimate(row.overlap) + ("*" if row.significant else ""),
        signed(row.partial),
    )


def columns(answer: Answer) -> tuple[str, ...]:
    """Return the titles of the columns of :func:`cells`."""
    confidence = f"{100 * (1 - answer.inference.level):g} %"
    return (
        "fools",
        "mean SSIM",
        "margin falls",
        f"overlap with the CAM, mean [{confidence} interval]",
        "given texture and centre",
    )


def subject(answer: Answer) -> str:
    """Return what the run is about."""
    what = answer.subject
    # Weights from a file have no name.
    weights = "" if what.weights.startswith(".") else f" ({cut(what.weights)})"
    network = f"{_network(what.network)}{weights}"
    same = what.mean_ssim
    how = _COMPARISONS[what.comparison] if same is None else f"target: mean SSIM {same:g}"
    images = _DATASETS[what.dataset]
    if what.images == 1:
        images = images.removesuffix("s")
    return f"{what.images} {images}, {what.correct} classified correctly; {network}; {how}"


def _network(name: str) -> str:
    """Write the name of a network as its authors do, where the family is known."""
    if ":" in name:
        module, _, function = name.rpartition(".")[2].partition(":")
        return cut(function if function == module else f"{module}:{function}")
    # timm calls networks with TensorFlow's padding tf_...
    family, _, rest = name.removeprefix("timm/").removeprefix("tf_").partition("_")
    known = next((key for key in _FAMILIES if family.startswith(key)), None)
    if known is None:
        return cut(name)
    size = f"{family.removeprefix(known)}{rest and '-' + rest.upper()}"
    return cut(_FAMILIES[known] + size.replace("-V", "V").replace("LITE", "Lite"))


def cut(name: str, width: int = _NAME) -> str:
    """Cut a long name and mark where."""
    return name if len(name) <= width else name[: width - 1] + "…"


def note(answer: Answer) -> str:
    """Return what the columns of the table mean."""
    inference, test = answer.inference, ""
    if any(row.significant for row in answer.attacks):
        count = f"Holm over {inference.tests} tests" if inference.tests > 1 else "one test"
        test = f" *: not 0 ({count}, level {inference.level:g})."
    return (
        "Overlap: rank correlation of 1 - SSIM with the class activation map (CAM), less that with "
        f"other images' CAMs.{test}"
    )


def lines_of(text: str, width: int = WIDTH, **options: Any) -> list[str]:
    """Wrap a text between words, and not at hyphens, with further options of textwrap."""
    return wrap(text, width, break_on_hyphens=False, **options)


def first_that_fits(sentences: Iterable[str], lines: int = FINDING_LINES) -> str:
    """Return the first sentence that is short enough, or the last."""
    candidates = list(sentences)
    fitting = (one for one in candidates if len(lines_of(one, WIDTH - LABEL)) <= lines)
    return next(fitting, candidates[-1])


def named(names: Sequence[str], most: int) -> str:
    """List at most so many names; without any, say how many there are."""
    if most == 0:
        return str(len(names))
    shown = [cut(name) for name in names[:most]]
    if len(names) > most:
        return f"{', '.join(shown)} and {len(names) - most} more"
    return ", ".join(shown)
