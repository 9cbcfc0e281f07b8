"""Stored tables of a comparison of networks: several runs of the same photographs."""

from ssimball.storage.contracts.columns import IMAGE_ID, Column, Contract

_NETWORK = Column("network", "string", "Name of the network: that of its run without `network_`.")
_STATEMENT = (
    Column("statement", "string", "Name of the statement."),
    Column(
        "endpoint",
        "string",
        "Value of an image: [that of a claim](confirmation.md#what-is-tested), or "
        "`transfer`, the share of the other networks that it fools, of those right on the "
        "clean image.",
    ),
    Column("of", "string", "Attack, or region that it is confined to."),
    Column("minus", "string", "Attack or region that is subtracted, if any.", True),
)
_MEAN = (
    Column("mean", "float64", "Mean over images.", True),
    Column("ci_low", "float64", "Lower end of its interval, not corrected.", True),
    Column("ci_high", "float64", "Upper end.", True),
)

NETWORKS = Contract(
    "networks",
    "networks.parquet",
    "one statement on one network",
    (
        *_STATEMENT,
        _NETWORK,
        Column("n", "int32", "Images with a value."),
        Column("units", "int32", "Independent units among them."),
        *_MEAN,
        Column(
            "p",
            "float64",
            "p-value of the two-sided sign-flip test, if any.",
            True,
        ),
        Column("p_holm", "float64", "p after Holm's correction over all tests here.", True),
        Column("verdict", "string", "As in primary.parquet, if tested.", True),
    ),
)

ACROSS = Contract(
    "networks_across",
    "across.parquet",
    "one statement over all networks",
    (
        *_STATEMENT,
        Column("networks", "int32", "Networks with a value."),
        Column("above", "int32", "Those above null, if tested.", True),
        Column("below", "int32", "Those below.", True),
        Column("unclear", "int32", "Those that differ neither way.", True),
        Column("lowest", "float64", "Smallest of the networks' means.", True),
        Column("highest", "float64", "Largest of them.", True),
        Column("common", "int32", "Images with a value on every network."),
        Column("mean", "float64", "Mean over these images and all networks.", True),
        Column(
            "ci_low",
            "float64",
            "Lower end of its interval, for [other networks and "
            "units](statistics.md#several-networks).",
            True,
        ),
        Column("ci_high", "float64", "Upper end.", True),
        Column(
            "between", "float64", "Standard deviation of the networks' true means, estimated.", True
        ),
    ),
)

_TRANSFER = (
    Column("source", "string", "Network that the image was made on."),
    Column("target", "string", "Network that judges it."),
    Column("attack", "string", "Name of the attack or control."),
    Column(
        "region",
        "string",
        "Region it was confined to, of `random` the first set; `all`: the stored image.",
    ),
)

TRANSFER_BY_IMAGE = Contract(
    "transfer_by_image",
    "transfer_by_image.parquet",
    "one image made on one network and judged by another that classifies the clean image correctly",
    (
        IMAGE_ID,
        *_TRANSFER,
        Column("fooled", "bool", "The target predicts another class than the true one."),
        Column("margin_fall", "float64", "Fall of the target's margin from the clean image."),
    ),
)

TRANSFER = Contract(
    "transfer",
    "transfer.parquet",
    "one pair of networks and kind of image, over the images that both classify correctly",
    (
        *_TRANSFER,
        Column("n", "int32", "Images."),
        Column("fooled", "float64", "Share of them that fool the target.", True),
        Column("fooled_low", "float64", "Lower end of its interval.", True),
        Column("fooled_high", "float64", "Upper end.", True),
        Column("margin_fall", "float64", "Mean fall of the target's margin.", True),
    ),
)
