"""Explanations of a class's logit, and the registry of their methods.

A method is here what its settings are, and runs by its module.
"""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from ssimball.config.base import Ratio, Section


class ExplanationSettings(Section):
    """What every method has."""

    #: Whether the method draws random numbers.
    seeded: ClassVar[bool] = False

    method: str


class LayerSettings(ExplanationSettings):
    """Of methods that explain by the feature maps of a layer."""

    layer: str | None = Field(
        None,
        min_length=1,
        description="Module of the network that gives the maps, e.g. features.14; null: the last.",
    )


class CamConfig(ExplanationSettings):
    """Class activation map (Zhou et al. 2016), exact."""

    method: Literal["cam"] = "cam"


class GradCamConfig(LayerSettings):
    """Grad-CAM (Selvaraju et al. 2017)."""

    method: Literal["grad_cam"] = "grad_cam"


class GradCamPlusPlusConfig(LayerSettings):
    """Grad-CAM++ (Chattopadhay et al. 2018)."""

    method: Literal["grad_cam_plus_plus"] = "grad_cam_plus_plus"


class LayerCamConfig(LayerSettings):
    """Layer-CAM (Jiang et al. 2021)."""

    method: Literal["layer_cam"] = "layer_cam"


class ScoreCamConfig(LayerSettings):
    """Score-CAM (Wang et al. 2020): a forward pass for every channel of the layer."""

    method: Literal["score_cam"] = "score_cam"


class GradientConfig(ExplanationSettings):
    """Gradient saliency (Simonyan et al. 2014)."""

    method: Literal["gradient"] = "gradient"


class SmoothGradConfig(ExplanationSettings):
    """SmoothGrad (Smilkov et al. 2017)."""

    seeded = True

    method: Literal["smoothgrad"] = "smoothgrad"
    samples: int = Field(50, ge=1, description="Noisy copies of the image.")
    noise_level: Ratio = Field(
        0.15, ge=0, description="Standard deviation of the noise over the range of the image."
    )


#: Method m is the function ``explain`` of the module ssimball.explanations.m.
ExplanationConfig = Annotated[
    CamConfig
    | GradCamConfig
    | GradCamPlusPlusConfig
    | LayerCamConfig
    | ScoreCamConfig
    | GradientConfig
    | SmoothGradConfig,
    Field(discriminator="method"),
]

#: Those that a run takes unless it names others: all but Score-CAM, which costs seconds an image.
USUAL = ("cam", "grad_cam", "grad_cam_plus_plus", "layer_cam", "gradient", "smoothgrad")


def default_explanations() -> dict[str, ExplanationConfig]:
    """The explanations every run knows by name; a configuration may add to them or change them."""
    return {
        "cam": CamConfig(),
        "grad_cam": GradCamConfig(),
        "grad_cam_plus_plus": GradCamPlusPlusConfig(),
        "layer_cam": LayerCamConfig(),
        "score_cam": ScoreCamConfig(),
        "gradient": GradientConfig(),
        "smoothgrad": SmoothGradConfig(),
    }
