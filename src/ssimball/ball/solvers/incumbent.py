"""The incumbent of an iteration: for each image the best perturbation and bound so far."""

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from ssimball.ball.ball import Ball
from ssimball.ball.certificate import BoundedPoint, Proof, bounds, relative_gap
from ssimball.ball.feasible import make_feasible
from ssimball.ball.quadratic import inner


def improved(
    ball: Ball,
    incumbent: BoundedPoint,
    proof: Proof,
    candidates: Sequence[Tensor],
    gap: float,
    last: bool,
) -> BoundedPoint:
    """Improve the incumbent by another bound and other perturbations.

    Images whose gap is closed stay as they are, so that none depends on its batch.

    Args:
        ball: the ball.
        incumbent: the best perturbation and bound of each image so far.
        proof: with its tangent, at which its bound is taken.
        candidates: perturbations (B, C, H, W) that need not be feasible; they are made feasible
            where that may pay.
        gap: relative duality gap to reach.
        last: whether this is the last call; every candidate is tried then.
    """
    _, dual, _ = bounds(ball, incumbent.gradient, incumbent.perturbation, proof)
    incumbent = _with_proof(incumbent, proof, dual, incumbent.gap > gap)
    for d in candidates:
        unsolved = incumbent.gap > gap
        # Making it feasible costs primal value: useless while the gap is open even without that.
        promising = inner(incumbent.gradient.double(), d) >= (1 - gap) * incumbent.dual
        tried = unsolved if last else unsolved & promising
        if bool(tried.any()):
            incumbent = _with_perturbation(ball, incumbent, d, tried)
    return incumbent


def _with_proof(
    incumbent: BoundedPoint, proof: Proof, dual: Tensor, unsolved: Tensor
) -> BoundedPoint:
    """Take the better bound for each image that is not solved."""
    better = unsolved & (dual < incumbent.dual)

    def pick(new: Tensor | None, old: Tensor | None) -> Tensor | None:
        return None if new is None or old is None else _pick(better, new, old)

    proof = Proof(
        _pick(better, proof.multiplier, incumbent.proof.multiplier),
        pick(proof.windows, incumbent.proof.windows),
        pick(proof.tangent, incumbent.proof.tangent),
    )
    dual = torch.where(better, dual, incumbent.dual)
    return _with_gap(replace(incumbent, proof=proof, dual=dual))


def _with_perturbation(
    ball: Ball, incumbent: BoundedPoint, d: Tensor, tried: Tensor
) -> BoundedPoint:
    """Take the better perturbation for each image that is tried."""
    feasible, _ = make_feasible(ball, d)
    primal = inner(incumbent.gradient.double(), feasible.double())
    better = tried & (primal > incumbent.primal)
    perturbation = _pick(better, feasible, incumbent.perturbation)
    primal = torch.where(better, primal, incumbent.primal)
    return _with_gap(replace(incumbent, perturbation=perturbation, primal=primal))


def _pick(better: Tensor, new: Tensor, old: Tensor) -> Tensor:
    """Return ``new`` for the images where ``better`` holds, ``old`` for the others."""
    return torch.where(better.reshape(-1, *[1] * (new.ndim - 1)), new, old)


def _with_gap(point: BoundedPoint) -> BoundedPoint:
    return replace(point, gap=relative_gap(point.primal, point.dual))
