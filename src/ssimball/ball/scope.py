"""What a certificate covers: the set of its bound, and whose step's linear problem it bounds."""

from dataclasses import dataclass
from enum import StrEnum

from ssimball.ball.ball import Ball
from ssimball.ssim.windows import Boundary


class CertifiedModel(StrEnum):
    """The set over which a dual bound holds. The values are those of stored tables."""

    Q = "Q"
    S = "S"
    L = "L"
    Q_AND_L = "Q and L"
    S_AND_L = "S and L"
    #: Model Q linearised at the certified perturbation.
    Q_RELINEARISED = "Q relinearised"
    Q_RELINEARISED_AND_L = "Q relinearised and L"

    @classmethod
    def of(cls, mean: str | None, has_local: bool, is_relinearised: bool) -> "CertifiedModel":
        """Return the set of a mean constraint (Q, S or None), a local one, or both.

        Examples:
            >>> str(CertifiedModel.of("Q", has_local=True, is_relinearised=False))
            'Q and L'
        """
        if mean is None:
            return cls.L
        relinearised = " relinearised" if is_relinearised else ""
        return cls(f"{mean}{relinearised}{' and L' if has_local else ''}")


class StoredAs(StrEnum):
    """What the stored 8-bit image is of the certified perturbation d; x is the clean image."""

    #: x + d, rounded.
    ROUNDED = "rounded"
    #: x plus a multiple of d other than d itself, rounded or dithered.
    SCALED = "scaled"
    #: x plus a multiple of an average of the solutions of several steps, of which d is the last.
    AVERAGED = "averaged"

    @classmethod
    def of(cls, steps: int, scale: float, dithered: float) -> "StoredAs":
        """Return what an image is that was stored after a number of steps.

        Args:
            steps: Frank-Wolfe steps of the attack.
            scale: factor by which the perturbation was multiplied before rounding.
            dithered: share of values that are one level beyond the rounded multiple.
        """
        if steps > 1:
            return cls.AVERAGED
        return cls.ROUNDED if scale == 1 and dithered == 0 else cls.SCALED


@dataclass(frozen=True)
class Scope:
    """What a certificate covers.

    Examples:
        >>> import torch
        >>> ball = Ball.around(torch.rand(1, 3, 16, 16), epsilon=0.01, tau=None)
        >>> Scope.of(ball)
        Scope(model=<CertifiedModel.Q: 'Q'>, boundary='reflect', step=1, steps=1)

    Attributes:
        model: the set over which the dual bound holds, beside the box.
        boundary: of the windows of that set.
        step: the Frank-Wolfe step whose linear problem is bounded, from 1.
        steps: number of steps.
    """

    model: CertifiedModel
    boundary: Boundary
    step: int = 1
    steps: int = 1

    @classmethod
    def of(cls, ball: Ball, is_relinearised: bool = False) -> "Scope":
        """Return the scope of a certificate for a ball, of a single step."""
        relinearised = is_relinearised or ball.expansion_point is not None
        model = CertifiedModel.of(ball.mean, ball.epsilon_local is not None, relinearised)
        return cls(model, ball.window.boundary)
