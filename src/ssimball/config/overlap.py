"""Settings of the overlap of distortions with explanations."""

from pydantic import Field, field_validator

from ssimball.config.base import Ratio, Section
from ssimball.config.messages import suggestion
from ssimball.storage.contracts.distortion_names import CHANNELS, DISTORTIONS, KINDS

_TAKEN = ("mask", "texture", "centre")


class OverlapConfig(Section):
    """How distortions are compared with the class activation map and other maps."""

    top: Ratio = Field(0.2, gt=0, lt=1, description="Share of cells that counts as the top.")
    null_draws: int = Field(
        20, ge=1, description="CAMs of other images each image is compared with."
    )
    distortions: list[str] = Field(
        default=[*KINDS[1:], *(f"deficit_{channel}" for channel in CHANNELS[1:])],
        description=f"Compared beside deficit: {', '.join(KINDS)}; of one channel with "
        f"{', '.join(f'_{channel}' for channel in CHANNELS[1:])} after it.",
    )

    @field_validator("distortions")
    @classmethod
    def _check_distortions(cls, names: list[str]) -> list[str]:
        for name in names:
            if name not in DISTORTIONS:
                raise ValueError(f"no {name!r}; {suggestion(name, sorted(DISTORTIONS))}")
        if "deficit" in names:
            raise ValueError("deficit is always compared; leave it out")
        if len(set(names)) != len(names):
            raise ValueError("a name is listed twice")
        return names


def check_reference(explanation: str) -> None:
    """Metrics are named by explanations; two of them must not share a name.

    Raises:
        ValueError: naming the explanation.
    """
    if explanation in _TAKEN or "_of_" in explanation or explanation.endswith("_null"):
        raise ValueError(
            f"explanations: {explanation!r} would clash with a metric's name; choose another name"
        )
