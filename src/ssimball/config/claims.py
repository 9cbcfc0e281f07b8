"""Claims that a run is to confirm, fixed before it is made."""

from typing import Literal

from pydantic import Field

from ssimball.config.base import NAME, Section

EndpointKind = Literal[
    "overlap",
    "over_runner_up",
    "over_top_ten",
    "fooling",
    "random_head",
    "random_all",
    "region_test",
    "region_noise",
]

#: Endpoints whose values belong to regions of the image; the others belong to attacks.
REGION_ENDPOINTS = ("region_test", "region_noise")


class Claim(Section):
    """One claim: the mean over images of an endpoint, or of a difference, is above or below 0."""

    name: str = Field(pattern=NAME, description="Short name of the claim.")
    says: str = Field(description="The claim in a sentence.")
    endpoint: EndpointKind = Field(
        description="Value of each image. overlap: rank correlation of SSIM deficit and CAM minus "
        "that with other images' CAMs. over_runner_up, over_top_ten: rank correlation with the CAM "
        "minus that with the CAM of the most likely other class, or with those of the next eight "
        "classes. random_head, random_all: overlap on the network whose last layer, or every "
        "layer, is random. fooling: 1 if the image is misclassified, else 0. region_test, "
        "region_noise: fall of the margin."
    )
    of: str = Field(description="Attack, or region, whose value it is.")
    minus: str | None = Field(
        None, description="Attack, or region, whose value is subtracted; null: none."
    )
    direction: Literal["above", "below"] = Field(description="Side of 0 of the mean.")
    d_z: float = Field(
        gt=0,
        description="Mean over standard deviation of the values in the exploratory study, without "
        "sign. It decides how many images are too few.",
    )

    @property
    def is_about_regions(self) -> bool:
        """Whether ``of`` and ``minus`` name regions."""
        return self.endpoint in REGION_ENDPOINTS
