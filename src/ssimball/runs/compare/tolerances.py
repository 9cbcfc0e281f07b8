"""How much a value may differ between two machines; docs/reproducibility.md gives the reasons.

On one machine no value may differ: content hashes are equal.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Tolerance:
    """The differences that are allowed between two cells.

    Attributes:
        absolute: numbers may differ by absolute + relative * |first|.
        relative: see ``absolute``.
        of_largest: ``relative`` is relative to the largest magnitude in the cell, such as a map,
            not to each number.
        share: for an image, the share of its pixels that may differ, by any number of levels.
    """

    absolute: float = 0.0
    relative: float = 0.0
    of_largest: bool = False
    share: float = 0.0

    def __str__(self) -> str:
        """Return the tolerance in words; empty where no difference is allowed.

        Examples:
            >>> str(Tolerance(1e-4, 1e-3))
            '0.0001 + 0.001 relative'
        """
        parts = [f"{self.absolute:g}"] if self.absolute else []
        of = "of the largest" if self.of_largest else "relative"
        parts += [f"{self.relative:g} {of}"] if self.relative else []
        parts += [f"{100 * self.share:g} % of the pixels"] if self.share else []
        return " + ".join(parts)


EXACT = Tolerance()
#: Outputs of the network, as in the audit.
NETWORK = Tolerance(1e-3, 1e-3)
#: Explanations, which may be sums over noise, or be of stored images of which a few pixels differ.
MAP = Tolerance(relative=1e-2, of_largest=True)
#: Gradients as in the audit, and solutions of problems that they pose.
GRADIENT = Tolerance(relative=5e-3, of_largest=True)
IMAGE = Tolerance(share=1e-3)
#: Distances and similarities of stored images of which a few pixels differ.
QUALITY = Tolerance(1e-4, 1e-3)
#: SSIM of single windows in which one pixel differs, and means of it over cells.
WINDOW = Tolerance(1e-2)
#: Relative gaps, which usually are both below what the solver was asked for.
GAP = Tolerance(1e-3)
#: Ranks on a grid of 49 cells, two of which change places, and statistics of such values.
OVERLAP = Tolerance(1e-2, 1e-3)
#: P-values, also those corrected for multiple comparisons.
P_VALUE = Tolerance(2e-2)

_PREDICTED = ("logits", "probability", "label_probability", "margin", "clean_margin", "margin_drop")
_SOLVED = (
    "gradient",
    "perturbation",
    "tangent",
    "window_multipliers",
    "iterate",
    "bracket_point",
    "bracket_tangent",
)
#: By the name of the column, in every table that has such a column.
_COLUMNS = {
    **dict.fromkeys((*_PREDICTED, "logit", "bias", "probabilities"), NETWORK),
    **dict.fromkeys(_SOLVED, GRADIENT),
    **dict.fromkeys(("image_png", "mask_png", "adversarial_png"), IMAGE),
    **dict.fromkeys(("p", "p_holm"), P_VALUE),
    # A count of pixels.
    "l0": QUALITY,
    "map": MAP,
    "gap": GAP,
    "min_ssim": WINDOW,
    "min_ssim_channels": WINDOW,
    "min_ssim_luma": WINDOW,
    "ssim_map": WINDOW,
}
#: By the name of the contract, for floats in columns that are not named above.
_TABLES = {
    "attacks": QUALITY,
    "ssim": QUALITY,
    **dict.fromkeys(
        ("references", "distortions"), Tolerance(relative=WINDOW.absolute, of_largest=True)
    ),
    "causal_curves": NETWORK,
    "causal_references": NETWORK,
    "region_noise": NETWORK,
    "region_noise_summary": OVERLAP,
    "region_test": QUALITY,
    "region_test_summary": OVERLAP,
    **dict.fromkeys(("overlap", "primary", "summary", "comparisons", "causal_summary"), OVERLAP),
    **dict.fromkeys(("randomised_overlap", "randomised"), OVERLAP),
    **dict.fromkeys(("sensitivity_overlap", "sensitivity"), OVERLAP),
    **dict.fromkeys(
        ("figure_evidence", "figure_overview", "figure_by_image", "figure_directions"), OVERLAP
    ),
    **dict.fromkeys(("figure_classes", "figure_networks"), OVERLAP),
    "figure_region_test": OVERLAP,
    **dict.fromkeys(("figure_sensitivity", "figure_dose", "figure_fooling"), OVERLAP),
    **dict.fromkeys(("figure_example", "figure_sheet"), OVERLAP),
    "figure_curves": NETWORK,
    **dict.fromkeys(("figure_radii", "figure_costs", "figure_seconds"), QUALITY),
    "figure_gaps": GAP,
}


def tolerance_of(contract: str, column: str, floating: bool) -> Tolerance:
    """Return the tolerance of a column.

    Args:
        contract: name of the table's contract.
        column: name of the column.
        floating: whether the column holds floats, or lists or maps of them. Other columns, such as
            words, classes and counts, have no tolerance unless they are named above.
    """
    if column in _COLUMNS:
        return _COLUMNS[column]
    return _TABLES.get(contract, EXACT) if floating else EXACT
