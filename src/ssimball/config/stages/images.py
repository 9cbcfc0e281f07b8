"""Stages that prepare the images: class names, subset, clean predictions."""

from typing import Annotated, Literal

from pydantic import Field

from ssimball.config.dataset import DatasetKind, DemoConfig
from ssimball.config.model import ModelConfig, PreprocessingConfig
from ssimball.config.stages.base import Seed, Stage, StageSettings, omitted_if_none


class DemoIdentity(DemoConfig):
    """What decides which images the demo holds."""

    kind: Literal["demo"] = "demo"


class FoolboxIdentity(StageSettings):
    """What decides which photographs of the package foolbox a run sees.

    Attributes:
        files: sha256 of the names of their files, which hold the labels.
    """

    kind: Literal["foolbox"] = "foolbox"
    files: str


class ImageNetIdentity(StageSettings):
    """What decides which images of ImageNet a run sees, without paths.

    Attributes:
        layout: Where the labels come from.
        boxes: Whether bounding boxes give object masks.
    """

    kind: Literal["imagenet"] = "imagenet"
    layout: str
    boxes: bool


class ManifestIdentity(StageSettings):
    """What a stage reads from a manifest, without its path.

    Attributes:
        names: sha256 of all class names; only in stage ``classes``.
        rows: sha256 of the rows of one shard; only in stage ``subset``.
    """

    kind: Literal["manifest"] = "manifest"
    names: str | None = omitted_if_none()
    rows: str | None = omitted_if_none()


DatasetIdentity = Annotated[
    DemoIdentity | FoolboxIdentity | ImageNetIdentity | ManifestIdentity,
    Field(discriminator="kind"),
]


class ListedOrder(StageSettings):
    """All images of the data set, in its own order."""

    kind: Literal["listed"] = "listed"


class DrawnOrder(StageSettings):
    """Images drawn class by class in turn, in an order that the seed decides."""

    kind: Literal["drawn"] = "drawn"
    seed: Seed


class ClassesStage(Stage):
    """Names of the classes."""

    stage_name = "classes"

    dataset: DatasetIdentity
    num_classes: int


class SubsetStage(Stage):
    """The images of one shard. The number of images of the run may grow and is no part of it.

    Attributes:
        first: Position of the shard's first image in the subset.
        last: Position of its last image.
    """

    stage_name = "subset"

    dataset: DatasetIdentity
    num_classes: int
    order: Annotated[ListedOrder | DrawnOrder, Field(discriminator="kind")]
    first: int
    last: int


class CleanStage(Stage):
    """Preprocessed clean images and their predictions.

    Attributes:
        dataset: Kind of the data set. Which images there are comes with the subset.
        model: The network; ``weights`` of a file is its extension, ``sha256`` identifies it.
    """

    stage_name = "clean"

    dataset: DatasetKind
    preprocessing: PreprocessingConfig
    model: ModelConfig
