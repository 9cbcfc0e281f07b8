"""Settings of the networks with random weights, to which a run compares its own."""

from typing import Annotated, Literal

from pydantic import Field

from ssimball.config.base import Section

CascadeLayers = Annotated[int, Field(ge=1)] | Literal["all"]


class RandomisedConfig(Section):
    """Networks whose last layers have random weights: is the overlap about what was learned?"""

    layers: list[CascadeLayers] = Field(
        default=[1, 10, "all"],
        description="Numbers of last layers with random weights, a network for each; 1 is the "
        "head, all is every layer. Empty: no such networks.",
    )
    attack: str | None = Field(
        None,
        description="The attack to measure; one of attacks. null: the first of method ssim_ball; "
        "a run without one makes no such networks.",
    )

    @property
    def by_name(self) -> dict[str, int | Literal["all"]]:
        """Numbers of random layers by the name of the network, such as ``random-all``."""
        return {f"random-{layers}": layers for layers in self.layers}
