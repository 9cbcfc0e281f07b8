"""Settings of what is made across images: statistics, figures and the explorer."""

from typing import Literal

from pydantic import Field

from ssimball.config.base import Ratio, Section


class StatisticsConfig(Section):
    """Intervals and tests across images."""

    units: Literal["auto", "images", "classes"] = Field(
        "auto",
        description="What is independent: images, classes, or auto: images if the run has all "
        "classes of the network or none twice, otherwise classes.",
    )
    confidence: Ratio = Field(
        0.95,
        gt=0,
        lt=1,
        description="Confidence level of all intervals, between 0 and 1; tests have the level 1 "
        "minus that.",
    )
    resamples: int = Field(
        9999,
        ge=99,
        le=100_000,
        description="Number of bootstrap resamples per interval; 99 to 100,000.",
    )


class FiguresConfig(Section):
    """The contact sheets of images."""

    sheet_images: int = Field(
        6, ge=1, le=20, description="Images on a contact sheet, drawn with the seed; 1 to 20."
    )
    amplify: float = Field(
        10.0, gt=0, description="Factor by which shown perturbations are amplified."
    )


class ReportConfig(Section):
    """The explorer: a run's images and numbers as pages for a browser."""

    images: int = Field(
        500,
        ge=0,
        le=10_000,
        description="Images shown with pictures, from the start of the subset; each takes about "
        "2 MB.",
    )
