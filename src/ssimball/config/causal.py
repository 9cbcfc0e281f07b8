"""The causal test: perturbations cut to parts of the image, deletion and insertion curves."""

from typing import Annotated, Literal

from pydantic import Field, field_validator

from ssimball.config.base import Ratio, Section

Area = Annotated[Ratio, Field(gt=0, le=0.5)]


class CausalConfig(Section):
    """The causal test: perturbations cut to parts of the image, deletion and insertion curves."""

    enabled: bool = Field(True, description="Whether a run includes it.")
    areas: list[Area] = Field(
        default=[0.1, 0.2, 0.3, 0.5],
        min_length=1,
        description="Shares of the CAM's cells, largest and smallest, that the perturbation is cut "
        "to.",
    )
    curve_steps: int = Field(
        10, ge=1, le=1000, description="Equal shares of cells that a curve deletes or inserts."
    )
    substitute: Literal["blur", "mean"] = Field(
        "blur", description="What deleted cells show: the image blurred, or its mean colour."
    )
    blur_sigma: float = Field(
        10.0, gt=0, description="Standard deviation of that Gaussian blur, in pixels."
    )

    @field_validator("areas")
    @classmethod
    def _check_areas(cls, areas: list[float]) -> list[float]:
        if len(set(areas)) != len(areas):
            raise ValueError("a share is listed twice")
        return areas
