"""Make the answer from the rows of a run's tables."""

from collections.abc import Sequence
from dataclasses import dataclass

from ssimball.config.stages.answer import AnsweredAttack, AnswerStage
from ssimball.overlap.metric import PARTIAL_CAM
from ssimball.report.answer import model
from ssimball.report.answer.findings import (
    class_part_of,
    confined_of,
    learned_of,
    noise_of,
    place_of,
    proof_of,
    strongest_of,
    variants_of,
)
from ssimball.report.answer.parts import Estimate
from ssimball.report.text.estimates import FOOLING_RATE, MEAN_SSIM, Summary
from ssimball.report.text.formatting import Row, none_if_nan
from ssimball.statistics.primary import Verdict


@dataclass(frozen=True)
class AnswerSources:
    """What the answer is made from.

    Attributes:
        images: number of images of the run.
        correct: number of them that the network classifies correctly.
        cells: height and width of the CAM; None where no image has one.
        primary: rows of contracts.overlap.PRIMARY.
        summary: rows of contracts.overlap.SUMMARY.
        randomised: rows of contracts.randomised.RANDOMISED; empty where the run has none.
        region_noise: rows of contracts.region_noise.REGION_NOISE_SUMMARY; empty likewise.
        region_test: rows of contracts.region_test.REGION_TEST_SUMMARY; empty likewise.
        exact_cam: whether the CAM is exact, see contracts.maps.EXPLANATIONS.
        top1_warning: says that the network classifies implausibly few images correctly, if so.
    """

    images: int
    correct: int
    cells: tuple[int, int] | None
    primary: Sequence[Row]
    summary: Sequence[Row]
    randomised: Sequence[Row] = ()
    region_noise: Sequence[Row] = ()
    region_test: Sequence[Row] = ()
    exact_cam: bool = True
    top1_warning: str | None = None


def build_answer(sources: AnswerSources, stage: AnswerStage) -> model.Answer:
    """Make the answer of a run.

    Args:
        sources: the rows of its tables.
        stage: what the configuration says of data set, network and attacks.
    """
    primary = {row["attack"]: row for row in sources.primary}
    summary = Summary.from_rows(sources.summary)
    ordered = sorted(stage.attacks, key=lambda attack: attack.is_control)
    rows = tuple(_attack_row(attack, primary[attack.name], summary) for attack in ordered)
    return model.Answer(
        subject=_subject(sources, stage),
        inference=_inference(sources.primary, stage.confidence),
        attacks=rows,
        place=place_of(rows, primary, stage),
        class_part=class_part_of(summary, stage),
        learned=learned_of(sources.randomised),
        strongest=strongest_of(rows, stage),
        variants=variants_of(rows, stage),
        confined=confined_of(sources.region_test, stage),
        noise=noise_of(sources.region_noise, stage),
        proof=proof_of(summary, stage),
        cells=sources.cells,
        exact_cam=sources.exact_cam,
        top1_warning=sources.top1_warning,
        default_ball=stage.default_ball,
    )


def _subject(sources: AnswerSources, stage: AnswerStage) -> model.Subject:
    comparison = stage.comparison
    same_ssim = comparison.mode == "matched_quality"
    return model.Subject(
        images=sources.images,
        correct=sources.correct,
        dataset=stage.dataset,
        network=stage.network,
        weights=stage.weights,
        comparison=comparison.mode,
        mean_ssim=comparison.mean_ssim if same_ssim else None,
    )


def _inference(primary: Sequence[Row], confidence: float) -> model.Inference:
    return model.Inference(
        tests=sum(none_if_nan(row["p"]) is not None for row in primary),
        level=round(1 - confidence, 12),
        units=primary[0]["unit_kind"],
        reason=primary[0]["unit_reason"],
    )


def _attack_row(attack: AnsweredAttack, primary: Row, summary: Summary) -> model.AttackRow:
    def mean(quantity: str) -> float | None:
        return summary.estimate(attack.name, quantity).mean

    clean, attacked = mean("clean_margin"), mean("margin")
    return model.AttackRow(
        attack=attack.name,
        display_name=attack.display_name,
        is_control=attack.is_control,
        fooling_rate=mean(FOOLING_RATE),
        mean_ssim=mean(MEAN_SSIM),
        margin_fall=None if clean is None or attacked is None else clean - attacked,
        overlap=_overlap(primary),
        verdict=Verdict(primary["verdict"]),
        partial=summary.estimate(attack.name, PARTIAL_CAM).difference,
    )


def _overlap(primary: Row) -> Estimate | None:
    value = none_if_nan(primary["effect"])
    if value is None:
        return None
    low, high = none_if_nan(primary["ci_low"]), none_if_nan(primary["ci_high"])
    return Estimate(value=value, low=low, high=high)
