"""The attack as a class of torchattacks (Kim 2020)."""

from typing import Unpack

from torch import Tensor, nn
from torchattacks.attack import Attack

from ssimball.api.attack import SSIMBall
from ssimball.api.options import BallOptions


class SSIMBallAttack(Attack):
    """The attack inside the SSIM ball, with torchattacks' modes, normalisation and ``save``.

    It is called on images (B, C, H, W) and labels (B,), and returns the adversarial images, of 8
    bits. The network is in evaluation mode meanwhile, whatever ``set_model_training_mode`` says.
    """

    def __init__(self, model: nn.Module, /, **options: Unpack[BallOptions]) -> None:
        """Check the options.

        Args:
            model: maps images (B, C, H, W) in [0, 1] to logits (B, classes); normalised images
                after ``set_normalization_used``.
            options: as for :class:`ssimball.SSIMBall`.

        Raises:
            InputError: an option is unknown or has an impossible value.
        """
        super().__init__("SSIMBallAttack", model)
        self.supported_mode = ["default", "targeted"]
        self.ball = SSIMBall(**options)

    def forward(self, images: Tensor, labels: Tensor) -> Tensor:
        """Return adversarial images; torchattacks calls this.

        Args:
            images: (B, C, H, W) in [0, 1].
            labels: int64 (B,): their classes, or the targets in the mode ``targeted(label)``.

        Raises:
            InputError: an argument cannot be used, or no image has a gradient.
        """
        images = images.to(self.device)
        if self.normalization_used is not None:
            # Normalised and back, a value is a rounding error away from where it was.
            images = images.clamp(0, 1)
        if not self.targeted:
            return self.ball(_Logits(self), images, labels)
        return self.ball(_Logits(self), images, targets=self.get_target_label(images, labels))


class _Logits(nn.Module):
    """The network as the attack sees it, with the normalisation that it was told to use."""

    def __init__(self, attack: Attack) -> None:
        super().__init__()
        self.model = attack.model
        self._call = attack.get_logits

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self._call(images)
        return logits
