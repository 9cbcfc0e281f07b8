"""The words of the answer: numbers, names, and one sentence per finding.

Text and page both take their words from here, so they cannot differ.
"""

import math
from collections.abc import Sequence
from textwrap import wrap

from ssimball.report.answer.model import (
    Answer,
    AttackRow,
    ClassPart,
    Effect,
    Estimate,
    Learned,
    Needed,
    Place,
    Proof,
    Strongest,
)
from ssimball.report.text.formatting import number, signed

#: Characters of the longest line of the text, and of the labels of findings with the space behind.
WIDTH, LABEL = 80, 9
#: Characters of the longest name in a sentence.
_NAME = 22
#: Lines of the longest finding.
FINDING_LINES = 2
_DATASETS = {"demo": "scenes", "manifest": "photographs", "imagenet": "ImageNet photographs"}
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
_MODELS = {"Q": "quadratic", "S": "safe", "L": "local"}
_LAYERS = {"0": "trained", "1": "head", "all": "all"}
_VARIANTS = {
    "permuted_signs": "shuffled signs",
    "sign_only": "signs alone",
    "rolled_magnitude": "moved sizes",
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
    network = f"{_network(what.network)} ({_weights(what.weights)})"
    same = what.mean_ssim
    how = _COMPARISONS[what.comparison] if same is None else f"target: mean SSIM {same:g}"
    images = _DATASETS[what.dataset]
    if what.images == 1:
        images = images.removesuffix("s")
    return f"{what.images} {images}, {what.correct} classified correctly; {network}; {how}"


def _network(name: str) -> str:
    """Write torchvision's name of a network as its authors do, where the family is known."""
    family, _, rest = name.partition("_")
    known = next((key for key in _FAMILIES if family.startswith(key)), None)
    if known is None:
        return cut(name)
    size = f"{family.removeprefix(known)}{rest and '-' + rest.upper()}"
    return cut(_FAMILIES[known] + size.replace("-V", "V"))


def _weights(weights: str) -> str:
    return "weights from a file" if weights.startswith(".") else cut(weights)


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


def findings(answer: Answer) -> list[tuple[str, str]]:
    """Return the label and the sentence of each finding.

    Lists of names are shortened to "and n more" where the sentence would be too long.
    """
    found = [
        ("Place", _place_sentence(answer)),
        ("Class", answer.class_part and _class_part(answer.class_part)),
        ("Learned", answer.learned and _learned(answer.learned)),
        ("Effect", answer.effect and _effect(answer.effect)),
        ("Proof", answer.proof and _proof(answer.proof)),
        ("Limits", _limits(answer)),
    ]
    return [(label, sentence) for label, sentence in found if sentence]


def _fits(sentence: str) -> bool:
    return len(wrap(sentence, WIDTH - LABEL)) <= FINDING_LINES


def _named(names: Sequence[str], most: int) -> str:
    """List at most so many names; without any, say how many there are."""
    if most == 0:
        return str(len(names))
    shown = [cut(name) for name in names[:most]]
    if len(names) > most:
        return f"{', '.join(shown)} and {len(names) - most} more"
    return ", ".join(shown)


def _place_sentence(answer: Answer) -> str:
    place = answer.place
    if not answer.rows(controls=False):
        return "the run has controls only, no attack"
    if answer.subject.correct == 0:
        return "no image is classified correctly, so none was attacked"
    if place.needed:
        return _undecided(place.needed, answer.inference.units)
    sentences = [_place(place, most) for most in (12, 8, 6, 5, 4, 3, 2, 1, 0)]
    return next(filter(_fits, sentences), sentences[-1])


def _place(place: Place, most: int) -> str:
    """Say for which attacks the distortion lies on the CAM, with so many names in each list."""
    parts = []
    if place.more:
        parts.append(f"on the CAM more than chance: {_named(place.more, most)}")
    if place.less:
        less = "less" if place.more else "on the CAM less than chance"
        parts.append(f"{less}: {_named(place.less, most)}")
    if place.unclear:
        parts.append(f"not significant: {_named(place.unclear, most)}")
    if place.undecided:
        parts.append(f"too few for a test: {_named(place.undecided, most)}")
    if place.unmeasured:
        why = f" ({cut(place.reason, 40)})" if place.reason and not parts else ""
        parts.append(f"not measured: {_named(place.unmeasured, most)}{why}")
    return "; ".join(parts)


def _undecided(needed: Needed, units: str) -> str:
    found = f"{cut(needed.attack)} {estimate(needed.overlap)}"
    images = "" if needed.images is None else f"; some {needed.images} images would show it"
    return f"too few {units} for a test. {found}{images}"


def _class_part(part: ClassPart) -> str:
    top_ten = part.top_ten and f", top ten's {signed(part.top_ten.value)}"
    runner_up = f"CAM of the class less runner-up's {signed(part.runner_up.value)}"
    return f"{cut(part.attack)}: {runner_up}{top_ten or ''}"


def _learned(learned: Learned) -> str:
    own, *levels = [
        f"{_layers(one.layers)} {signed(one.overlap.value)}" for one in learned.networks
    ]
    start = f"{cut(learned.attack)}: {own}; random "
    sentences = [start + ", ".join(some) for some in (levels, [levels[0], "…", levels[-1]])]
    return next(filter(_fits, sentences), sentences[-1])


def _layers(layers: str) -> str:
    return _LAYERS.get(layers, f"{layers} layers")


def _effect(effect: Effect) -> str:
    strongest = _strongest(effect.strongest) if effect.strongest else [""]
    variants = ""
    for one in effect.variants:
        start = f"{variants}," if variants else "ball step:"
        verb = "" if variants else " fool"
        variants = f"{start} {_VARIANTS[one.direction]}{verb} {percent(one.fooling_rate)}"
    sentences = ["; ".join(filter(None, (words, variants))) for words in strongest]
    return next(filter(_fits, sentences), sentences[-1])


def _strongest(strongest: Strongest) -> list[str]:
    """Say which attack lowers the margin most, in words and in fewer words."""
    fall, same = number(strongest.margin_fall, "z.1f"), f"at SSIM {strongest.mean_ssim:g}"
    lowers = f"{same} {cut(strongest.attack)} lowers the margin"
    if strongest.margin_fall <= 0:
        return [f"{same} no attack lowers the margin"]
    if strongest.among == 1:
        return [f"{lowers} by {fall}"]
    if strongest.ball is None:
        return [f"{lowers} most ({fall})"]
    ball = f"{cut(strongest.ball)} {number(strongest.ball_fall, 'z.1f')}"
    return [f"{lowers} most ({fall}; {ball})", f"{lowers} most ({fall})"]


def _proof(proof: Proof) -> str:
    whose = "ball steps" if proof.all_of_ball else f"steps of {_named(proof.attacks, 3)}"
    last = "last " if proof.last_step else ""
    return (
        f"{last}{whose}: on average within {_bound(proof.gap)} of the {_MODELS[proof.model]} "
        "model's best"
    )


def _bound(gap: float) -> str:
    """Return a gap in percent, rounded up to two decimals, at least 0.01 %."""
    return f"{max(1, math.ceil(round(1e4 * gap, 6))) / 100:g} %"


def _limits(answer: Answer) -> str:
    scenes = ["generated scenes"] if answer.subject.dataset == "demo" else []
    size = [] if answer.cells is None else [f"CAMs of {answer.cells[0]} x {answer.cells[1]} cells"]
    inference = answer.inference
    reason = f" ({inference.reason})" if inference.units == "classes" else ""
    return "; ".join(["one network", *scenes, *size, f"tests over {inference.units}{reason}"])
