"""The finding about place in words: for which attacks the distortion lies on the CAM."""

from collections.abc import Mapping, Sequence

from ssimball.report.answer.model import Answer
from ssimball.report.answer.parts import Needed, Place
from ssimball.report.answer.words import cut, estimate, first_that_fits, named


def place_sentence(answer: Answer) -> str:
    """Say for which attacks the distortion lies on the CAM, or why that is not known."""
    place = answer.place
    if not answer.rows(controls=False):
        return "the run has controls only, no attack"
    if answer.subject.correct == 0:
        return "no image is classified correctly, so none was attacked"
    if place.needed:
        return _undecided(place.needed, answer)
    lengths = (12, 8, 6, 5, 4, 3, 2, 1, 0)
    return first_that_fits(_place(place, answer.names, most) for most in lengths)


def _place(place: Place, names: Mapping[str, str], most: int) -> str:
    """Say for which attacks the distortion lies on the CAM, with so many names in each list."""

    def listed(attacks: Sequence[str]) -> str:
        return named([names[attack] for attack in attacks], most)

    parts = []
    if place.more:
        parts.append(f"on the CAM more than chance: {listed(place.more)}")
    if place.less:
        less = "less" if place.more else "on the CAM less than chance"
        parts.append(f"{less}: {listed(place.less)}")
    if place.unclear:
        parts.append(f"not significant: {listed(place.unclear)}")
    if place.undecided:
        parts.append(f"too few for a test: {listed(place.undecided)}")
    if place.unmeasured:
        why = f" ({cut(place.reason, 40)})" if place.reason and not parts else ""
        parts.append(f"not measured: {listed(place.unmeasured)}{why}")
    return "; ".join(parts)


def _undecided(needed: Needed, answer: Answer) -> str:
    found = f"{cut(answer.names[needed.attack])} {estimate(needed.overlap)}"
    images = "" if needed.images is None else f"; some {needed.images} images would show it"
    return f"too few {answer.inference.units} for a test. {found}{images}"
