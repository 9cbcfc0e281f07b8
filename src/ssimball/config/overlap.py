"""Settings of the overlap of distortions with explanations."""

from pydantic import Field, field_validator

from ssimball.config.base import Ratio, Section
from ssimball.config.messages import suggestion
from ssimball.storage.contracts.distortion_names import CHANNELS, DISTORTIONS, KINDS

#: References that the metrics of every run name.
_RESERVED = ("mask", "texture", "centre")


class OverlapConfig(Section):
    """How distortions are compared with class activation maps and other references."""

    top: Ratio = Field(
        0.2, gt=0, lt=1, description="Share of a map's cells that count as its top cells."
    )
    null_draws: int = Field(
        20,
        ge=1,
        description="Number of other images whose CAMs form the null for an image; more make it "
        "less noisy.",
    )
    distortions: list[str] = Field(
        # The others rank the cells nearly as the SSIM deficit does.
        default=["luminance", "squared"],
        description="Distortions to compare besides deficit, the SSIM deficit 1 - SSIM: "
        f"{', '.join(KINDS[1:])}. For one channel, append "
        f"{', '.join(f'_{channel}' for channel in CHANNELS[1:])} to one of them or to deficit.",
    )

    @field_validator("distortions")
    @classmethod
    def _check_distortions(cls, names: list[str]) -> list[str]:
        for name in names:
            if name not in DISTORTIONS:
                raise ValueError(f"there is no {name!r}; {suggestion(name, sorted(DISTORTIONS))}")
            if names.count(name) > 1:
                raise ValueError(f"{name!r} is listed twice; remove one")
        if "deficit" in names:
            raise ValueError("deficit is always compared; remove it from the list")
        return names


def check_reference(explanation: str) -> None:
    """Check that no metric named after an explanation has the name of another metric.

    Args:
        explanation: name of an explanation.

    Raises:
        ValueError: the name is reserved, or has a part that is; the message names it.
    """
    is_reserved = explanation in _RESERVED
    if is_reserved or "_of_" in explanation or explanation.endswith("_null"):
        raise ValueError(
            f"explanations: {explanation!r} would clash with a metric's name; choose another name"
        )
