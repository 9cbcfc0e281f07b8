"""Settings of the explanation methods.

The code of method ``m`` is the function ``explain`` of :mod:`ssimball.explanations.methods`.m.
"""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from ssimball.config.base import Ratio, Section


class ExplanationSettings(Section):
    """Settings that every explanation method has."""

    #: Whether the method draws random numbers.
    seeded: ClassVar[bool] = False

    method: str


class LayerSettings(ExplanationSettings):
    """Settings of methods that combine the feature maps of a layer."""

    layer: str | None = Field(
        None,
        min_length=1,
        description="Layer whose feature maps are used, e.g. features.14; null: the last one.",
    )


class CamConfig(ExplanationSettings):
    """Class activation map (Zhou et al. 2016): its mean plus the bias is the logit."""

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
    """Score-CAM (Wang et al. 2020): one forward pass per channel of the layer."""

    method: Literal["score_cam"] = "score_cam"


class GradientConfig(ExplanationSettings):
    """Gradient saliency (Simonyan et al. 2014)."""

    method: Literal["gradient"] = "gradient"


class SmoothGradConfig(ExplanationSettings):
    """SmoothGrad (Smilkov et al. 2017)."""

    seeded = True

    method: Literal["smoothgrad"] = "smoothgrad"
    samples: int = Field(50, ge=1, le=10_000, description="Number of noisy copies of the image.")
    noise_level: Ratio = Field(
        0.15, ge=0, description="Standard deviation of the noise, as a share of the image's range."
    )


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

#: Explanations computed by default. Grad-CAM of the last layer is the CAM up to a constant, and
#: Grad-CAM++ ranks cells nearly as Layer-CAM does; Score-CAM takes seconds per image.
USUAL = ("cam", "layer_cam", "gradient", "smoothgrad")


def default_explanations() -> dict[str, ExplanationConfig]:
    """Return the explanations defined by default; a configuration can add to or change them."""
    return {
        "cam": CamConfig(),
        "grad_cam": GradCamConfig(),
        "grad_cam_plus_plus": GradCamPlusPlusConfig(),
        "layer_cam": LayerCamConfig(),
        "score_cam": ScoreCamConfig(),
        "gradient": GradientConfig(),
        "smoothgrad": SmoothGradConfig(),
    }
