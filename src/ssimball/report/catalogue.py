"""Which texts, tables and figures a run has across images, and what each shows."""

#: Tables across images, and what each holds.
TABLES = {
    "summary": "each attack and metric: means, medians, intervals, nulls, tests",
    "comparisons": "each two attacks: paired differences, tests, effect sizes",
    "causal_summary": "the causal test across images",
    "sensitivity": "the sensitivity sweep across images",
}


#: Figures that show no image.
FIGURES = {
    "overview": "Overlap by attack: means over images with intervals, and beside each the null.",
    "paired": "Differences between attacks, image by image.",
    "fooling": "Images fooled by how similar the stored images are.",
    "radii": "Sizes of the smallest perturbations found that fool.",
    "gaps": "How good the solutions of the SSIM ball are proven to be.",
    "costs": "Passes through the network, gradients and iterations of the solver, an image.",
    "seconds": "Time an image took, on the machine that made the run.",
    "causal": "The causal test by attack.",
    "sensitivity": "One attack, one thing changed at a time.",
}


#: Figures below what is said, where they are not of its name.
BELOW = {
    "answer": ("overview", "paired"),
    "comparison": ("fooling", "radii", "gaps", "costs", "seconds"),
}


WORDS = {
    "answer": "The answer",
    "causal": "The causal test",
    "sensitivity": "How much it hangs on choices",
}
