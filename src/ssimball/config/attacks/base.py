"""The base class of the settings of all attack methods."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field

from ssimball.config.base import Section

ClassNumber = Annotated[int, Field(ge=0)]
Norm = Literal["linf", "l2"]
Loss = Literal["margin", "cross_entropy"]


class AttackSettings(Section):
    """Settings that all methods share, and the properties that comparisons use."""

    #: Name of the setting that bounds the perturbation; None if the method has no such bound.
    budget_key: ClassVar[str | None] = None
    #: Power of the budget to which a small SSIM deficit, 1 - SSIM, is proportional.
    deficit_order: ClassVar[int] = 2
    #: Whether the method is a control: a perturbation made without (part of) the gradient's
    #: information.
    is_control: ClassVar[bool] = False

    method: str
    target: ClassNumber | Literal["least_likely", "random"] | None = Field(
        None,
        description="Class to reach: null (any but the label), least_likely, random or its number.",
    )

    @property
    def needs_others(self) -> bool:
        """Whether the method needs another image for each image."""
        return False

    @property
    def mean_ssim_floor(self) -> float | None:
        """Smallest mean SSIM that the method guarantees for the stored image, if any."""
        return None

    @property
    def budget(self) -> float | None:
        """Bound on the perturbation, in the method's own measure; None if it has none."""
        return None if self.budget_key is None else float(getattr(self, self.budget_key))

    @property
    def image_settings(self) -> Self:
        """The same settings without what is only stored beside the image."""
        return self

    def with_budget(self, budget: float) -> Self:
        """Return the same settings with another bound."""
        assert self.budget_key is not None
        return self.model_copy(update={self.budget_key: budget})
