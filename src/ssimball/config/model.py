"""Settings of preprocessing and of the network."""

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from ssimball.config.base import SHA256, Section
from ssimball.errors import ConfigError

#: Endings of files with weights.
WEIGHT_FILES = (".safetensors", ".pth", ".pt", ".pth.tar", ".bin", ".ckpt")

#: Weights that the package ships, and their files in the room ``models``.
SHIPPED_WEIGHTS = {"demo": "demo_model.safetensors", "demo_robust": "demo_robust.safetensors"}

#: What stands before a package and a file inside it.
_PACKAGE = "package:"
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
        le=5000,
        description="Length in pixels to which the shorter side is resized; null: no resizing.",
    )
    crop: int = Field(
        224,
        ge=32,
        le=5000,
        description="Side in pixels of the central square that is cut out; 32 to 5000.",
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
    num_classes: int = Field(10, ge=2, le=100_000, description="Number of classes.")
    weights: str = Field(
        "demo",
        description="demo or demo_robust (shipped with the package), a name of torchvision such "
        "as IMAGENET1K_V2, or a file with weights: .safetensors, .pth, .pth.tar, .bin or .ckpt; "
        "package:NAME/FILE is a file inside an installed Python package.",
    )
    weights_by: Literal["name", "order"] = Field(
        "name",
        description="How a file's tensors are matched with the network's: by name; or by order, "
        "with equal shapes one by one, where the file names the same layers differently.",
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

    expected_top1: float | None = Field(
        None,
        ge=0,
        le=1,
        description="Share of images that the network is known to classify correctly; the answer "
        "warns if the run's is far below. null: not known.",
    )
    randomised_layers: RandomisedLayers = Field(
        0,
        description="Number of last layers whose weights are drawn anew, as in the model "
        "randomisation test; 0: none; all: every layer. If any, an image's label is the predicted "
        "class.",
    )
    randomised_seed: int = Field(0, ge=0, description="Seed of these weights.")

    @field_validator("weights")
    @classmethod
    def _refuse_address(cls, weights: str) -> str:
        if "://" in weights:
            raise ValueError("an address, from which nothing is downloaded; get the file, name it")
        return weights

    @model_validator(mode="after")
    def _check_transform(self) -> Self:
        """Refuse a normalisation that differs from the one of torchvision's named weights."""
        centred = self.mean == [0.5] * 3 and self.std == [0.5] * 3
        is_named = self.shipped_file is None and not self.names_file
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
    def shipped_file(self) -> str | None:
        """Name of the file of shipped weights; None for all other weights."""
        return SHIPPED_WEIGHTS.get(self.weights)

    @property
    def names_file(self) -> bool:
        """Whether ``weights`` names a file, and no shipped or named weights."""
        return self.weights.endswith(WEIGHT_FILES)

    @property
    def is_in_package(self) -> bool:
        """Whether ``weights`` names a file of an installed package."""
        return self.names_file and self.weights.startswith(_PACKAGE)

    @property
    def weights_file(self) -> Path | None:
        """The file that ``weights`` names; None for shipped and named weights.

        Raises:
            ConfigError: it is in a package that is not installed, or that has no such file.
        """
        if not self.names_file:
            return None
        return _file_of_package(self.weights) if self.is_in_package else Path(self.weights)


def _file_of_package(weights: str) -> Path:
    """Find a file of an installed package, of which nothing is imported."""
    package, _, inner = weights.removeprefix(_PACKAGE).partition("/")
    top, *below = package.split(".")
    spec = find_spec(top) if top.isidentifier() else None
    if spec is None or not spec.submodule_search_locations:
        raise ConfigError(
            f"model.weights: the Python package {package!r} is not installed; install it "
            "(`make setup` installs the one of `make demo`), or name a file of weights"
        )
    parts = [*below, *inner.split("/")]
    path = Path(spec.submodule_search_locations[0], *parts)
    if ".." in parts or "" in parts or not path.is_file():
        raise ConfigError(
            f"model.weights: the installed package {package!r} has no file {inner!r}; correct the "
            "path, or install the version that has it"
        )
    return path
