"""Settings of the network and of what is done to an image before it."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from ssimball.config.base import SHA256, Section

PositiveFloat = Annotated[float, Field(gt=0)]


class PreprocessingConfig(Section):
    """From a file to the 8-bit image that everything downstream works on."""

    resize: int | None = Field(
        None, ge=1, description="Shorter side after resizing; null leaves the size alone."
    )
    crop: int = Field(224, ge=32, description="Side of the central square that is kept.")
    interpolation: Literal["bilinear", "bicubic", "lanczos"] = Field(
        "bilinear", description="bilinear, bicubic or lanczos (Pillow, antialiased)."
    )


WEIGHT_FILES = (".safetensors", ".pth", ".pt")


class ModelConfig(Section):
    """A torchvision classifier with a pooling-plus-linear head."""

    name: str = Field("mobilenet_v2", description="torchvision model, e.g. resnet50.")
    width_mult: float = Field(
        0.25, gt=0, le=4, description="Width multiplier; 1.0 for networks that have none."
    )
    num_classes: int = Field(10, ge=2, description="Classes of the head.")
    weights: str = Field(
        "demo",
        description="demo (shipped), a torchvision weights name (IMAGENET1K_V2), "
        "or a .pth / .safetensors file.",
    )
    sha256: str | None = Field(
        None,
        pattern=SHA256,
        description="Expected sha256 of a weights file; computed and recorded when null.",
    )
    padding: Literal["torch", "same"] = Field(
        "torch", description="torch (symmetric) or same (networks trained in TensorFlow)."
    )
    mean: list[float] = Field(
        default_factory=lambda: [0.5, 0.5, 0.5],
        min_length=3,
        max_length=3,
        description="Normalisation: (image - mean) / std, image in [0, 1].",
    )
    std: list[PositiveFloat] = Field(
        default_factory=lambda: [0.5, 0.5, 0.5],
        min_length=3,
        max_length=3,
        description="See mean.",
    )

    @property
    def weights_file(self) -> Path | None:
        """The file ``weights`` names; None for the shipped ones and those known by name."""
        return Path(self.weights) if self.weights.endswith(WEIGHT_FILES) else None
