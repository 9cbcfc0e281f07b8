"""Whether a network classifies as many images correctly as it should."""

from scipy.stats import binomtest

#: One-sided level at which a share of correct images is implausible for the expected one.
LEVEL = 0.001
#: One-sided level at which it is better than chance.
CHANCE_LEVEL = 0.05
#: Images below which nothing is said about chance.
FEWEST = 5


def top1_warning(correct: int, images: int, expected: float | None, classes: int) -> str | None:
    """Return a sentence, without a full stop, if the share of correct images is implausible.

    It is if so few correct images have a probability below :data:`LEVEL` by the binomial
    distribution with the expected share; or if so many are no evidence against chance, one over the
    number of classes, at :data:`CHANCE_LEVEL`.

    Args:
        correct: number of correctly classified images.
        images: number of classified images.
        expected: share that the network is known to classify correctly; None: not known.
        classes: number of classes.

    Examples:
        >>> top1_warning(89, 120, 0.892, 1000)
        'top-1 is 89 of 120, too few for the expected 89 %: check padding, mean, std, labels'
        >>> top1_warning(103, 120, 0.892, 1000) is None
        True
        >>> top1_warning(0, 20, None, 1000)
        'top-1 is 0 of 20, as by chance: check weights, mean, std, labels'
    """
    if images == 0:
        return None
    found = f"top-1 is {correct} of {images}"
    if expected is not None and binomtest(correct, images, expected, "less").pvalue < LEVEL:
        share = f"{100 * expected:.0f} %"
        return f"{found}, too few for the expected {share}: check padding, mean, std, labels"
    chance = binomtest(correct, images, 1 / classes, "greater").pvalue
    if images >= FEWEST and chance > CHANCE_LEVEL:
        return f"{found}, as by chance: check weights, mean, std, labels"
    return None
