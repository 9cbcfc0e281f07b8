"""Stored tables of maps: explanations of the network, and SSIM."""

from dataclasses import replace

from ssimball.storage.contracts.columns import IMAGE_ID, LABEL, Column, Contract
from ssimball.storage.contracts.distortion_names import KINDS

EXPLANATIONS = Contract(
    "explanations",
    "explanations/<explanation>/<shard>.parquet",
    "one class explained on one clean image; the first row of an image explains its label",
    (
        IMAGE_ID,
        Column(
            "status",
            "string",
            "`ok`; `failed: <reason>`; or the image's status (rest null).",
        ),
        LABEL,
        Column("image", "string", "Image that it is explained on: `clean` or `adversarial`."),
        Column(
            "explained",
            "string",
            "`label`; or, where it differs, `predicted` (on the clean image) or `adversarial` "
            "(on the adversarial image).",
        ),
        Column("class_index", "int32", "That class, as an index in the network's order."),
        Column("logit", "float64", "Logit of that class on that image.", True),
        Column(
            "bias",
            "float64",
            "mean(map) + bias = logit; null for all but an exact `cam`.",
            True,
        ),
        Column(
            "map",
            "float32",
            "The raw map on the grid of the layer's features; (H, W) for gradients.",
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
    "of an image explains its label on the adversarial image",
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
            "SSIM at every valid window position, mean over channels; (i, j): window centred at "
            "pixel (i + 5, j + 5).",
            True,
            ("H-10", "W-10"),
        ),
    ),
)

REFERENCES = Contract(
    "references",
    "references/<shard>.parquet",
    "one clean image; maps, beside the CAM, that distortions are compared with",
    (
        IMAGE_ID,
        Column("status", "string", "`ok`, or the status of the clean image (rest null)."),
        Column(
            "texture",
            "float64",
            "Variance of the image, in [0, 1], in each window of SSIM: mean over channels and over "
            "each cell of the CAM's grid.",
            True,
            ("h", "w"),
        ),
        Column(
            "mask_status",
            "string",
            "`ok`, or why there is no map of the object; null without an object mask.",
            True,
        ),
        Column("mask", "float64", "Share of each cell inside the object.", True, ("h", "w")),
    ),
)

CLASS_CAMS = Contract(
    "class_cams",
    "class_cams/<shard>.parquet",
    "the CAM of another class than the true one on one clean image",
    (
        IMAGE_ID,
        Column(
            "status",
            "string",
            "`ok`; `skipped: too few classes`; or the image's status (rest null).",
        ),
        Column(
            "role",
            "string",
            "`runner_up`: the most likely other class; `top_ten`: each of the next eight; "
            "`random_class`: ten random others; `class_mean`: the mean over all.",
        ),
        Column("class_index", "int32", "The class; null for `class_mean`.", True),
        Column("map", "float32", "The map, as of explanation `cam`.", True, ("h", "w")),
    ),
)

_MEANINGS = {
    "deficit": "1 - SSIM",
    "luminance": "1 - S1, SSIM's luminance",
    "structure": "1 - S2, its contrast and structure",
    "brunet": "(1 - S1) + (1 - S2), Brunet's squared distance",
    "absolute": "Absolute change of pixels",
    "squared": "Squared change of pixels",
}
DISTORTION = Contract(
    "distortions",
    "distortions/<attack>/<shard>.parquet",
    "one image under one attack, by cell of the CAM's grid; channels: mean over RGB, red, green, "
    "blue, luma",
    (
        IMAGE_ID,
        Column("status", "string", "`ok`, or the status of the attack (rest null)."),
        *(
            Column(
                kind,
                "float64",
                f"{_MEANINGS[kind]}, mean over each cell.",
                True,
                ("channel", "h", "w"),
            )
            for kind in KINDS
        ),
    ),
)
