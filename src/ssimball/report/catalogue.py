"""The texts, tables and figures of a run across images, and what each one shows."""

from typing import NamedTuple

#: What the rows of each table across images hold.
TABLES = {
    "primary": "the primary endpoint of each attack: effect, interval, test",
    "summary": "each attack and metric: means, medians, nulls, differences, intervals",
    "comparisons": "each pair of attacks: paired differences, intervals, effect sizes",
    "randomised": "the overlap on networks with random weights",
    "region_noise": "noise in regions of clean images: falls of the margin, intervals",
    "region_test": "the attack confined to regions: falls of the margin, certified shares",
    "causal_summary": "areas under deletion and insertion curves: means, intervals",
    "sensitivity": "the sensitivity sweep across images",
}


class Shown(NamedTuple):
    """What people read about a figure.

    Attributes:
        title: its title.
        caption: one sentence that says what it shows.
    """

    title: str
    caption: str


#: The figures that show no image, in the order of pages.
FIGURES = {
    "evidence": Shown(
        "Overlap and fooling",
        "Where the distortion lies (overlap with the CAM, less other images' CAMs) against what "
        "it does, for each attack and control.",
    ),
    "overview": Shown(
        "Attacks and controls",
        "Images fooled, and overlap with the CAM, with the CAM given texture and centre, and "
        "with the object where it is known.",
    ),
    "by_image": Shown(
        "Overlap image by image",
        "The primary endpoint, a point per image, and the mean of each attack.",
    ),
    "directions": Shown(
        "Place and direction",
        "The ball's step, and steps with the gradient's sizes moved or made equal, or its signs "
        "shuffled.",
    ),
    "classes": Shown(
        "The class and other classes",
        "Overlap with the true class's CAM, and by how much it exceeds that with CAMs of other "
        "images and of other classes.",
    ),
    "networks": Shown(
        "Trained and random weights",
        "One attack on networks whose last layers have random weights: overlap with the own and "
        "with other images' CAMs.",
    ),
    "curves": Shown(
        "Deletion and insertion",
        "Probability of the true class as cells are deleted or inserted in the order of the SSIM "
        "deficit, of the CAM, or at random.",
    ),
    "region_test": Shown(
        "Attack and noise in regions",
        "The attack's step confined to one region at equal SSIM, noise in that region, and the "
        "share of the optimum within reach.",
    ),
    "fooling": Shown("Fooling and similarity", "Images fooled, by mean SSIM of the stored images."),
    "radii": Shown(
        "Smallest perturbations", "Sizes of the smallest perturbations found that fool."
    ),
    "gaps": Shown(
        "Gaps of the certificates",
        "How close to the best steps in the SSIM ball are proved to be.",
    ),
    "costs": Shown(
        "Passes, gradients, iterations",
        "Per image.",
    ),
    "seconds": Shown("Seconds", "Time per image, on the machine that made the run."),
    "sensitivity": Shown(
        "One choice changed at a time",
        "The primary endpoint of an attack and a control.",
    ),
    "dose": Shown("Overlap and fooling by dose", "By the size of the perturbation."),
}

#: Figures that show images of the run beside the contact sheets; not to be published where the
#: photographs are not.
PICTURES = {
    "example": Shown(
        "One image by all attacks",
        "The first image that every attack stored, with its CAM, and by attack its change, its "
        "SSIM map and the CAM of the adversarial image.",
    ),
}

#: Figures that follow a text on a page; a text without an entry has the figure of its own name.
FIGURES_OF = {
    "answer": (
        *("evidence", "overview", "by_image", "directions", "classes", "networks"),
        "region_test",
    ),
    "comparison": ("fooling", "radii", "gaps", "costs", "seconds"),
    "causal": ("curves",),
    "sensitivity": ("sensitivity", "dose"),
}

#: Titles of the texts.
TEXTS = {
    "answer": "The answer",
    "causal": "Deletion and insertion",
    "sensitivity": "How much the answer depends on choices",
}
