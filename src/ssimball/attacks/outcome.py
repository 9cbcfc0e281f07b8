"""The outcome of an attack on one image, and its row in the ``attacks`` table."""

from dataclasses import asdict, dataclass
from typing import Any

from ssimball.attacks.comparison import StoredImage
from ssimball.attacks.judging import Judgement
from ssimball.attacks.linear_radius import LinearRadius
from ssimball.attacks.task import Subject
from ssimball.ball.bracket.bracket import Bracket
from ssimball.ball.certificate import Certificate
from ssimball.ball.scope import StoredAs
from ssimball.storage.status import Status

Row = dict[str, Any]


@dataclass(frozen=True)
class Usage:
    """What an attack cost.

    Attributes:
        seconds: wall-clock time.
        forward_passes: images sent through the network.
        backward_passes: images whose gradient was computed.
    """

    seconds: float
    forward_passes: float
    backward_passes: float

    def per_image(self, images: int) -> "Usage":
        """Return the mean over a number of images."""
        return Usage(
            self.seconds / images, self.forward_passes / images, self.backward_passes / images
        )

    def __add__(self, other: "Usage") -> "Usage":
        """Return the sum of both."""
        return Usage(
            self.seconds + other.seconds,
            self.forward_passes + other.forward_passes,
            self.backward_passes + other.backward_passes,
        )


@dataclass(frozen=True)
class NoImage:
    """An image for which nothing is stored but the reason: it was skipped, or the attack failed."""

    subject: Subject
    status: Status


@dataclass(frozen=True)
class AttackedImage:
    """An image for which an adversarial image is stored.

    Attributes:
        subject: the clean image.
        target: the class to reach; None for any class other than the label.
        status: ``attacked``, ``unchanged`` or ``not found``.
        stored: the stored image and the run of the attack that it comes from.
        png: the stored image, encoded.
        judgement: what the network and the similarity measures say about it.
        usage: the cost of all runs of the attack on this image.
        bracket: of the stored image's linear problem, where the settings ask for it.
        linear_radius: the smallest radius at which the linearised margin turns, beside a smallest
            budget.
    """

    subject: Subject
    target: int | None
    status: Status
    stored: StoredImage
    png: bytes
    judgement: Judgement
    usage: Usage
    bracket: Bracket | None = None
    linear_radius: LinearRadius | None = None


def row_of(outcome: AttackedImage | NoImage) -> Row:
    """Return the row of the ``attacks`` contract for one image; absent columns are null."""
    subject = outcome.subject
    identity = {
        "image_id": subject.image_id,
        "label": subject.label,
        "status": str(outcome.status),
    }
    if isinstance(outcome, NoImage):
        return identity
    stored = outcome.stored
    return {
        **identity,
        "target": outcome.target,
        "clean_margin": subject.margin,
        "predicted": outcome.judgement.predicted,
        "success": outcome.judgement.success,
        "margin": outcome.judgement.margin,
        **outcome.judgement.quality,
        "scale": stored.scale,
        "dithered": stored.dithered,
        "budget": stored.budget,
        "matched": stored.matched,
        "adversarial_png": outcome.png,
        **asdict(outcome.usage),
        **({} if stored.search is None else asdict(stored.search)),
        **_solver_columns(stored),
        **({} if outcome.bracket is None else _bracket_columns(outcome.bracket)),
        **({} if outcome.linear_radius is None else _radius_columns(outcome.linear_radius)),
    }


def _solver_columns(stored: StoredImage) -> Row:
    """Return what the row says about the linear subproblems behind a stored image."""
    result, columns = stored.result, dict[str, Any]()
    if result.certificate is not None:
        columns |= _certificate_columns(result.certificate) | _scope_columns(stored)
    if result.step_gaps is not None:
        columns["step_gaps"] = result.step_gaps[0].tolist()
    for report in result.solver_reports:
        columns |= {
            "solver": report.solver,
            "solver_status": report.status,
            "solve_seconds": report.seconds,
            "solve_memory_mb": report.memory_mb,
        }
    return columns


def _certificate_columns(certificate: Certificate) -> Row:
    """Return the columns of a certificate, which is that of one image."""
    tangent, windows = certificate.proof.tangent, certificate.proof.windows
    return {
        "primal": float(certificate.primal),
        "dual": float(certificate.dual),
        "gap": float(certificate.gap),
        "multiplier": float(certificate.proof.multiplier),
        "iterations": int(certificate.iterations),
        "stopped": certificate.stopped[0].value,
        "gradient": certificate.gradient[0].cpu().numpy(),
        "perturbation": certificate.perturbation[0].cpu().numpy(),
        "tangent": None if tangent is None else tangent[0].cpu().numpy(),
        "window_multipliers": None if windows is None else windows[0].cpu().numpy(),
    }


def _scope_columns(stored: StoredImage) -> Row:
    """Return what the row says a certificate covers, and how the first step compares."""
    result = stored.result
    assert result.certificate is not None and result.certificate.scope is not None
    scope = result.certificate.scope
    columns: Row = {
        "certified_model": scope.model.value,
        "certified_boundary": scope.boundary,
        "certified_step": scope.step,
        "steps": scope.steps,
        "stored_as": StoredAs.of(scope.steps, stored.scale, stored.dithered).value,
    }
    if scope.steps > 1 and result.first is not None:
        columns |= {
            "first_dual": float(result.first.certificate.dual),
            "first_value": float(result.first.value),
            "iterate": result.first.iterate[0].cpu().numpy(),
        }
    return columns


def _radius_columns(radius: LinearRadius) -> Row:
    """Return the columns of a linear radius."""
    bracket = radius.bracket
    return {
        "linear_margin": radius.margin,
        "linear_epsilon_lower": bracket and bracket.lower,
        "linear_epsilon_upper": bracket and bracket.upper,
    }


def _bracket_columns(bracket: Bracket) -> Row:
    """Return the columns of a bracket, which is that of one image."""
    return {
        "bracket_lower": float(bracket.lower),
        "bracket_upper": float(bracket.upper),
        "bracket_ratio": float(bracket.ratio),
        "bracket_scale": float(bracket.scale),
        "bracket_multiplier": float(bracket.multiplier),
        "bracket_point": bracket.point[0].numpy(),
        "bracket_tangent": bracket.tangent[0].numpy(),
    }
