"""Settings of the data set and of the subset drawn from it."""

from typing import Annotated, Literal

from pydantic import Field

from ssimball.config.base import Section

#: Labels of the demo's scenes are 0 to 9.
DEMO_CLASSES = 10


class DemoConfig(Section):
    """Procedural scenes drawn by the package."""

    images: int = Field(400, ge=1, le=99_999, description="Scenes the data set holds.")
    seed: int = Field(2026, ge=0, description="Seed of the scenes.")


class ManifestConfig(Section):
    """A user's own photographs, listed in a CSV file."""

    path: str | None = Field(
        None,
        description="CSV with columns path,label and optionally mask or boxes; paths relative to "
        "the CSV's folder.",
    )


class ImageNetConfig(Section):
    """ImageNet (ILSVRC-2012) validation images."""

    root: str | None = Field(None, description="Folder of the validation images.")
    layout: Literal["auto", "folders", "kaggle", "devkit"] = Field(
        "auto", description="Where labels come from: class folders, Kaggle's CSV, or the devkit."
    )
    boxes: str | None = Field(
        None, description="Folder of the bounding boxes (XML files); null: no object masks."
    )


class DatasetConfig(Section):
    """Which data set to use; only the section named by ``kind`` matters."""

    kind: Literal["demo", "manifest", "imagenet"] = Field(
        "demo", description="demo, manifest or imagenet."
    )
    demo: DemoConfig = Field(default_factory=DemoConfig)
    manifest: ManifestConfig = Field(default_factory=ManifestConfig)
    imagenet: ImageNetConfig = Field(default_factory=ImageNetConfig)


class SubsetConfig(Section):
    """Which images; more of them, or rows appended to a manifest taken whole, add shards."""

    images: Annotated[int, Field(gt=0)] | Literal["all"] = Field(
        20, description="Images to draw, class by class in turn; or all, in the data set's order."
    )
