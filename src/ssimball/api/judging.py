"""Round adversarial images to 8 bits within the bound, and let the network classify them."""

from typing import Any

import torch
from torch import Tensor

from ssimball.api.inputs import Form
from ssimball.api.network import Network
from ssimball.api.result import Result
from ssimball.attacks.bracketing import bracket_of_step
from ssimball.attacks.eight_bit import GUARD, shrink_to_8_bit
from ssimball.attacks.interface import AttackResult, Batch, fooled
from ssimball.attacks.rounded_line import RoundedLine
from ssimball.config.attacks.ball import SsimBallConfig
from ssimball.errors import InputError
from ssimball.models.pass_counter import PassCounter
from ssimball.ssim.reference import Reference


def round_and_judge(
    network: Network,
    batch: Batch,
    found: AttackResult,
    settings: SsimBallConfig,
    form: Form,
    passes: PassCounter,
) -> Result[Any]:
    """Round each image to 8 bits within the bound, and let the network classify it.

    Args:
        network: has seen the clean images.
        batch: these images.
        found: what the attack returned for them.
        settings: its settings.
        form: how the caller gave the images.
        passes: counts the passes through the network.

    Raises:
        InputError: rounding alone breaks the bound.
    """
    clean = batch.images.cpu()
    levels, ssim, scales = _rounded(clean, found.adversarial, settings.mean_ssim_floor)
    logits = network.without_gradient((levels / 255).to(batch.images.device))
    assert network.clean_logits is not None and found.certificate is not None
    return Result(
        images=form.pictures(levels / 255),
        success=form.numbers(fooled(logits, batch)),
        ssim=form.numbers(ssim),
        predictions=form.numbers(logits.argmax(1)),
        clean_predictions=form.numbers(network.clean_logits.argmax(1)),
        scale=form.numbers(scales),
        forward_passes=passes.forward // len(clean),
        gradients=passes.backward // len(clean),
        certificate=found.certificate,
        bracket=bracket_of_step(batch.images, settings, found.certificate),
        _clean=clean,
        _levels=levels,
        _form=form,
    )


def _rounded(clean: Tensor, adversarial: Tensor, floor: float) -> tuple[Tensor, Tensor, Tensor]:
    """Return grey levels (B, C, H, W), mean SSIM (B,) and factors of the perturbations (B,)."""
    lines = [RoundedLine(Reference(x), y) for x, y in zip(clean, adversarial, strict=True)]
    _check_rounding(lines, floor)
    scales = [shrink_to_8_bit(line, floor)[1] for line in lines]
    rounded = list(zip(lines, scales, strict=True))
    levels = torch.stack([line.levels(scale) for line, scale in rounded])
    ssim = torch.tensor([1 - line.deficit(scale) for line, scale in rounded], dtype=torch.float64)
    return levels, ssim, torch.tensor(scales, dtype=torch.float64)


def _check_rounding(lines: list[RoundedLine], floor: float) -> None:
    """Refuse images that rounding alone takes out of the bound."""
    for number, line in enumerate(lines):
        if line.deficit(0.0) > 1 - floor - GUARD:
            raise InputError(
                f"images: rounding image {number} to 8 bits alone leaves an SSIM of "
                f"{1 - line.deficit(0.0):.6f}, below the bound of {floor:.10g}; round the images "
                "first, or choose a lower bound"
            )
