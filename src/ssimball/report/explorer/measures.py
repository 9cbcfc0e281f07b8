"""The measures in the list, and the numbers on the page of an image."""

from typing import Any

from ssimball.storage.contracts.attacks import ATTACKS

#: Columns of the attacks table on the page of an image: all except pictures, maps and timings.
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
    _measure("success", "Fooled", "Whether the attack reached its goal on the stored image."),
    _measure("predicted", "Predicted class", "Class of the stored image by the network."),
    _measure(
        "spearman_cam",
        "Overlap with the CAM",
        "Rank correlation of the SSIM deficit (1 - SSIM) with the CAM of the true class.",
        signed=True,
    ),
    _measure(
        "spearman_cam_null",
        "Overlap with other images' CAMs",
        "The same correlation with the CAMs of other images: the null.",
        signed=True,
        null_of="spearman_cam",
    ),
    _measure(
        "margin",
        "Margin",
        "Logit of the true class minus the largest other, on the stored image.",
    ),
    _measure("mean_ssim", "Mean SSIM", "Mean SSIM of the clean and the stored image.", 4),
    _measure("min_ssim", "Smallest SSIM", "Smallest SSIM of any window and channel.", 3),
    _measure(
        "top_share_cam",
        "SSIM deficit in top cells",
        "Share of the SSIM deficit in the CAM's largest cells.",
    ),
    _measure(
        "top_iou_cam",
        "IoU of top cells",
        "Intersection over union of the largest cells of SSIM deficit and CAM.",
    ),
    _measure("share_mask", "SSIM deficit in object", "Share of it inside the object's mask."),
    _measure("gap", "Certified gap", "(dual - primal) / dual of the last linear subproblem.", 5),
    _measure(
        "bracket_ratio",
        "Bracket of the true ball",
        "Lower over upper bound on the linear subproblem's optimum in the true SSIM ball.",
        4,
    ),
    _measure("l2", "Change, l2 norm", "Euclidean norm of the change, for images in [0, 1]."),
    _measure("linf", "Largest change", "Largest change of a pixel, for images in [0, 1].", 4),
)
#: Measures that are columns of the attacks table.
OF_ATTACKS = frozenset(column.name for column in NUMBERS)
