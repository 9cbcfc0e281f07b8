"""What the list shows of an image under an attack, and every number that the image's page has."""

from typing import Any

from ssimball.storage.contracts.attacks import ATTACKS

#: Columns of the attacks table on the page of an image: all but pictures, maps and timings.
NUMBERS = tuple(
    column
    for column in ATTACKS.columns
    if not column.dims
    and not column.volatile
    and column.name not in ("image_id", "label", "adversarial_png")
)


def _measure(name: str, title: str, meaning: str, digits: int = 2, **more: Any) -> dict[str, Any]:
    return {"name": name, "title": title, "meaning": meaning, "digits": digits, **more}


#: Measures of the list, each a column of the attacks table or a metric of the overlap table.
MEASURES = (
    _measure("success", "Fooled", "The stored image is classified as the attack wants."),
    _measure("predicted", "Now seen as", "Class of the stored image."),
    _measure(
        "spearman_cam",
        "Overlap with the CAM",
        "Rank correlation of SSIM deficit and CAM of the true class.",
        signed=True,
    ),
    _measure(
        "spearman_cam_null",
        "Overlap with other CAMs",
        "The same with the CAMs of other images: what chance gives.",
        signed=True,
    ),
    _measure("mean_ssim", "Mean SSIM", "Of the stored pair.", 4),
    _measure("min_ssim", "Smallest SSIM", "Smallest value of the map, over channels.", 3),
    _measure("top_share_cam", "Deficit in top cells", "Share of it in the CAM's largest cells."),
    _measure("top_iou_cam", "IoU of top cells", "Of the largest cells of deficit and CAM."),
    _measure("share_mask", "Deficit in object", "Share of it inside the object's mask."),
    _measure("gap", "Certified gap", "(dual - primal) / dual of the last linear problem.", 5),
    _measure("l2", "Change, l2", "Euclidean norm of the change, image in [0, 1]."),
    _measure("linf", "Change, largest", "Largest change of a pixel, image in [0, 1].", 4),
)
OF_ATTACKS = frozenset(column.name for column in NUMBERS)
