"""What a metric of overlap is: a measure, a reference map and a kind of distortion."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

#: Columns that say which metric a row of a stored table is about.
COLUMNS = ("measure", "reference", "distortion")


@dataclass(frozen=True, order=True)
class Metric:
    """A measure of how far the map of a distortion agrees with a reference map.

    Attributes:
        measure: how the two maps are compared, e.g. ``spearman``.
        reference: the map that the distortion is compared with: ``cam``, ``mask``, ``texture``,
            ``centre`` or the name of another explanation.
        distortion: a name of :data:`ssimball.storage.contracts.distortion_names.DISTORTIONS`;
            ``deficit`` is the SSIM deficit, 1 - SSIM.
    """

    measure: str
    reference: str
    distortion: str = "deficit"

    @property
    def label(self) -> str:
        """Its name for people, which also names its stream of random numbers.

        Examples:
            >>> Metric("top_share", "cam", "luminance").label
            'top_share_cam_of_luminance'
        """
        suffix = "" if self.distortion == "deficit" else f"_of_{self.distortion}"
        return f"{self.measure}_{self.reference}{suffix}"

    @property
    def has_null(self) -> bool:
        """Whether it can be compared with other images' maps; the centre is the same for all."""
        return self.reference != "centre"

    def columns(self) -> dict[str, str]:
        """Return the metric as columns of a stored table."""
        # Not dataclasses.asdict, which takes ten times as long: a large run has millions of rows.
        return dict(zip(COLUMNS, (self.measure, self.reference, self.distortion), strict=True))

    def rows_of(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return the rows about this metric of a table with the columns ``COLUMNS``."""
        return table[(table[list(COLUMNS)] == pd.Series(self.columns())).all(axis=1)]


#: What a row of a summary is about: a metric, or a fact of the attacks table by its name.
Quantity = Metric | str

#: The main metric: rank correlation of the SSIM deficit with the CAM of the true class.
SPEARMAN_CAM = Metric("spearman", "cam")
#: Rank correlation with the CAM given texture and centre.
PARTIAL_CAM = Metric("partial", "cam")
#: Share of the SSIM deficit in the top cells of the CAM.
TOP_SHARE_CAM = Metric("top_share", "cam")
#: Intersection over union of the top cells of SSIM deficit and CAM.
TOP_IOU_CAM = Metric("top_iou", "cam")
#: Intersection over union of the top cells of SSIM deficit and object mask.
TOP_IOU_MASK = Metric("top_iou", "mask")
#: Rank correlation of the SSIM deficit with the object mask.
SPEARMAN_MASK = Metric("spearman", "mask")
#: Share of the SSIM deficit inside the object.
SHARE_MASK = Metric("share", "mask")


def quantity_columns(quantity: Quantity) -> dict[str, str | None]:
    """Return a quantity as columns of a stored table; a fact has no reference and distortion."""
    if isinstance(quantity, Metric):
        return {**quantity.columns()}
    return {"measure": quantity, "reference": None, "distortion": None}


def quantity_of(row: Mapping[str, Any]) -> Quantity:
    """Return the quantity that a row of a stored table is about."""
    if isinstance(row.get("reference"), str):
        return Metric(row["measure"], row["reference"], row["distortion"])
    return str(row["measure"])


def by_metric(overlap: pd.DataFrame, column: str) -> dict[Metric, "pd.Series[float]"]:
    """Return a column of an overlap table as a series by image id for each metric.

    Args:
        overlap: columns image_id, measure, reference, distortion and ``column``; a row per image
            and metric.
        column: ``value`` or ``null_value``.

    Returns:
        In the order of the table, NaN where a number is missing.
    """
    wide = overlap.pivot(index="image_id", columns=list(COLUMNS), values=column).astype(float)
    names = overlap[list(COLUMNS)].drop_duplicates().itertuples(index=False, name=None)
    return {Metric(*name): wide[name] for name in names}
