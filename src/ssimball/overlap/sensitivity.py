"""Overlap at every level of the sensitivity sweep, image by image."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ssimball.config.stages.overlap import SweepLevel
from ssimball.overlap.inputs import Maps
from ssimball.overlap.metric import (
    PARTIAL_CAM,
    SHARE_MASK,
    SPEARMAN_CAM,
    SPEARMAN_MASK,
    TOP_IOU_CAM,
    TOP_SHARE_CAM,
    Metric,
)
from ssimball.overlap.references import References
from ssimball.overlap.table import ImageOverlap, OverlapSettings, overlaps_under, references_of

#: Metrics of a level.
METRICS = (SPEARMAN_CAM, PARTIAL_CAM, TOP_SHARE_CAM, TOP_IOU_CAM, SPEARMAN_MASK, SHARE_MASK)
#: Measures that other references and distortions have too.
VIEW_MEASURES = ("spearman", "top_share")


@dataclass(frozen=True)
class LevelOverlap:
    """One metric of one image at one level.

    Attributes:
        level: the level.
        overlap: the measurement; its metric names the CAM and the SSIM deficit also where another
            map or distortion stands for them.
    """

    level: SweepLevel
    overlap: ImageOverlap

    def row(self) -> dict[str, Any]:
        """Return a row of contracts.sensitivity.SENSITIVITY_OVERLAP."""
        return {
            **self.overlap.row(),
            "factor": self.level.factor,
            "level": self.level.label,
            "is_base": self.level.is_base,
            "is_control": self.level.is_control,
            "attack": self.level.attack,
            "network": self.level.network,
        }


def metric_at(level: SweepLevel, measured: Metric) -> Metric | None:
    """Return the metric that a measured metric stands for at a level.

    Args:
        level: the level.
        measured: a metric of the images that the level looks at.

    Returns:
        None where the level does not report the metric.
    """
    metric: Metric | None = measured
    if not _is_plain(level):
        viewed = (measured.reference, measured.distortion) == (level.reference, level.distortion)
        fits = viewed and measured.measure in VIEW_MEASURES
        metric = Metric(measured.measure, "cam") if fits else None
    return metric if metric in METRICS else None


def level_overlaps(
    levels: Sequence[SweepLevel],
    run: Maps,
    networks: Mapping[str, Maps],
    settings: OverlapSettings,
) -> Iterator[LevelOverlap]:
    """Measure the overlap of every level, level by level.

    Args:
        levels: the levels of the sweep.
        run: maps with the run's own network.
        networks: maps by name of another network.
        settings: as configured for the run.
    """
    maps = {"": run, **networks}
    references = {network: references_of(of, settings) for network, of in maps.items()}
    base: dict[str, list[ImageOverlap]] = {}

    def measured(level: SweepLevel) -> Iterator[ImageOverlap]:
        network = level.network or ""
        return _measured(level, maps[network], references[network])

    for level in levels:
        if level.is_base and level.attack not in base:  # repeated with every factor
            base[level.attack] = list(measured(level))
        for overlap in base[level.attack] if level.is_base else measured(level):
            yield LevelOverlap(level, overlap)


def _is_plain(level: SweepLevel) -> bool:
    """Whether a level is about the SSIM deficit and the CAM."""
    return (level.reference, level.distortion) == ("cam", "deficit")


def _measured(
    level: SweepLevel, maps: Maps, references: Sequence[References]
) -> Iterator[ImageOverlap]:
    """Measure what a level reports, with its map and distortion alone."""
    shown = ("cam", "mask") if _is_plain(level) else (level.reference,)
    distortions = {level.distortion: maps.distortions[level.attack][level.distortion]}
    chosen = [reference for reference in references if reference.reference in shown]
    for overlap in overlaps_under(level.attack, distortions, list(maps.cams), chosen):
        metric = metric_at(level, overlap.metric)
        if metric is not None:
            yield replace(overlap, metric=metric)
