"""The findings of the answer, one sentence each, with the tables that decide it.

Text, page and explorer all take their sentences from here, so they cannot differ. "Clearly" means
that the interval of a difference excludes 0.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ssimball.report.answer.model import Answer
from ssimball.report.answer.parts import (
    ClassPart,
    Confined,
    Estimate,
    Learned,
    Noise,
    Proof,
    Strongest,
    Variant,
)
from ssimball.report.answer.place import place_sentence
from ssimball.report.answer.words import cut, first_that_fits, named, percent
from ssimball.report.text.formatting import number, signed
from ssimball.storage.contracts.region_names import (
    ALL_BUT_TOP_CAM,
    BOTTOM_CAM,
    RANDOM,
    TOP_CAM,
    TOP_GRADIENT,
)

_LAYERS = {"0": "trained", "1": "head", "all": "all"}
_VARIANTS = {
    "permuted_signs": "signs shuffled",
    "sign_only": "signs alone",
    "rolled_magnitude": "sizes moved",
}


@dataclass(frozen=True)
class Finding:
    """One finding in words.

    Attributes:
        label: what it is about, in one word.
        sentence: what was found, without a full stop.
        tables: names of the tables that decide it.
    """

    label: str
    sentence: str
    tables: tuple[str, ...] = ()


def findings(answer: Answer) -> list[Finding]:
    """Return the findings of an answer; what was not measured has none.

    Lists of names are shortened to "and n more" where the sentence would be too long.
    """
    names = answer.names
    class_part, learned, noise = answer.class_part, answer.learned, answer.noise
    strongest, proof, confined = answer.strongest, answer.proof, answer.confined
    found = [
        Finding("Place", place_sentence(answer), ("primary",)),
        Finding("Class", (class_part and _class_part(class_part, names)) or "", ("summary",)),
        Finding("Learned", (learned and _learned(learned, names)) or "", ("randomised",)),
        Finding("Signs", _variants(answer.variants, names), ("primary", "summary")),
        Finding("Effect", (strongest and _strongest(strongest, names)) or "", ("summary",)),
        Finding("Regions", (confined and _confined(confined, names)) or "", ("region_test",)),
        Finding("Least", (confined and _least(confined)) or "", ("region_test",)),
        Finding("Noise", (noise and _noise(noise)) or "", ("region_noise",)),
        Finding("Proof", (proof and _proof(proof, names)) or "", ("summary",)),
        Finding("Limits", _limits(answer)),
        Finding("Warning", answer.top1_warning or ""),
    ]
    return [finding for finding in found if finding.sentence]


def _clearly(difference: Estimate) -> str:
    """Say on which side of 0 the interval of a difference is; it must have one."""
    if (difference.high or 0) < 0:
        return "clearly below"
    return "clearly above" if (difference.low or 0) > 0 else "not clearly above"


def _class_part(part: ClassPart, names: Mapping[str, str]) -> str:
    """Compare the CAM of the true class with those of other classes."""
    compared = {"the runner-up's": part.runner_up, "the next eight classes'": part.top_ten}
    known = {whose: value for whose, value in compared.items() if value}
    name = cut(names[part.attack])
    less = [f"less {whose} {signed(value.value)}" for whose, value in known.items()]
    short = f"{name}: overlap with the true class's CAM {', '.join(less)}"
    if any(value.low is None or value.high is None for value in known.values()):
        return short
    clear = [f"{_clearly(value)} {whose} ({signed(value.value)})" for whose, value in known.items()]
    return first_that_fits([f"{name}: overlap with the true class's CAM {', '.join(clear)}", short])


def _learned(learned: Learned, names: Mapping[str, str]) -> str:
    own, *levels = [
        f"{_LAYERS.get(one.layers, f'{one.layers} layers')} {signed(one.overlap.value)}"
        for one in learned.networks
    ]
    start = f"{cut(names[learned.attack])}: {own}; random "
    lists = [", ".join(some) for some in (levels, [levels[0], "…", levels[-1]])]
    why = _what_it_needs(learned)
    return first_that_fits([start + some + end for end in (why, "") for some in lists])


def _what_it_needs(learned: Learned) -> str:
    """Say what the overlap needs, where intervals decide it."""
    overlaps = {one.layers: one.overlap for one in learned.networks}
    above = {layers: (value.low or 0) > 0 for layers, value in overlaps.items()}
    if not above.get("0") or overlaps.get("all", Estimate(value=0)).low is None:
        return ""
    if above["all"]:
        return ": a part needs no training"
    if (overlaps["all"].high or 0) >= (overlaps["0"].low or 0):
        return ""
    head = ", not a trained head" if above.get("1") else ""
    return f": it needs trained features{head}"


def _variants(variants: Sequence[Variant], names: Mapping[str, str]) -> str:
    """Give overlap and fooling of the ball's step, whole and with a part of it destroyed."""
    if not variants:
        return ""
    pairs = [
        (
            _VARIANTS.get(one.direction) or cut(names[one.attack]),
            number(one.overlap, "+z.2f"),
            percent(one.fooling_rate),
        )
        for one in variants
    ]
    short = "; ".join(f"{name} {overlap}, {fooled}" for name, overlap, fooled in pairs)
    short = f"overlap, fools: {short}"
    if variants[0].direction in _VARIANTS:
        return short
    (name, overlap, fooled), *others = pairs
    rest = ", ".join(f"{other} {place} and {share}" for other, place, share in others)
    return first_that_fits(
        [f"{name} overlaps by {overlap} and fools {fooled}; with its {rest}", short]
    )


def _strongest(strongest: Strongest, names: Mapping[str, str]) -> str:
    """Say which attack lowers the margin most, in one line."""
    fall, same = number(strongest.margin_fall, "z.1f"), f"at SSIM {strongest.mean_ssim:g}"
    lowers = f"{same} {cut(names[strongest.attack])} lowers the margin"
    if strongest.margin_fall <= 0:
        return f"{same} no attack lowers the margin"
    if strongest.among == 1:
        return f"{lowers} by {fall}"
    if strongest.ball is None:
        return f"{lowers} most ({fall})"
    ball = f"{cut(names[strongest.ball])} {number(strongest.ball_fall, 'z.1f')}"
    return first_that_fits([f"{lowers} most ({fall}; {ball})", f"{lowers} most ({fall})"], 1)


def _confined(confined: Confined, names: Mapping[str, str]) -> str:
    """Say how far the attack lowers the margin inside the CAM and elsewhere, and what it fools."""
    titles = {
        **{TOP_CAM: "top CAM", TOP_GRADIENT: "large gradients"},
        **{RANDOM: "random", ALL_BUT_TOP_CAM: "all but the CAM"},
    }
    found = {one.region: one for one in confined.regions}
    known = {
        name: f"{title} {number(found[name].margin_fall.value, 'z.1f')}"
        for name, title in titles.items()
        if name in found
    }
    fooled = {name: f"{text} ({percent(found[name].fooling_rate)})" for name, text in known.items()}
    start = f"confined, {cut(names[confined.attack])} lowers the margin (fools): "
    lists = [fooled, {name: text for name, text in fooled.items() if name != TOP_GRADIENT}, known]
    return first_that_fits([start + ", ".join(texts.values()) for texts in lists])


def _least(confined: Confined) -> str:
    """Say how much distortion near-optimal perturbations must spend inside the CAM."""
    least = {one.region: one.least_low for one in confined.regions}
    cam, random = least.get(TOP_CAM), least.get(RANDOM)
    if cam is None or random is None or confined.least_share is None:
        return ""
    best, inside, elsewhere = f"{confined.least_share:.0%}", f"{cam:.1%}", f"{random:.1%}"
    shares = f"{inside} of the budget in the CAM (random {elsewhere})"
    return f"for {best} of the best, {shares}".replace("%", " %")


def _noise(noise: Noise) -> str:
    """Say where noise without an attack lowers the margin most; not at gradients without room."""
    falls = {one.region: number(one.margin_fall.value, "z.1f") for one in noise.regions}
    titles = {
        **{TOP_CAM: "top CAM", TOP_GRADIENT: "large gradients"},
        **{RANDOM: "random", BOTTOM_CAM: "lowest CAM"},
    }
    sentences = (
        "noise alone lowers the margin: "
        + ", ".join(
            f"{titles[name]} {falls[name]}" for name in titles if name in falls and name != left
        )
        for left in (None, TOP_GRADIENT)
    )
    return first_that_fits(sentences, 1)


def _proof(proof: Proof, names: Mapping[str, str]) -> str:
    """Say what the certificates bound: the linearised loss, in the convex model of the ball.

    In the true ball only the best is known to a bracket; no gap of the steps is.
    """
    listed = [names[attack] for attack in proof.attacks]
    whose = "" if proof.all_of_ball else f" of {named(listed, 2)}"
    gap = f"{_bound(proof.gap)} in model {proof.model}"
    if proof.bracket is None:
        return f"gap{whose} to the best linear step: {gap}"
    bracket = f"bracket {_bound(proof.bracket)} in true ball"
    return f"best linear step{whose}: gap {gap}, {bracket}"


def _bound(gap: float) -> str:
    """Return a gap in percent, rounded up to two decimals, at least 0.01 %."""
    return f"{max(1, math.ceil(round(1e4 * gap, 6))) / 100:g} %"


def _limits(answer: Answer) -> str:
    scenes = ["generated scenes"] if answer.subject.dataset == "demo" else []
    size = [] if answer.cells is None else [f"{answer.cells[0]} x {answer.cells[1]} cells"]
    cam = [] if answer.exact_cam else ["CAM not exact: Grad-CAM"]
    inference = answer.inference
    reason = f" ({inference.reason})" if inference.units == "classes" else ""
    chosen = ["ball chosen after looking"] if answer.default_ball else []
    tests = f"tests over {inference.units}{reason}"
    return "; ".join(["one network", *scenes, *size, *cam, tests, *chosen])
