"""The findings of the answer, each from the numbers that decide it."""

from collections.abc import Mapping, Sequence
from typing import Literal

from ssimball.config.stages.answer import AnsweredAttack, AnswerStage
from ssimball.overlap.metric import SPEARMAN_CAM, Metric, quantity_of
from ssimball.report.answer import parts
from ssimball.report.answer.model import AttackRow
from ssimball.report.text.estimates import Estimate, Summary
from ssimball.report.text.formatting import Row, none_if_nan
from ssimball.statistics.primary import Verdict
from ssimball.storage.contracts.class_roles import RUNNER_UP, TOP_TEN

#: Direction of the image's own gradient.
OWN = "own"
#: What the ball's step follows: the whole gradient, or the part that a control keeps.
_VARIANTS: tuple[Literal["own", "permuted_signs", "sign_only", "rolled_magnitude"], ...] = (
    *("own", "permuted_signs", "sign_only", "rolled_magnitude"),
)
_FIELDS = {
    Verdict.ABOVE: "more",
    Verdict.BELOW: "less",
    Verdict.UNCLEAR: "unclear",
    Verdict.TOO_FEW: "undecided",
}


def in_ball(stage: AnswerStage) -> list[AnsweredAttack]:
    """Return the attacks that follow the image's own gradient in the SSIM ball."""
    return [attack for attack in stage.attacks if attack.direction == OWN]


def place_of(
    rows: Sequence[AttackRow], primary: Mapping[str, Row], stage: AnswerStage
) -> parts.Place:
    """Sort the attacks by the verdict of their test, those in the ball first in each list.

    Args:
        rows: attacks and controls; controls are left out.
        primary: rows of contracts.overlap.PRIMARY by attack.
        stage: which attacks are in the SSIM ball.
    """
    balls = {attack.name for attack in in_ball(stage)}
    # Long lists are cut at their end.
    attacks = sorted(
        (row for row in rows if not row.is_control), key=lambda row: row.attack not in balls
    )
    names: dict[str, list[str]] = {}
    for row in attacks:
        field = "unmeasured" if row.overlap is None else _FIELDS[row.verdict]
        names.setdefault(field, []).append(row.attack)
    decided = names.keys() & {"more", "less", "unclear"}
    reasons = [primary[name]["reason"] for name in names.get("unmeasured", [])]
    return parts.Place(
        **{field: tuple(found) for field, found in names.items()},
        reason=next((str(reason) for reason in reasons if reason), None),
        needed=None if decided else _needed(attacks, primary),
    )


def _needed(attacks: Sequence[AttackRow], primary: Mapping[str, Row]) -> parts.Needed | None:
    """Return what it would take for the first attack that has an overlap."""
    for row in attacks:
        if row.overlap is not None:
            images = none_if_nan(primary[row.attack]["images_needed"])
            needed = None if images is None else int(images)
            return parts.Needed(attack=row.attack, overlap=row.overlap, images=needed)
    return None


def class_part_of(summary: Summary, stage: AnswerStage) -> parts.ClassPart | None:
    """Return the class-specific part of the first attack in the ball, or of the first attack."""
    attacks = sorted(stage.attacks, key=lambda attack: (attack.is_control, attack.direction != OWN))
    name = attacks[0].name
    runner_up, top_ten = (
        _mean(summary.estimate(name, Metric(f"over_{role}", "cam")))
        for role in (RUNNER_UP, TOP_TEN)
    )
    if attacks[0].is_control or runner_up is None:
        return None
    return parts.ClassPart(attack=name, runner_up=runner_up, top_ten=top_ten)


def _mean(estimate: Estimate) -> parts.Estimate | None:
    if estimate.mean is None:
        return None
    return parts.Estimate(value=estimate.mean, low=estimate.ci_low, high=estimate.ci_high)


def learned_of(randomised: Sequence[Row]) -> parts.Learned | None:
    """Return the overlap by network; None where fewer than two networks have any.

    Args:
        randomised: rows of contracts.randomised.RANDOMISED, the run's own network first.
    """
    networks = [
        parts.NetworkOverlap(
            layers=row["layers"],
            overlap=parts.Estimate(
                value=difference,
                low=none_if_nan(row["difference_ci_low"]),
                high=none_if_nan(row["difference_ci_high"]),
            ),
        )
        for row in randomised
        if quantity_of(row) == SPEARMAN_CAM
        and (difference := none_if_nan(row["difference"])) is not None
    ]
    if len(networks) < 2:
        return None
    return parts.Learned(attack=randomised[0]["attack"], networks=tuple(networks))


def variants_of(rows: Sequence[AttackRow], stage: AnswerStage) -> tuple[parts.Variant, ...]:
    """Return the ball's step and the controls that destroy a part of its gradient.

    Empty where no control has attacked an image. The step itself is the first attack in the ball
    with one step; it is missing where there is none.
    """
    by_name = {row.attack: row for row in rows}
    # Controls have one step.
    steps = [attack for attack in stage.attacks if attack.steps == 1]
    found = [next((one for one in steps if one.direction == kind), None) for kind in _VARIANTS]
    variants = tuple(
        parts.Variant(
            attack=one.name,
            direction=kind,
            overlap=None if row.overlap is None else row.overlap.value,
            fooling_rate=row.fooling_rate,
        )
        for kind, one in zip(_VARIANTS, found, strict=True)
        if one is not None and (row := by_name[one.name]).fooling_rate is not None
    )
    return variants if any(one.direction != OWN for one in variants) else ()


def noise_of(rows: Sequence[Row], stage: AnswerStage) -> parts.Noise | None:
    """Return the falls of the margin by region; None where no image has any.

    Args:
        rows: rows of contracts.region_noise.REGION_NOISE_SUMMARY.
        stage: the standard deviation of the noise.
    """
    regions = tuple(
        parts.RegionFall(
            region=row["region"], margin_fall=fall, over_random=_columns(row, "over_random")
        )
        for row in rows
        if (fall := _columns(row, "margin_fall")) is not None
    )
    if not regions or stage.noise_sigma is None:
        return None
    return parts.Noise(sigma=stage.noise_sigma, regions=regions)


_CERTIFIED = ("share_low", "share_high", "spent_inside", "least_low", "least_high")


def confined_of(rows: Sequence[Row], stage: AnswerStage) -> parts.Confined | None:
    """Return what the confined attack does by region; None where no image has any value.

    Args:
        rows: rows of contracts.region_test.REGION_TEST_SUMMARY.
        stage: the attack and the common mean SSIM.
    """
    regions = tuple(
        parts.ConfinedFall(
            region=row["region"],
            margin_fall=fall,
            over_random=_columns(row, "over_random"),
            **{name: none_if_nan(row[name]) for name in _CERTIFIED},
            **{name: row[name] for name in ("fooling_rate", "matched_rate")},
        )
        for row in rows
        if (fall := _columns(row, "margin_fall")) is not None
    )
    attack, mean_ssim = stage.confined, stage.confined_mean_ssim
    if not regions or attack is None or mean_ssim is None:
        return None
    return parts.Confined(
        attack=attack, mean_ssim=mean_ssim, least_share=stage.least_share, regions=regions
    )


def _columns(row: Row, name: str) -> parts.Estimate | None:
    """Read a mean and its interval; None where there is no mean."""
    value, low, high = (none_if_nan(row[f"{name}{end}"]) for end in ("", "_low", "_high"))
    return None if value is None else parts.Estimate(value=value, low=low, high=high)


def strongest_of(rows: Sequence[AttackRow], stage: AnswerStage) -> parts.Strongest | None:
    """Compare falls of the margin among the attacks whose mean SSIM is the common one."""
    target, tolerance = stage.comparison.mean_ssim, stage.comparison.tolerance
    falls = {
        row.attack: row.margin_fall
        for row in rows
        if not row.is_control
        and row.margin_fall is not None
        and row.mean_ssim is not None
        and abs(row.mean_ssim - target) <= tolerance
    }
    if stage.comparison.mode != "matched_quality" or not falls:
        return None
    attack = max(falls, key=lambda name: falls[name])
    balls = [ball.name for ball in in_ball(stage) if ball.name in falls]
    ball = max(balls, key=lambda name: falls[name]) if balls and attack not in balls else None
    return parts.Strongest(
        attack=attack,
        margin_fall=falls[attack],
        among=len(falls),
        mean_ssim=target,
        ball=ball,
        ball_fall=None if ball is None else falls[ball],
    )


def proof_of(summary: Summary, stage: AnswerStage) -> parts.Proof | None:
    """Return the largest mean gap of the attacks that share the model of the first one."""
    proved = [
        (attack, gap)
        for attack in in_ball(stage)
        if (gap := summary.estimate(attack.name, "gap").mean) is not None
    ]
    kind = next((attack.model for attack, _ in proved), None)
    if kind is None:
        return None
    alike = [(attack, gap) for attack, gap in proved if attack.model == kind]
    ratios = [summary.estimate(attack.name, "bracket_ratio").mean for attack, _ in alike]
    return parts.Proof(
        attacks=tuple(attack.name for attack, _ in alike),
        all_of_ball=len(alike) == len(in_ball(stage)),
        model=kind,
        last_step=any((attack.steps or 1) > 1 for attack, _ in alike),
        gap=max(gap for _, gap in alike),
        bracket=max((1 - ratio for ratio in ratios if ratio is not None), default=None),
    )
