"""Settings of the sensitivity sweep."""

from typing import Annotated, Any

from pydantic import Field, field_validator

from ssimball.config.base import NAME, Section

NetworkName = Annotated[str, Field(pattern=NAME)]


def _default_values() -> dict[str, list[Any]]:
    """Return the settings of the SSIM ball on which the result may depend, with other values.

    The values of epsilon are the doses of the figure ``dose``.
    """
    return {
        "epsilon": [0.001, 0.002, 0.005, 0.02, 0.05, 0.1],
        "tau": ["2/255", "32/255", None],
        "model": ["S", "L"],
        "window": [
            {"kind": "gaussian", "size": 7, "stride": 1, "sigma": 1.0},
            {"kind": "uniform", "size": 7, "stride": 1},
        ],
        "boundary": ["valid"],
        "loss": ["cross_entropy"],
        "steps": [5],
    }


class SensitivityConfig(Section):
    """The sensitivity sweep: how the primary endpoint depends on choices."""

    enabled: bool = Field(False, description="Whether the run includes the sweep.")
    base: str = Field(
        "ssim_ball", description="The attack whose settings are varied; one of attacks."
    )
    control: str | None = Field(
        "ball_permuted_signs",
        description="A control that gets the same changes as the base, as far as it has the "
        "settings, and is run even if it is not one of attacks; null: none.",
    )
    vary: dict[str, list[Any]] = Field(
        default_factory=_default_values,
        description="Other values for settings of the base, or for mean_ssim; one is changed at a "
        "time, and null removes a setting from the sweep.",
    )
    networks: dict[NetworkName, dict[str, Any]] = Field(
        default_factory=dict,
        description="Other networks under names of your choice: the keys of model that differ.",
    )
    smallest_budget: bool = Field(
        True,
        description="Whether to measure also the smallest perturbations of the base that fool, "
        "with budgets up to the largest one of vary.",
    )

    @field_validator("vary", mode="before")
    @classmethod
    def _drop_empty(cls, raw: Any) -> Any:
        """Remove settings without values: an overlay drops a setting with null or []."""
        if not isinstance(raw, dict):
            return raw
        return {key: values for key, values in raw.items() if values not in (None, [], "null")}
