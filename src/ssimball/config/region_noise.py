"""Settings of the noise in regions of clean images."""

from pydantic import Field

from ssimball.config.base import Section


class RegionNoiseConfig(Section):
    """Noise in regions of clean images: is the CAM a map of sensitivity to any disturbance?"""

    enabled: bool = Field(True, description="Whether the run includes it.")
    sigma: float = Field(
        0.2,
        gt=0,
        le=1,
        description="Standard deviation of the Gaussian noise, for images in [0, 1].",
    )
    random_sets: int = Field(
        10, ge=1, le=1000, description="Number of random sets of cells of each image."
    )
