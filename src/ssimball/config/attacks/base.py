"""What the settings of all attack methods have in common."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field

from ssimball.config.base import Section

ClassNumber = Annotated[int, Field(ge=0)]
Norm = Literal["linf", "l2"]
Loss = Literal["margin", "cross_entropy"]


class AttackSettings(Section):
    """What every attack method can be asked for, and what comparisons need to know of it."""

    #: The setting that bounds the perturbation; None where the method bounds nothing itself.
    budget_key: ClassVar[str | None] = None
    #: The SSIM deficit grows like this power of the budget, where it is small.
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
        """Whether the method needs a second image beside each."""
        return False

    @property
    def mean_ssim_floor(self) -> float | None:
        """Mean SSIM that the method promises of what is stored; None: nothing."""
        return None

    @property
    def budget(self) -> float | None:
        """The bound on the perturbation, in the method's own measure."""
        return None if self.budget_key is None else float(getattr(self, self.budget_key))

    def with_budget(self, budget: float) -> Self:
        """The same settings with another bound."""
        assert self.budget_key is not None
        return self.model_copy(update={self.budget_key: budget})
