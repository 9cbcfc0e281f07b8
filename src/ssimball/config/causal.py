"""Settings of the causal test."""

from typing import Annotated, Literal

from pydantic import Field, field_validator

from ssimball.config.base import Ratio, Section

Area = Annotated[Ratio, Field(gt=0, le=0.5)]


class CausalConfig(Section):
    """The causal test: restricted perturbations, and deletion and insertion curves."""

    enabled: bool = Field(True, description="Whether the run includes the causal test.")
    areas: list[Area] = Field(
        default=[0.1, 0.2, 0.3, 0.5],
        min_length=1,
        description="Shares of the grid's cells, by largest or smallest CAM, that the perturbation "
        "is restricted to.",
    )
    curve_steps: int = Field(
        10, ge=1, le=1000, description="Number of equal steps of a deletion or insertion curve."
    )
    substitute: Literal["blur", "mean"] = Field(
        "blur", description="Content of deleted cells: the blurred image, or its mean colour."
    )
    blur_sigma: float = Field(
        10.0, gt=0, description="Standard deviation of the Gaussian blur, in pixels."
    )

    @field_validator("areas")
    @classmethod
    def _check_areas(cls, areas: list[float]) -> list[float]:
        if len(set(areas)) != len(areas):
            raise ValueError("a share is listed twice")
        return areas
