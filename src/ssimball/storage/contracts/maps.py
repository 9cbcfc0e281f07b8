"""Stored tables of maps: explanations of the network, and SSIM."""

from dataclasses import replace

from ssimball.storage.contracts.columns import IMAGE_ID, LABEL, Column, Contract
from ssimball.storage.contracts.distortion_names import KINDS

EXPLANATIONS = Contract(
    "explanations",
    "explanations/<explanation>/<shard>.parquet",
    "one class explained on one clean image; an image's first row is of its label",
    (
        IMAGE_ID,
        Column(
            "status",
            "string",
            "`ok`; `failed: <reason>` or, where there is no image, its status (rest null).",
        ),
        LABEL,
        Column("image", "string", "What is explained on: `clean` or `adversarial`."),
        Column(
            "explained",
            "string",
            "Whose class: `label`, `predicted` (of the clean image, where other than label) or "
            "`adversarial` (predicted of the adversarial image, where other than label).",
        ),
        Column("class_index", "int32", "The class explained, index in the network's order."),
        Column("logit", "float64", "Its logit on that image.", True),
        Column(
            "bias", "float64", "mean(map) + bias = logit, for maps that account for it: cam.", True
        ),
        Column(
            "map",
            "float32",
            "The map, raw: no ReLU, scaling or resizing. On the grid of the layer's features, or "
            "(H, W) for gradients.",
            True,
            ("h", "w"),
        ),
    ),
)

EXPLANATIONS_ATTACKED = replace(
    EXPLANATIONS,
    name="explanations_attacked",
    path="explanations_attacked/<attack>/<explanation>/<shard>.parquet",
    row="one class explained on one image, clean or adversarial, under one attack; the first row "
    "of an image is of its label on the adversarial image",
)

SSIM = Contract(
    "ssim",
    "ssim/<attack>/<shard>.parquet",
    "one image under one attack",
    (
        IMAGE_ID,
        Column("status", "string", "`ok`, or the status of the attack (rest null)."),
        Column("mean_ssim", "float64", "Mean of the map.", True),
        Column("min_ssim", "float64", "Smallest SSIM of any window and channel.", True),
        Column(
            "ssim_map",
            "float64",
            "SSIM at every valid window position, mean over channels; the value at (i, j) belongs "
            "to the window centred at pixel (i + 5, j + 5).",
            True,
            ("H-10", "W-10"),
        ),
    ),
)

_MEANINGS = {
    "deficit": "1 - SSIM",
    "luminance": "1 - S1, SSIM's luminance",
    "structure": "1 - S2, its contrast and structure",
    "brunet": "(1 - S1) + (1 - S2), Brunet's squared distance",
    "absolute": "the absolute change of pixels",
    "squared": "the squared change of pixels",
}
DISTORTION = Contract(
    "distortions",
    "distortions/<attack>/<shard>.parquet",
    "one image under one attack; the maps are of the mean over RGB, of red, green, blue, luma",
    (
        IMAGE_ID,
        Column("status", "string", "`ok`, or the status of the attack (rest null)."),
        *(
            Column(
                kind,
                "float64",
                f"Mean over each cell of the CAM's grid of {_MEANINGS[kind]}.",
                True,
                ("channel", "h", "w"),
            )
            for kind in KINDS
        ),
    ),
)
