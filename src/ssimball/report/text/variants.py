"""The overlap measured by other distortion maps and with other explanations."""

from ssimball.overlap.measures import PRIMARY
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
        metric
        for _, metric in summary.estimates
        if metric.startswith("spearman_") and metric not in PRIMARY and "_mask_of_" not in metric
    )
    lines = [listed(_name(metric), _values(summary, metric)) for metric in metrics]
    return [paragraph(_NOTE), *lines] if lines else []


def _name(metric: str) -> str:
    return metric.removeprefix("spearman_cam_of_").removeprefix("spearman_")


def _values(summary: Summary, metric: str) -> list[str]:
    return [
        f"{attack} {summary.correlation(attack, metric)} "
        f"({VERDICT_WORDS[summary.verdict(attack, metric)]})"
        for attack in summary.attacks
        if (attack, metric) in summary.estimates
    ]
