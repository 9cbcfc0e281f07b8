"""How much a value may differ between two machines; docs/reproducibility.md says why.

On one machine nothing may: content hashes are equal.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Tolerance:
    """What is allowed of a cell.

    Attributes:
        absolute, relative: numbers may differ by absolute + relative * |first|.
        of_largest: relative is to the largest number of the cell, as of a map, not to each.
        share: of an image, the share of its pixels that may differ, by any number of levels.
    """

    absolute: float = 0.0
    relative: float = 0.0
    of_largest: bool = False
    share: float = 0.0

    def __str__(self) -> str:
        parts = [f"{self.absolute:g}"] if self.absolute else []
        of = "of the largest" if self.of_largest else "relative"
        parts += [f"{self.relative:g} {of}"] if self.relative else []
        parts += [f"{100 * self.share:g} % of the pixels"] if self.share else []
        return " + ".join(parts)


EXACT = Tolerance()
#: What the network says, as in the audit.
NETWORK = Tolerance(1e-3, 1e-3)
#: Explanations: sums over noise, and of stored images of which few pixels differ.
MAP = Tolerance(relative=1e-2, of_largest=True)
#: Gradients as in the audit, and what is solved from them.
GRADIENT = Tolerance(relative=5e-3, of_largest=True)
IMAGE = Tolerance(share=1e-3)
#: Distances and similarities of stored images of which few pixels differ.
QUALITY = Tolerance(1e-4, 1e-3)
#: SSIM of single windows, one of whose pixels differs; means of them over cells.
WINDOW = Tolerance(1e-2)
#: Both below what the solver was asked for, as a rule.
GAP = Tolerance(1e-3)
#: Ranks on a grid of 49 cells, two of which change places; statistics of such values.
OVERLAP = Tolerance(1e-2, 1e-3)
#: P-values, and those corrected for all the others.
CHANCE = Tolerance(2e-2)

_PREDICTED = ("logits", "probability", "label_probability", "margin", "clean_margin", "margin_drop")
_SOLVED = ("gradient", "perturbation", "tangent", "window_multipliers")
#: By name, in every table that has such a column.
_COLUMNS = {
    **dict.fromkeys((*_PREDICTED, "logit", "bias", "probabilities"), NETWORK),
    **dict.fromkeys(_SOLVED, GRADIENT),
    **dict.fromkeys(("image_png", "mask_png", "adversarial_png"), IMAGE),
    **dict.fromkeys(("p_value", "p_null", "p_null_holm", "p_holm", "wilcoxon_p"), CHANCE),
    # A count of pixels.
    "l0": QUALITY,
    "map": MAP,
    "gap": GAP,
    "min_ssim": WINDOW,
    "min_ssim_channels": WINDOW,
    "min_ssim_luma": WINDOW,
    "ssim_map": WINDOW,
}
#: Of the floats of a table that are not named above.
_TABLES = {
    "attacks": QUALITY,
    "ssim": QUALITY,
    "distortions": Tolerance(relative=WINDOW.absolute, of_largest=True),
    "causal": QUALITY,
    "causal_curves": NETWORK,
    "causal_references": NETWORK,
    **dict.fromkeys(("overlap", "summary", "comparisons", "causal_summary"), OVERLAP),
    **dict.fromkeys(("sensitivity_overlap", "sensitivity"), OVERLAP),
    **dict.fromkeys(("figure_overview", "figure_paired", "figure_causal"), OVERLAP),
    **dict.fromkeys(("figure_sensitivity", "figure_fooling", "figure_sheet"), OVERLAP),
    **dict.fromkeys(("figure_radii", "figure_costs", "figure_seconds"), QUALITY),
    "figure_gaps": GAP,
}


def tolerance_of(contract: str, column: str, floating: bool) -> Tolerance:
    """What is allowed of a column.

    Args:
        contract: name of the table's contract.
        floating: whether it holds floats, or lists or maps of them. Of other columns nothing is
            allowed but what is named: words, classes and counts are the same or are not.
    """
    if column in _COLUMNS:
        return _COLUMNS[column]
    return _TABLES.get(contract, EXACT) if floating else EXACT
