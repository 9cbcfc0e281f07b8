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
        "Where the distortion lies against what it does: overlap with the CAM, less that with "
        "other images' CAMs, by the share of images fooled, for each attack and control.",
    ),
    "overview": Shown(
        "Attacks and controls",
        "Images fooled and overlap of each attack and control, the largest overlap first: with "
        "the CAM, with the CAM given texture and centre, and with the object where it is known.",
    ),
    "by_image": Shown(
        "Overlap image by image",
        "The primary endpoint of each image, a point per image, with the mean of each attack.",
    ),
    "directions": Shown(
        "Place and direction",
        "The ball's step, and the same step with a part of the gradient destroyed: its sizes moved "
        "or made equal, its signs kept or shuffled.",
    ),
    "classes": Shown(
        "The class and other classes",
        "Overlap with the CAM of the true class, and by how much it exceeds that with other CAMs: "
        "of other images, and of other classes on the same image.",
    ),
    "networks": Shown(
        "Trained and random weights",
        "One attack on the run's network and on networks whose last layers have random weights: "
        "overlap with the own CAM, with other images' CAMs, and the difference.",
    ),
    "curves": Shown(
        "Deletion and insertion",
        "Probability of the true class when cells of the clean image are deleted or inserted in "
        "the order of the SSIM deficit, of the CAM, or at random, and the area under each curve.",
    ),
    "region_test": Shown(
        "Attack and noise in regions",
        "The region test: the attack's step confined to one region at equal SSIM, beside noise in "
        "the same region, and what share of the optimum the region can reach.",
    ),
    "fooling": Shown("Fooling and similarity", "Images fooled, by mean SSIM of the stored images."),
    "radii": Shown(
        "Smallest perturbations", "Sizes of the smallest perturbations found that fool."
    ),
    "gaps": Shown(
        "Gaps of the certificates",
        "How close to the best the perturbations of the SSIM ball are proved to be.",
    ),
    "costs": Shown(
        "Passes, gradients, iterations",
        "Forward passes, gradients and solver iterations per image.",
    ),
    "seconds": Shown("Seconds", "Time per image, on the machine that made the run."),
    "sensitivity": Shown(
        "One choice changed at a time",
        "An attack and a control, with one choice changed at a time.",
    ),
    "dose": Shown(
        "Overlap and fooling by dose", "Overlap and fooling by the size of the perturbation."
    ),
}

#: Figures that show images of the run beside the contact sheets; not to be published where the
#: photographs are not.
PICTURES = {
    "example": Shown(
        "One image by all attacks",
        "One image with its CAM, and by attack its change, its SSIM map and the CAM of the "
        "adversarial image: the first image of the run that every attack stored an image of.",
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
