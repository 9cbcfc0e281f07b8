"""The attack for Foolbox (Rauber et al. 2020), and SSIM as one of its distances."""

from typing import Any, Unpack

import eagerpy as ep
import torch
from foolbox.attacks.base import FixedEpsilonAttack, get_criterion, raise_if_kwargs
from foolbox.criteria import Criterion, Misclassification, TargetedMisclassification
from foolbox.distances import Distance
from foolbox.models import Model
from torch import Tensor, nn

from ssimball.api.attack import SSIMBall
from ssimball.api.options import BallOptions, with_ssim
from ssimball.attacks.methods.ssim_pgd import SsimBound
from ssimball.errors import InputError
from ssimball.ssim.index import mean_ssim


class SSIMDistance(Distance):
    """1 - mean SSIM as a distance of Foolbox, for PyTorch images (B, C, H, W) in [0, 1]."""

    def __repr__(self) -> str:
        """Return the call that makes this object."""
        return "SSIMDistance()"

    def __call__(self, references: Any, perturbed: Any) -> Any:
        """Return the distance of each image from its reference, (B,)."""
        (x, y), restore_type = ep.astensors_(references, perturbed)
        distance = 1 - mean_ssim(x.raw.double(), y.raw.double())
        return restore_type(ep.astensor(distance.to(x.raw.dtype)))

    def clip_perturbation(self, references: Any, perturbed: Any, epsilon: float) -> Any:
        """Return each image, scaled towards its reference if it is farther away than ``epsilon``.

        An image within ``epsilon`` is returned as it is.
        """
        (x, y), restore_type = ep.astensors_(references, perturbed)
        clean, change = x.raw.double(), y.raw.double() - x.raw.double()
        bound = SsimBound.around(clean, epsilon)
        far = (bound.deficit(change) > epsilon).reshape(-1, 1, 1, 1)
        clipped = (clean + bound.project(change)).to(y.raw.dtype)
        return restore_type(ep.astensor(torch.where(far, clipped, y.raw)))


class SSIMBallAttack(FixedEpsilonAttack):
    """The attack inside the SSIM ball; ``epsilons`` are bounds on 1 - mean SSIM.

    It is a fixed-epsilon attack, as the ball is a budget: the attack uses what SSIM allows, and
    does not look for the smallest change that fools. The images that it returns are of 8 bits.

    Examples:
        >>> import foolbox, torch
        >>> network = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(768, 10)).eval()
        >>> model = foolbox.PyTorchModel(network, bounds=(0, 1), device="cpu")
        >>> images, labels = torch.rand(2, 3, 16, 16), torch.tensor([1, 2])
        >>> raw, clipped, success = SSIMBallAttack()(model, images, labels, epsilons=[0.01, 0.1])
        >>> success.shape
        torch.Size([2, 2])
    """

    distance = SSIMDistance()

    def __init__(self, **options: Unpack[BallOptions]) -> None:
        """Check the options.

        Args:
            options: as for :class:`ssimball.SSIMBall`, without ``epsilon``.

        Raises:
            InputError: an option is unknown or has an impossible value.
        """
        if "epsilon" in options:
            raise InputError("epsilon: give epsilons=... when the attack is called, as in Foolbox")
        SSIMBall(**options)
        self._options = options

    def run(
        self, model: Model, inputs: Any, criterion: Any, *, epsilon: float, **kwargs: Any
    ) -> Any:
        """Return adversarial images; Foolbox calls this.

        Args:
            model: a model of PyTorch with bounds (0, 1), on images (B, C, H, W).
            inputs: the images.
            criterion: labels, ``Misclassification`` or ``TargetedMisclassification``.
            epsilon: the bound on 1 - mean SSIM, from 0 to below 1.
            kwargs: none are known.

        Raises:
            InputError: an argument cannot be used, or no image has a gradient.
        """
        raise_if_kwargs(kwargs)
        x, restore_type = ep.astensor_(inputs)
        labels, targets = _goal(get_criterion(criterion))
        _check(model, x, epsilon)
        if epsilon == 0:
            return inputs
        attack = SSIMBall(**with_ssim(self._options, 1 - epsilon))
        found = attack(_Logits(model, x.raw), x.raw, labels, targets)
        return restore_type(ep.astensor(found))


def _goal(criterion: Criterion) -> tuple[Tensor | None, Tensor | None]:
    """Return labels or targets, whichever the criterion has."""
    if isinstance(criterion, Misclassification):
        return criterion.labels.raw, None
    if isinstance(criterion, TargetedMisclassification):
        return None, criterion.target_classes.raw
    raise InputError(
        f"criterion: {criterion!r}; expected Misclassification or TargetedMisclassification"
    )


def _check(model: Model, images: ep.Tensor, epsilon: float) -> None:
    if not isinstance(images, ep.PyTorchTensor):
        raise InputError(f"inputs: expected a tensor of PyTorch, got {type(images.raw).__name__}")
    if tuple(model.bounds) != (0, 1):
        raise InputError(
            f"model: its bounds are {tuple(model.bounds)}; SSIM is measured in [0, 1], so use "
            "model.transform_bounds((0, 1)) and images in that range"
        )
    if not 0 <= epsilon < 1:
        raise InputError(f"epsilons: {epsilon} is no bound on 1 - SSIM; give values like 0.01")


class _Logits(nn.Module):
    """A model of Foolbox as a module, with its preprocessing."""

    def __init__(self, model: Model, images: Tensor) -> None:
        super().__init__()
        self._call = model
        # The model has the device and the type that the images have.
        self.register_buffer("like", images.new_empty(0))

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self._call(images)
        return logits
