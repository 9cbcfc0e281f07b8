"""Attack any network inside the SSIM ball: one call, or an object with options."""

from typing import Any, Unpack

import torch
from torch import Tensor, nn

from ssimball.api.inputs import ArrayT, Classes, Form, check_side, read_classes, read_images
from ssimball.api.network import Network, frozen, own_graph
from ssimball.api.options import BallOptions, settings_of, with_ssim
from ssimball.api.result import Result
from ssimball.attacks.bracketing import bracket_of_step
from ssimball.attacks.eight_bit import GUARD, shrink_to_8_bit
from ssimball.attacks.interface import AttackResult, Batch, fooled
from ssimball.attacks.methods import ssim_ball
from ssimball.attacks.rounded_line import RoundedLine
from ssimball.ball.stopping import Stopped
from ssimball.config.attacks.ball import SsimBallConfig
from ssimball.errors import AttackError, InputError
from ssimball.ssim.reference import Reference
from ssimball.ssim.windows import SSIM_WINDOW


def attack(
    model: nn.Module,
    /,
    images: ArrayT,
    labels: Classes,
    targets: Classes | None = None,
    *,
    ssim: float | None = None,
    **options: Unpack[BallOptions],
) -> Result[ArrayT]:
    """Attack images within a bound on their SSIM.

    The images are of 8 bits and meet the bound as they are returned. The network is put into
    evaluation mode and back; its parameters and their gradients stay as they are.

    Examples:
        >>> import torch, ssimball
        >>> model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(768, 10))
        >>> images = torch.rand(4, 3, 16, 16)
        >>> labels = model(images).argmax(1)
        >>> result = ssimball.attack(model, images, labels, ssim=0.95)
        >>> bool((result.ssim >= 0.95).all()), result.images.shape
        (True, torch.Size([4, 3, 16, 16]))

    Args:
        model: maps images (B, C, H, W) in [0, 1] to logits (B, classes). It gets them in the type
            of its own parameters, on their device.
        images: (B, C, H, W) or one image (C, H, W) in [0, 1], with 1 or 3 channels and sides of 11
            pixels or more; a torch tensor or NumPy array of any float type.
        labels: their classes, (B,), or the class of the one image.
        targets: classes to reach, (B,); None to move away from the labels.
        ssim: smallest mean SSIM allowed; None: 1 - ``epsilon`` (0.99 by default).
        options: as for :class:`SSIMBall`.

    Raises:
        InputError: an argument cannot be used, or no image has a gradient.
    """
    return SSIMBall(**with_ssim(options, ssim)).run(model, images, labels, targets)


class SSIMBall:
    """The attack with its options, to be called on many batches.

    Examples:
        >>> SSIMBall(epsilon=0.02, steps=5)
        SSIMBall(epsilon=0.02, steps=5)

    Attributes:
        settings: all settings, with defaults; immutable.
    """

    settings: SsimBallConfig

    def __init__(self, **options: Unpack[BallOptions]) -> None:
        """Check the options.

        Args:
            options: fields of :class:`ssimball.config.attacks.ball.SsimBallConfig`, which has their
                meaning and defaults. The main ones: ``epsilon`` (mean SSIM stays at or above
                1 - ``epsilon``), ``tau`` (largest change of a value; None for no cap), ``steps``
                (1 linear step, or several Frank-Wolfe steps), ``loss`` (margin or cross_entropy),
                ``bracket`` (also bound the optimum over the true SSIM ball).

        Raises:
            InputError: an option is unknown or has an impossible value.
        """
        self.settings = settings_of(options)

    def __repr__(self) -> str:
        """Return the call that makes this object."""
        given = (f"{name}={getattr(self.settings, name)!r}" for name in self._given)
        return f"SSIMBall({', '.join(given)})"

    @property
    def _given(self) -> list[str]:
        chosen = self.settings.model_fields_set
        return [name for name in SsimBallConfig.model_fields if name in chosen]

    def __call__(
        self, model: nn.Module, images: ArrayT, labels: Classes, targets: Classes | None = None
    ) -> ArrayT:
        """Return the adversarial images; arguments as for :func:`attack`."""
        return self.run(model, images, labels, targets).images

    def run(
        self, model: nn.Module, images: ArrayT, labels: Classes, targets: Classes | None = None
    ) -> Result[ArrayT]:
        """Return adversarial images with SSIM and certificate; arguments as for :func:`attack`.

        Raises:
            InputError: an argument cannot be used, or no image has a gradient.
        """
        with own_graph(), frozen(model):
            clean, form = read_images(images)
            check_side(clean, max(SSIM_WINDOW.size, self.settings.window.size))
            own = read_classes(labels, len(clean), clean.device, "labels")
            batch = Batch(clean, own, (), _read_targets(targets, own))
            network = Network(model, labels=own, targets=batch.targets)
            found = _attack(network, batch, self.settings)
            return _round_and_judge(network, batch, found, self.settings, form)


def _read_targets(targets: Classes | None, labels: Tensor) -> Tensor | None:
    if targets is None:
        return None
    wanted = read_classes(targets, len(labels), labels.device, "targets")
    if bool((wanted == labels).any()):
        number = int((wanted == labels).nonzero()[0])
        raise InputError(f"targets: the target of image {number} is its label; choose another")
    return wanted


def _attack(network: Network, batch: Batch, settings: SsimBallConfig) -> AttackResult:
    try:
        found = ssim_ball.attack(network, batch, settings)
    except AttackError as error:
        raise InputError(str(error)) from None
    assert found.certificate is not None
    if all(reason is Stopped.ZERO_GRADIENT for reason in found.certificate.stopped):
        raise InputError(
            "model: the gradient of the loss is 0 on every image, so there is no direction to "
            "attack in; is the last layer untrained (a new vision transformer's is all zeros), or "
            "does the model round its input?"
        )
    return found


def _round_and_judge(
    network: Network,
    batch: Batch,
    found: AttackResult,
    settings: SsimBallConfig,
    form: Form,
) -> Result[Any]:
    """Round each image to 8 bits within the bound, and let the network classify it."""
    clean, floor = batch.images.cpu(), settings.mean_ssim_floor
    pairs = zip(clean, found.adversarial, strict=True)
    lines = [RoundedLine(Reference(x), y) for x, y in pairs]
    _check_rounding(lines, floor)
    scales = [shrink_to_8_bit(line, floor)[1] for line in lines]
    rounded = list(zip(lines, scales, strict=True))
    levels = torch.stack([line.levels(scale) for line, scale in rounded])
    ssim = [1 - line.deficit(scale) for line, scale in rounded]
    with torch.no_grad():
        logits = network((levels / 255).to(batch.images.device))
    assert network.clean_logits is not None
    assert found.certificate is not None
    return Result(
        images=form.pictures(levels / 255),
        success=form.numbers(fooled(logits, batch)),
        ssim=form.numbers(torch.tensor(ssim, dtype=torch.float64)),
        predictions=form.numbers(logits.argmax(1)),
        clean_predictions=form.numbers(network.clean_logits.argmax(1)),
        scale=form.numbers(torch.tensor(scales, dtype=torch.float64)),
        certificate=found.certificate,
        bracket=bracket_of_step(batch.images, settings, found.certificate),
        _clean=clean,
        _levels=levels,
        _form=form,
    )


def _check_rounding(lines: list[RoundedLine], floor: float) -> None:
    """Refuse images that rounding alone takes out of the bound."""
    for number, line in enumerate(lines):
        if line.deficit(0.0) > 1 - floor - GUARD:
            raise InputError(
                f"images: rounding image {number} to 8 bits alone leaves an SSIM of "
                f"{1 - line.deficit(0.0):.6f}, below the bound of {floor:.10g}; round the images "
                "first, or choose a lower bound"
            )
