"""Contracts of the tables of clean images: which they are, and the network's predictions."""

from ssimball.storage.contracts.columns import IMAGE_ID, LABEL, Column, Contract

SUBSET = Contract(
    "subset",
    "subset/<shard>.parquet",
    "one image of the subset, in its order",
    (
        IMAGE_ID,
        Column("position", "int32", "Position in the subset, from 0."),
        Column("shard", "string", "The shard that processes the image."),
        LABEL,
        Column("class_name", "string", "Name of the true class."),
        Column("status", "string", "`selected`, or `failed: <reason>`."),
        Column("sha256", "string", "sha256 of the image file (of the pixels for the demo).", True),
        Column(
            "mask_sha256",
            "string",
            "sha256 of the file of the object's mask or boxes.",
            True,
        ),
        Column("extra", "string", "Further columns of the manifest, a JSON object."),
    ),
)

CLASSES = Contract(
    "classes",
    "classes.parquet",
    "one class of the network",
    (
        Column("label", "int32", "Index of the class in the network's order."),
        Column("name", "string", "Its name in the data set."),
    ),
)

CLEAN = Contract(
    "clean",
    "clean/<shard>.parquet",
    "one image",
    (
        IMAGE_ID,
        Column(
            "status",
            "string",
            "`ok`, or `failed: <reason>` (all but `label` null).",
        ),
        LABEL,
        Column("predicted", "int32", "Class with the largest logit.", True),
        Column("correct", "bool", "predicted = label.", True),
        Column("probability", "float64", "Softmax probability of the predicted class.", True),
        Column("label_probability", "float64", "Softmax probability of the true class.", True),
        Column("margin", "float64", "Logit of the true class minus the largest other logit.", True),
        Column("logits", "list<float32>", "All logits.", True),
        Column("image_png", "binary", "The preprocessed 8-bit RGB image, PNG.", True),
        Column("mask_png", "binary", "Object mask where one is known, 0/255 PNG.", True),
    ),
)
