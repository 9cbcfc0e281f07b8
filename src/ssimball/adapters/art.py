"""The attack for the Adversarial Robustness Toolbox (ART, Nicolae et al. 2018)."""

from typing import Any, Unpack

import numpy as np
from art.attacks import EvasionAttack
from art.estimators.classification import PyTorchClassifier
from numpy.typing import NDArray
from torch import Tensor, nn

from ssimball.api.attack import SSIMBall
from ssimball.api.options import BallOptions, option_names
from ssimball.errors import InputError


class SSIMBallAttack(EvasionAttack):
    """The attack inside the SSIM ball as an evasion attack of ART; it returns images of 8 bits.

    "8 bits" are 255 steps over the range of the classifier's ``clip_values``. Preprocessing and
    preprocessing defences of the classifier are part of the network that is attacked.
    """

    attack_params = (*EvasionAttack.attack_params, "targeted", "batch_size", *option_names())
    _estimator_requirements = (PyTorchClassifier,)

    def __init__(
        self,
        estimator: PyTorchClassifier,
        *,
        targeted: bool = False,
        batch_size: int = 32,
        **options: Unpack[BallOptions],
    ) -> None:
        """Check the options.

        Args:
            estimator: takes images (N, C, H, W), with ``clip_values`` of two numbers.
            targeted: whether the labels given to :meth:`generate` are classes to reach.
            batch_size: number of images attacked together; no result depends on it.
            options: as for :class:`ssimball.SSIMBall`.

        Raises:
            InputError: an option is unknown or has an impossible value, or the classifier has no
                finite range or preprocesses outside PyTorch.
        """
        super().__init__(estimator=estimator)
        self.targeted, self.batch_size = targeted, batch_size
        self._range = _range_of(estimator)
        SSIMBall(**options)
        for name, value in options.items():
            setattr(self, name, value)

    @property
    def ball(self) -> SSIMBall:
        """The attack with the options as they are now; ``set_params`` changes them."""
        return SSIMBall(
            **{name: getattr(self, name) for name in option_names() if name in vars(self)}
        )

    def generate(
        self, x: NDArray[Any], y: NDArray[Any] | None = None, **kwargs: Any
    ) -> NDArray[Any]:
        """Return adversarial images, of the shape, type and range of the clean ones.

        Args:
            x: images (N, C, H, W) in the range of the classifier's ``clip_values``.
            y: their classes, (N,), or one-hot, (N, classes); the classes to reach if ``targeted``.
                None: what the classifier predicts.
            kwargs: none are known.

        Raises:
            InputError: an argument cannot be used, or no image has a gradient.
        """
        for name in kwargs:
            raise InputError(f"{name}: this attack knows no such argument of generate")
        classes = self._classes(y, len(x))
        low, high = self._range
        images = ((np.asarray(x, np.float64) - low) / (high - low)).clip(0, 1)
        network, ball = _Logits(self.estimator), self.ball
        found = []
        for start in range(0, len(images), self.batch_size):
            part = slice(start, start + self.batch_size)
            own = None if classes is None else classes[part]
            goal = {"targets" if self.targeted else "labels": own}
            found.append(ball(network, images[part], **goal))
        levels = low + (high - low) * np.concatenate(found)
        return (np.rint(levels) if np.issubdtype(x.dtype, np.integer) else levels).astype(x.dtype)

    def _classes(self, y: NDArray[Any] | None, count: int) -> NDArray[Any] | None:
        if y is None:
            if self.targeted:
                raise InputError("y: a targeted attack needs the classes to reach")
            return None
        numbers = y.argmax(1) if y.ndim == 2 and y.shape[1] > 1 else y.reshape(-1)
        if len(numbers) != count:
            raise InputError(f"y: {len(numbers)} classes for {count} images; give one for each")
        return numbers.astype(np.int64)


def _range_of(estimator: PyTorchClassifier) -> tuple[float, float]:
    if not estimator.all_framework_preprocessing:
        raise InputError(
            "estimator: a preprocessing defence does not run in PyTorch, so it has no gradient; "
            "use ART's PyTorch version of it"
        )
    clip_values = estimator.clip_values
    if clip_values is None or np.size(clip_values) != 2:
        raise InputError("estimator: give it clip_values, the range of the images, such as (0, 1)")
    low, high = (float(value) for value in np.ravel(clip_values))
    return low, high


class _Logits(nn.Module):
    """A classifier of ART as a module on images in [0, 1], with its preprocessing."""

    def __init__(self, estimator: PyTorchClassifier) -> None:
        super().__init__()
        self.model = estimator.model
        self._low, self._high = _range_of(estimator)
        self._operations = estimator.preprocessing_operations

    def forward(self, images: Tensor) -> Tensor:
        x = self._low + (self._high - self._low) * images
        for operation in self._operations:
            if operation.apply_predict:
                x, _ = operation.forward(x)
        logits: Tensor = self.model(x)
        return logits
