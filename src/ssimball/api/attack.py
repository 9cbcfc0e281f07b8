"""Attack any network inside the SSIM ball: one call, or an object with options."""

from typing import Unpack

import torch
from torch import Tensor, nn

from ssimball.api.inputs import ArrayT, Classes, check_side, read_classes, read_images
from ssimball.api.judging import round_and_judge
from ssimball.api.network import Network, frozen, own_graph
from ssimball.api.options import BallOptions, settings_of, with_ssim
from ssimball.api.result import Result
from ssimball.attacks.interface import AttackResult, Batch
from ssimball.attacks.methods import ssim_ball
from ssimball.ball.stopping import Stopped
from ssimball.config.attacks.ball import SsimBallConfig
from ssimball.errors import AttackError, InputError
from ssimball.models.pass_counter import PassCounter
from ssimball.ssim.windows import SSIM_WINDOW

#: Stands for a label that nobody gave beside targets, which make labels needless.
NO_CLASS = -1


def attack(
    model: nn.Module,
    /,
    images: ArrayT,
    labels: Classes | None = None,
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
            of its own parameters, on their device; in float32 if it has none.
        images: (B, C, H, W) or one image (C, H, W) in [0, 1], with 1 or 3 channels and sides of 11
            pixels or more; a torch tensor or NumPy array of any float type.
        labels: their classes, (B,), or the class of the one image; None: what the network predicts.
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
        self,
        model: nn.Module,
        images: ArrayT,
        labels: Classes | None = None,
        targets: Classes | None = None,
    ) -> ArrayT:
        """Return the adversarial images; arguments as for :func:`attack`."""
        return self.run(model, images, labels, targets).images

    def run(
        self,
        model: nn.Module,
        images: ArrayT,
        labels: Classes | None = None,
        targets: Classes | None = None,
    ) -> Result[ArrayT]:
        """Return adversarial images with SSIM and certificate; arguments as for :func:`attack`.

        Raises:
            InputError: an argument cannot be used, or no image has a gradient.
        """
        with own_graph() as default, frozen(model):
            clean, form = read_images(images)
            check_side(clean, max(SSIM_WINDOW.size, self.settings.window.size))
            own, wanted = (
                None if given is None else read_classes(given, len(clean), clean.device, name)
                for name, given in (("labels", labels), ("targets", targets))
            )
            _check_targets(wanted, own)
            network = Network(model, default, labels=own, targets=wanted)
            with PassCounter(network) as passes:
                own = _unnamed(network, clean, wanted) if own is None else own
                batch = Batch(clean, own, (), wanted)
                found = _attack(network, batch, self.settings)
                return round_and_judge(network, batch, found, self.settings, form, passes)


def _check_targets(targets: Tensor | None, labels: Tensor | None) -> None:
    if targets is None or labels is None or not bool((targets == labels).any()):
        return
    number = int((targets == labels).nonzero()[0])
    raise InputError(f"targets: the target of image {number} is its label; choose another")


def _unnamed(network: Network, images: Tensor, targets: Tensor | None) -> Tensor:
    """Return labels where none are given: predicted ones, or none that count beside targets."""
    if targets is not None:
        return torch.full_like(targets, NO_CLASS)
    return network.without_gradient(images).argmax(1)


def _attack(network: Network, batch: Batch, settings: SsimBallConfig) -> AttackResult:
    try:
        found = ssim_ball.attack(network, batch, settings)
    except AttackError as error:
        raise InputError(
            f"model: {error}; attack a network that is differentiable, in float32"
        ) from error
    assert found.certificate is not None
    # Later gradients may be 0, as when a wrapper's budget of queries is used up.
    is_clean = torch.equal(found.adversarial, batch.images)
    if is_clean and all(why is Stopped.ZERO_GRADIENT for why in found.certificate.stopped):
        raise InputError(
            "model: the gradient of the loss is 0 on every image, so there is no direction to "
            "attack in; is the last layer untrained (a new vision transformer's is all zeros), or "
            "does the model round its input?"
        )
    return found
