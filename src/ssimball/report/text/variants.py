"""The overlap measured by other distortion maps and with other explanations."""

from ssimball.overlap.measures import PRIMARY
from ssimball.overlap.metric import Metric
from ssimball.report.text.estimates import Summary
from ssimball.report.text.formatting import VERDICT_WORDS, listed, paragraph

_NOTE = (
    "Other distortion maps against the CAM, and the SSIM deficit against other explanations: mean "
    "rank correlation, and in brackets the verdict against its null. These tests are corrected as "
    "a separate family:"
)


def variant_lines(summary: Summary) -> list[str]:
    """Return a line for each other distortion or explanation; none where the run has none."""
    metrics = dict.fromkeys(
        quantity
        for _, quantity in summary.estimates
        if isinstance(quantity, Metric) and _is_variant(quantity)
    )
    lines = [listed(_name(metric), _values(summary, metric)) for metric in metrics]
    return [paragraph(_NOTE), *lines] if lines else []


def _is_variant(metric: Metric) -> bool:
    """Return whether a metric is a rank correlation with the CAM or in place of it."""
    return metric.measure == "spearman" and metric not in PRIMARY and metric.reference != "mask"


def _name(metric: Metric) -> str:
    """Return what stands for the SSIM deficit or for the CAM."""
    return metric.distortion if metric.reference == "cam" else metric.reference


def _values(summary: Summary, metric: Metric) -> list[str]:
    return [
        f"{attack} {summary.correlation(attack, metric)} "
        f"({VERDICT_WORDS[summary.verdict(attack, metric)]})"
        for attack in summary.attacks
        if (attack, metric) in summary.estimates
    ]
