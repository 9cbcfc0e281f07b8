"""Stored tables of what the figures of the answer show."""

from dataclasses import replace

from ssimball.storage.contracts.columns import IMAGE_ID, Column, Contract
from ssimball.storage.contracts.overlap import SUMMARY
from ssimball.storage.contracts.randomised import RANDOMISED


def columns_of(contract: Contract, names: str) -> tuple[Column, ...]:
    """Return columns of a table by their names, which spaces separate."""
    known = {column.name: column for column in contract.columns}
    return tuple(known[name] for name in names.split())


_ATTACK = SUMMARY.columns[0]
_ESTIMATE = columns_of(SUMMARY, "n mean ci_low ci_high")
_FOOLED = "`fooled`, share of images; `overlap`, the primary endpoint"
_PARTIAL = "`partial`, the same given texture and centre"


def _estimates(name: str, row: str, quantities: str) -> Contract:
    """Return the table of a figure that shows means by attack."""
    return Contract(
        f"figure_{name}",
        f"figures/{name}.parquet",
        f"one mean of the figure: {row}",
        (_ATTACK, Column("quantity", "string", f"{quantities}."), *_ESTIMATE),
    )


FIGURE_EVIDENCE = _estimates("evidence", "an attack and quantity", _FOOLED)

FIGURE_OVERVIEW = _estimates(
    "overview",
    "an attack and quantity, attacks first, by overlap",
    f"{_FOOLED}; {_PARTIAL}; `object`, the same with object masks",
)

FIGURE_DIRECTIONS = _estimates(
    "directions", "a step in the SSIM ball and quantity", f"{_FOOLED}; {_PARTIAL}"
)

FIGURE_CLASSES = _estimates(
    "classes",
    "an attack and quantity, in the order of figures/overview.parquet",
    "`own`, the rank correlation with the CAM; `other_images`, the primary endpoint; `runner_up`, "
    "`top_ten`, `random_class`, `class_mean`: `own` minus that with the CAMs of these classes",
)

FIGURE_NETWORKS = Contract(
    "figure_networks",
    "figures/networks.parquet",
    "one mean of the figure: a network and quantity, the run's own network first",
    (
        *columns_of(RANDOMISED, "layers attack"),
        Column(
            "quantity",
            "string",
            "`fooled`, share of images; `own` and `other_images`, rank correlation with the own "
            "and with other images' CAMs; `difference`, of the two.",
        ),
        *_ESTIMATE,
    ),
)

FIGURE_BY_IMAGE = Contract(
    "figure_by_image",
    "figures/by_image.parquet",
    "one point of the figure: an attack and image, ascending, in the order of "
    "figures/overview.parquet; evenly chosen where an attack has more than 200",
    (
        _ATTACK,
        replace(IMAGE_ID, meaning="The image; null for the mean over images.", nullable=True),
        Column("n", "int32", "Images of the attack that have a difference."),
        Column(
            "difference",
            "float64",
            "Rank correlation of SSIM deficit and CAM minus its null.",
            True,
        ),
        Column("ci_low", "float64", "Lower end of the interval of the mean.", True),
        Column("ci_high", "float64", "Upper end.", True),
    ),
)
