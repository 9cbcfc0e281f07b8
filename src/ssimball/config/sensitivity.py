"""The sensitivity sweep: one attack with one setting changed at a time, and other measures."""

from typing import Annotated, Any

from pydantic import Field, field_validator

from ssimball.config.base import NAME, Ratio, Section

Top = Annotated[Ratio, Field(gt=0, lt=1)]
NetworkName = Annotated[str, Field(pattern=NAME)]


def _usual() -> dict[str, list[Any]]:
    """What may be suspected to decide the answer of the SSIM ball."""
    return {
        "epsilon": [0.001, 0.003, 0.03, 0.1],
        "tau": ["2/255", "4/255", "16/255", "32/255", None],
        "model": ["S", "L"],
        "window": [
            {"kind": "gaussian", "size": 7, "stride": 1, "sigma": 1.0},
            {"kind": "uniform", "size": 8, "stride": 4},
        ],
        "loss": ["cross_entropy"],
        "steps": [2, 5, 10],
    }


class SensitivityConfig(Section):
    """How the answer depends on settings of one attack, on measures, and on the network."""

    enabled: bool = Field(False, description="Whether a run includes the sweep.")
    base: str = Field("ssim_ball", description="The attack whose settings are changed.")
    vary: dict[str, list[Any]] = Field(
        default_factory=_usual,
        description="Values by setting of the base, or by mean_ssim of matched quality; one is "
        "changed at a time.",
    )
    networks: dict[NetworkName, dict[str, Any]] = Field(
        default_factory=dict,
        description="Other networks by a name of your choice: what differs from the section model.",
    )
    top: list[Top] = Field(
        default=[0.05, 0.1, 0.3, 0.5], description="Other shares of cells that count as the top."
    )

    @field_validator("vary", mode="before")
    @classmethod
    def _without_none(cls, raw: Any) -> Any:
        """An overlay takes a setting out of the sweep by giving it no values: null or []."""
        if not isinstance(raw, dict):
            return raw
        return {key: values for key, values in raw.items() if values not in (None, [], "null")}
