"""The texts, tables and figures of a run across images, and what each one shows."""

#: What the rows of each table across images hold.
TABLES = {
    "primary": "the primary endpoint of each attack: effect, interval, test",
    "summary": "each attack and metric: means, medians, nulls, differences, intervals",
    "comparisons": "each pair of attacks: paired differences, intervals, effect sizes",
    "randomised": "the overlap on networks with random weights",
    "causal_summary": "the causal test across images",
    "sensitivity": "the sensitivity sweep across images",
}

#: Captions of the figures that show no image.
FIGURES = {
    "evidence": "Overlap against fooling, and what the overlap is about.",
    "overview": "Overlap by attack: means over images with intervals, and the null beside each.",
    "paired": "Differences in overlap between attacks, image by image.",
    "fooling": "Images fooled, by mean SSIM of the stored images.",
    "radii": "Sizes of the smallest perturbations found that fool.",
    "gaps": "How close to the best the perturbations of the SSIM ball are proved to be.",
    "costs": "Forward passes, gradients and solver iterations per image.",
    "seconds": "Time per image, on the machine that made the run.",
    "causal": "The causal test: images fooled by parts of the perturbation, and drops in margin.",
    "sensitivity": "An attack and a control, with one choice changed at a time.",
    "dose": "Overlap and fooling by the size of the perturbation.",
}

#: Figures that follow a text on a page; a text without an entry has the figure of its own name.
FIGURES_OF = {
    "answer": ("evidence", "overview", "paired"),
    "comparison": ("fooling", "radii", "gaps", "costs", "seconds"),
    "sensitivity": ("sensitivity", "dose"),
}

#: Titles of the texts.
TEXTS = {
    "answer": "The answer",
    "causal": "The causal test",
    "sensitivity": "How much the answer depends on choices",
}
