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
            "`ok`; `failed: <reason>`; or the status of the image where there is none (rest null).",
        ),
        LABEL,
        Column("image", "string", "The image the class is explained on: `clean` or `adversarial`."),
        Column(
            "explained",
            "string",
            "Which class is explained: `label`; `predicted`, the prediction on the clean image "
            "where it is not the label; `adversarial`, the prediction on the adversarial image "
            "where it is not the label.",
        ),
        Column("class_index", "int32", "That class, as an index in the network's order."),
        Column("logit", "float64", "Logit of that class on that image.", True),
        Column(
            "bias",
            "float64",
            "mean(map) + bias = logit. Null for maps that do not sum to it: other explanations "
            "than `cam`, and `cam` of a network without an exact one, where it is Grad-CAM.",
            True,
        ),
        Column(
            "map",
            "float32",
            "The raw map, without ReLU, scaling or resizing, on the grid of the layer's features; "
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
            "SSIM at every valid window position, mean over channels; the value at (i, j) belongs "
            "to the window centred at pixel (i + 5, j + 5).",
            True,
            ("H-10", "W-10"),
        ),
    ),
)

REFERENCES = Contract(
    "references",
    "references/<shard>.parquet",
    "one clean image; its maps, beside the CAM, that distortions are compared with",
    (
        IMAGE_ID,
        Column("status", "string", "`ok`, or the status of the clean image (rest null)."),
        Column(
            "texture",
            "float64",
            "Mean over each cell of the CAM's grid of the variance of the image, with values in "
            "[0, 1], in each window of SSIM, averaged over channels.",
            True,
            ("h", "w"),
        ),
        Column(
            "mask_status",
            "string",
            "`ok`, or why there is no map of the object; null where the image has no object mask.",
            True,
        ),
        Column(
            "mask", "float64", "Share of each of these cells inside the object.", True, ("h", "w")
        ),
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
            "`ok`; `skipped: too few classes`; or the status of the clean image (rest null).",
        ),
        Column(
            "role",
            "string",
            "`runner_up`, the most likely other class; `top_ten`, each of the next eight; "
            "`random_class`, ten random other classes; `class_mean`, the mean over all classes.",
        ),
        Column("class_index", "int32", "The class; null for `class_mean`.", True),
        Column("map", "float32", "The map, as of explanation `cam`.", True, ("h", "w")),
    ),
)

_MEANINGS = {
    "deficit": "1 - SSIM, the SSIM deficit",
    "luminance": "1 - S1, SSIM's luminance",
    "structure": "1 - S2, its contrast and structure",
    "brunet": "(1 - S1) + (1 - S2), Brunet's squared distance",
    "absolute": "the absolute change of pixels",
    "squared": "the squared change of pixels",
}
DISTORTION = Contract(
    "distortions",
    "distortions/<attack>/<shard>.parquet",
    "one image under one attack; channels of maps: mean over RGB, red, green, blue, luma",
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
