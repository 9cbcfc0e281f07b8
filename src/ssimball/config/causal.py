"""Settings of deletion and insertion curves."""

from typing import Literal

from pydantic import Field

from ssimball.config.base import Section


class CausalConfig(Section):
    """Deletion and insertion curves: the network on the image with some cells blurred."""

    enabled: bool = Field(True, description="Whether the run includes the curves.")
    curve_steps: int = Field(
        10, ge=1, le=1000, description="Number of equal steps of a deletion or insertion curve."
    )
    substitute: Literal["blur", "mean"] = Field(
        "blur", description="Content of deleted cells: the blurred image, or its mean colour."
    )
    blur_sigma: float = Field(
        10.0, gt=0, description="Standard deviation of the Gaussian blur, in pixels."
    )
