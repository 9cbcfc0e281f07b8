"""The best certificate that an iteration has come across, image by image."""

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from ssimball.ball.ball import Ball
from ssimball.ball.certificate import Certificate, Proof, bounds, relative_gap
from ssimball.ball.feasible import make_feasible
from ssimball.ball.quadratic import inner


def improved(
    ball: Ball,
    best: Certificate,
    proof: Proof,
    candidates: Sequence[Tensor],
    gap: float,
    last: bool,
) -> Certificate:
    """The best certificate so far with another bound and other perturbations.

    Images whose gap is closed stay as they are, so that none depends on its batch.

    Args:
        best: of each image, so far.
        proof: taken at its tangent.
        candidates: perturbations (B, C, H, W), not feasible yet; made so where that may pay.
        gap: relative duality gap that is asked for.
        last: whether there will be no other: then every candidate is tried.
    """
    _, dual, _ = bounds(ball, best.gradient, best.perturbation, proof)
    best = _with_proof(best, proof, dual, best.gap > gap)
    for d in candidates:
        unsolved = best.gap > gap
        # Making it feasible costs primal value: no use while even without that the gap is open.
        promising = inner(best.gradient.double(), d) >= (1 - gap) * best.dual
        tried = unsolved if last else unsolved & promising
        if bool(tried.any()):
            best = _with_perturbation(ball, best, d, tried)
    return best


def _with_proof(best: Certificate, proof: Proof, dual: Tensor, unsolved: Tensor) -> Certificate:
    """The better bound for each image that is not solved."""
    less = unsolved & (dual < best.dual)

    def pick(one: Tensor | None, other: Tensor | None) -> Tensor | None:
        return None if one is None or other is None else _pick(less, one, other)

    proof = Proof(
        _pick(less, proof.multiplier, best.proof.multiplier),
        pick(proof.windows, best.proof.windows),
        pick(proof.tangent, best.proof.tangent),
    )
    return _with_gap(replace(best, proof=proof, dual=torch.where(less, dual, best.dual)))


def _with_perturbation(ball: Ball, best: Certificate, d: Tensor, tried: Tensor) -> Certificate:
    """The better perturbation for each image that is tried."""
    feasible, _ = make_feasible(ball, d)
    primal = inner(best.gradient.double(), feasible.double())
    more = tried & (primal > best.primal)
    perturbation = _pick(more, feasible, best.perturbation)
    primal = torch.where(more, primal, best.primal)
    return _with_gap(replace(best, perturbation=perturbation, primal=primal))


def _pick(chosen: Tensor, one: Tensor, other: Tensor) -> Tensor:
    return torch.where(chosen.reshape(-1, *[1] * (one.ndim - 1)), one, other)


def _with_gap(found: Certificate) -> Certificate:
    return replace(found, gap=relative_gap(found.primal, found.dual))
