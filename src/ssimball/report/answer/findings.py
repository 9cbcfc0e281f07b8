"""The findings of the answer, each from the numbers that decide it."""

from collections.abc import Mapping, Sequence

from ssimball.config.stages.answer import AnsweredAttack, AnswerStage
from ssimball.overlap.metric import SPEARMAN_CAM, Metric, quantity_of
from ssimball.report.answer import model
from ssimball.report.text.estimates import Estimate, Summary
from ssimball.report.text.formatting import Row, none_if_nan
from ssimball.statistics.primary import Verdict
from ssimball.storage.contracts.class_roles import RUNNER_UP, TOP_TEN

#: Direction of the image's own gradient.
OWN = "own"
#: Controls of the ball's step that keep a part of the gradient.
_VARIANTS = ("permuted_signs", "sign_only", "rolled_magnitude")
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
    rows: Sequence[model.AttackRow], primary: Mapping[str, Row], stage: AnswerStage
) -> model.Place:
    """Sort the attacks by the verdict of their test.

    Args:
        rows: attacks and controls; controls are left out.
        primary: rows of contracts.overlap.PRIMARY by attack.
        stage: which attacks are in the SSIM ball.
    """
    attacks = [row for row in rows if not row.is_control]
    names: dict[str, list[str]] = {}
    for row in attacks:
        field = "unmeasured" if row.overlap is None else _FIELDS[row.verdict]
        names.setdefault(field, []).append(row.attack)
    decided = names.keys() & {"more", "less", "unclear"}
    reasons = [primary[name]["reason"] for name in names.get("unmeasured", [])]
    return model.Place(
        **{field: tuple(found) for field, found in names.items()},
        reason=next((str(reason) for reason in reasons if reason), None),
        needed=None if decided else _needed(attacks, primary, stage),
    )


def _needed(
    attacks: Sequence[model.AttackRow], primary: Mapping[str, Row], stage: AnswerStage
) -> model.Needed | None:
    """Return what it would take for the first attack in the ball, or for the first attack."""
    balls = {attack.name for attack in in_ball(stage)}
    for row in sorted(attacks, key=lambda row: row.attack not in balls):
        if row.overlap is not None:
            images = none_if_nan(primary[row.attack]["images_needed"])
            needed = None if images is None else int(images)
            return model.Needed(attack=row.attack, overlap=row.overlap, images=needed)
    return None


def class_part_of(summary: Summary, stage: AnswerStage) -> model.ClassPart | None:
    """Return the class-specific part of the first attack in the ball, or of the first attack."""
    attacks = sorted(stage.attacks, key=lambda attack: (attack.is_control, attack.direction != OWN))
    name = attacks[0].name
    runner_up, top_ten = (
        _mean(summary.estimate(name, Metric(f"over_{role}", "cam")))
        for role in (RUNNER_UP, TOP_TEN)
    )
    if attacks[0].is_control or runner_up is None:
        return None
    return model.ClassPart(attack=name, runner_up=runner_up, top_ten=top_ten)


def _mean(estimate: Estimate) -> model.Estimate | None:
    if estimate.mean is None:
        return None
    return model.Estimate(value=estimate.mean, low=estimate.ci_low, high=estimate.ci_high)


def learned_of(randomised: Sequence[Row]) -> model.Learned | None:
    """Return the overlap by network; None where fewer than two networks have any.

    Args:
        randomised: rows of contracts.randomised.RANDOMISED, the run's own network first.
    """
    networks = [
        model.NetworkOverlap(
            layers=row["layers"],
            overlap=model.Estimate(
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
    return model.Learned(attack=randomised[0]["attack"], networks=tuple(networks))


def effect_of(rows: Sequence[model.AttackRow], stage: AnswerStage) -> model.Effect | None:
    """Return what lowers the margin most and what fools; None where there is neither."""
    strongest, by_name = _strongest(rows, stage), {row.attack: row for row in rows}
    controls = [
        next((one for one in stage.attacks if one.direction == kind), None) for kind in _VARIANTS
    ]
    variants = tuple(
        model.Variant(attack=control.name, direction=str(control.direction), fooling_rate=rate)
        for control in controls
        if control is not None and (rate := by_name[control.name].fooling_rate) is not None
    )
    if strongest is None and not variants:
        return None
    return model.Effect(strongest=strongest, variants=variants)


def _strongest(rows: Sequence[model.AttackRow], stage: AnswerStage) -> model.Strongest | None:
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
    return model.Strongest(
        attack=attack,
        margin_fall=falls[attack],
        among=len(falls),
        mean_ssim=target,
        ball=ball,
        ball_fall=None if ball is None else falls[ball],
    )


def proof_of(summary: Summary, stage: AnswerStage) -> model.Proof | None:
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
    return model.Proof(
        attacks=tuple(attack.name for attack, _ in alike),
        all_of_ball=len(alike) == len(in_ball(stage)),
        model=kind,
        last_step=any((attack.steps or 1) > 1 for attack, _ in alike),
        gap=max(gap for _, gap in alike),
    )
