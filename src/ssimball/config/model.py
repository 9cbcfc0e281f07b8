"""Settings of preprocessing and of the network."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ssimball.config.base import SHA256, Section

#: Endings of files with weights.
WEIGHT_FILES = (".safetensors", ".pth", ".pt", ".pth.tar", ".bin", ".ckpt")

#: Networks that torchvision's weights make transform images from ImageNet's mean and standard
#: deviation to the range -1 to 1; here they get them in that range.
_CENTRED = ("googlenet", "inception_v3")

PositiveFloat = Annotated[float, Field(gt=0)]
#: Number of last layers whose weights are drawn anew.
RandomisedLayers = Annotated[int, Field(ge=0)] | Literal["all"]


class PreprocessingConfig(Section):
    """From an image file to the 8-bit square that all later stages use."""

    resize: int | None = Field(
        None,
        ge=1,
        description="Length in pixels to which the shorter side is resized; null: no resizing.",
    )
    crop: int = Field(
        224, ge=32, description="Side in pixels of the central square that is cut out; at least 32."
    )
    interpolation: Literal["bilinear", "bicubic", "lanczos"] = Field(
        "bilinear",
        description="Filter for resizing: bilinear, bicubic or lanczos (Pillow, antialiased).",
    )


class ModelConfig(Section):
    """The network: a classifier of images (B, 3, H, W) with logits (B, classes)."""

    name: str = Field(
        "mobilenet_v2",
        description="A name of torchvision, such as resnet50; timm/NAME for a network of timm; or "
        "package.module:function for one of your own, which the function returns.",
    )
    code_sha256: str | None = Field(
        None,
        pattern=SHA256,
        description="SHA-256 that the file of your own network must have; null: any, and it is "
        "recorded.",
    )
    width_mult: float = Field(
        0.25,
        gt=0,
        le=4,
        description="Width multiplier of networks that have one; 1.0 for all others.",
    )
    num_classes: int = Field(10, ge=2, description="Number of classes.")
    weights: str = Field(
        "demo",
        description="demo (shipped with the package), a name of torchvision such as "
        "IMAGENET1K_V2, or a file with weights: .safetensors, .pth, .pth.tar, .bin or .ckpt.",
    )
    sha256: str | None = Field(
        None,
        pattern=SHA256,
        description="SHA-256 that a file of weights must have; null: any, and it is recorded.",
    )
    padding: Literal["torch", "same"] = Field(
        "torch",
        description="Padding of convolutions: torch (symmetric) or same (as in TensorFlow).",
    )
    mean: list[float] = Field(
        default_factory=lambda: [0.5, 0.5, 0.5],
        min_length=3,
        max_length=3,
        description="Mean of R, G and B on the scale 0 to 1; the network gets (image - mean) / "
        "std.",
    )
    std: list[PositiveFloat] = Field(
        default_factory=lambda: [0.5, 0.5, 0.5],
        min_length=3,
        max_length=3,
        description="Standard deviation of R, G and B on the same scale.",
    )

    randomised_layers: RandomisedLayers = Field(
        0,
        description="Number of last layers whose weights are drawn anew, as in the model "
        "randomisation test; 0: none; all: every layer. If any, an image's label is the predicted "
        "class.",
    )
    randomised_seed: int = Field(0, ge=0, description="Seed of these weights.")

    @model_validator(mode="after")
    def _check_transform(self) -> Self:
        """Refuse a normalisation that differs from the one of torchvision's named weights."""
        centred = self.mean == [0.5] * 3 and self.std == [0.5] * 3
        is_named = self.weights != "demo" and self.weights_file is None
        if self.name in _CENTRED and is_named and not centred:
            raise ValueError(
                f"mean: torchvision's weights of {self.name} take images from -1 to 1; set mean "
                "and std to [0.5, 0.5, 0.5]"
            )
        return self

    @property
    def is_randomised(self) -> bool:
        """Whether any layer has random weights, so that labels mean nothing to the network."""
        return self.randomised_layers != 0

    @property
    def weights_file(self) -> Path | None:
        """The file that ``weights`` names; None for shipped and named weights."""
        return Path(self.weights) if self.weights.endswith(WEIGHT_FILES) else None
