"""The terms that answers, figures and the explorer use, each with one meaning.

``python -m ssimball.report.glossary > docs/glossary.md`` writes the page of the documentation.
"""

#: Meaning of each term in a sentence or two, in the order in which a reader meets them.
GLOSSARY: dict[str, str] = {
    "SSIM": "Structural similarity of two images (Wang et al. 2004), window by window; 1 means "
    "equal. It compares mean, contrast and structure.",
    "mean SSIM": "Mean of SSIM over all windows and channels of an image.",
    "SSIM deficit": "1 - SSIM: how much similarity is lost at a place. Its map is the distortion "
    "that overlap is measured for.",
    "SSIM ball": "The perturbations that keep mean SSIM at or above 1 - epsilon and change no "
    "value by more than tau, in a convex model.",
    "model Q, S, L": "Convex models of the SSIM ball: Q keeps a quadratic approximation of mean "
    "SSIM, S lies inside the true ball, and L bounds every window by itself.",
    "adversarial image": "The clean image with the perturbation, stored in 8 bits. All numbers "
    "but those of certificates are about the stored image.",
    "fooled": "The network classifies the stored adversarial image wrongly.",
    "margin": "Logit of the true class minus the largest other logit. Below 0, the image is "
    "misclassified.",
    "attack": "A method that uses the network to change an image so that it is misclassified.",
    "control": "A perturbation of the same SSIM made without (part of) the gradient's "
    "information. What a control does as well needs no attack.",
    "matched": "Scaled so that every attack has the same mean SSIM; otherwise larger changes "
    "would look like better attacks.",
    "direction of": "A minimal attack, such as DeepFool, scaled up to the common SSIM. Only its "
    "direction is left of it.",
    "CAM": "Class activation map of the clean image: how much each cell of the last feature maps "
    "adds to the logit of a class.",
    "Grad-CAM": "A map by gradients for networks without an exact CAM. It says less about what "
    "the network computes.",
    "cell": "A place of the grid of the CAM, 7 x 7 for most networks. All maps are compared cell "
    "by cell.",
    "top cells": "The cells with the largest values of a map, a fifth of all by default.",
    "overlap": "Rank correlation of the SSIM deficit with the image's own CAM, minus its mean "
    "with the CAMs of other images. 0 is chance.",
    "null": "The same measure where there can be nothing to find: with the maps of other images.",
    "texture and centre": "Local variance of the image, and closeness to its centre. Both "
    "explain a part of many overlaps; a partial correlation removes it.",
    "runner-up": "The most likely other class on the clean image.",
    "random head": "The network with random weights in its last layer; further layers follow in "
    "the model randomisation test (Adebayo et al. 2018).",
    "gap": "Relative duality gap: the step reaches at least 1 - gap of the largest linearised "
    "loss in its model of the ball. It is proved for each image, before scaling and rounding.",
    "certificate": "The dual bound of an image and what is needed to check it.",
    "bracket": "Proven lower and upper bounds on the best linear step in the true SSIM ball, "
    "which is not convex.",
    "region test": "The attack made anew inside one region, at one mean SSIM for all regions.",
    "least distortion": "The smallest share of the allowed distortion that any near-best step "
    "must spend inside a region; a proven bound.",
    "interval": "Range that contains the true mean with probability 0.95 (bootstrap, BCa).",
    "significant": "The test of the overlap rejects chance after Holm's correction over all "
    "attacks and controls.",
}


def page() -> str:
    """Return the glossary as a page in Markdown."""
    terms = "\n".join(f"| {term} | {meaning} |" for term, meaning in GLOSSARY.items())
    return f"# Glossary\n\nOne meaning per word.\n\n| term | meaning |\n|---|---|\n{terms}\n"


if __name__ == "__main__":
    print(page(), end="")
