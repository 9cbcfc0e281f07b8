"""What stands beside the CAM in the answer: simpler maps, other distortions and explanations."""

from ssimball.overlap.measures import PRIMARY
from ssimball.report.text.formatting import Summary, in_column, listed, paragraph

_RIVAL_NOTE = (
    "Rank correlation of the distortion with the CAM (sign: against other images' CAMs), share of "
    "the CAM's shifts that correlate less (against 1/2), rank correlation with the image's local "
    "variance (texture) and with a Gaussian around the middle (centre; > says that the CAM's is "
    "larger, image by image), and what is left of the CAM's given these two (partial; against "
    "other images' CAMs). > above the null, < below, = not told apart, ? too few images:"
)
_VARIANTS_NOTE = (
    "Other distortions against the CAM, and the SSIM deficit against other explanations (mean rank "
    "correlation; > above its null, < below, = not told apart, ? too few images; a family of the "
    "correction for itself):"
)
#: Title of a column, the metric of its number, how it is written, the metric of its sign.
_COLUMNS = (
    ("CAM", "spearman_cam", "+z.2f", "spearman_cam"),
    ("shifts", "shift_rank_cam", ".2f", "shift_rank_cam"),
    ("texture", "spearman_texture", "+z.2f", "over_texture_cam"),
    ("centre", "spearman_centre", "+z.2f", "over_centre_cam"),
    ("partial", "partial_cam", "+z.2f", "partial_cam"),
)


def rivals(found: Summary) -> list[str]:
    """Whether something simpler than a CAM does as well, and what is left beyond it."""
    lines = []
    for attack in found.attacks:
        if found.value(attack, "partial_cam") is not None:
            columns = [
                f"{found.number(attack, metric, style):>8}{found.sign(attack, tested):1}"
                for _, metric, style, tested in _COLUMNS
            ]
            lines.append(f"  {in_column(attack)} {' '.join(columns)}".rstrip())
    if not lines:
        return []
    titles = " ".join(f"{title:>8} " for title, *_ in _COLUMNS)
    return [paragraph(_RIVAL_NOTE), f"  {in_column('')} {titles}".rstrip(), *lines]


def variants(found: Summary) -> list[str]:
    """Whether the answer hangs on how distortion and importance are measured."""
    metrics = dict.fromkeys(
        metric
        for _, metric in found.rows
        if metric.startswith("spearman_") and metric not in PRIMARY and "_mask_of_" not in metric
    )
    lines = []
    for metric in metrics:
        name = metric.removeprefix("spearman_cam_of_").removeprefix("spearman_")
        signed = [
            f"{attack} {found.correlation(attack, metric)}{found.sign(attack, metric)}"
            for attack in found.attacks
        ]
        lines.append(listed(name, signed))
    return [paragraph(_VARIANTS_NOTE), *lines] if lines else []
