"""Overlap at every level of the sensitivity sweep, image by image."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ssimball.config.stages.overlap import SweepLevel
from ssimball.overlap.grids import Grids
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
from ssimball.overlap.table import ImageOverlap, OverlapSettings, overlaps

#: Metrics of a level.
METRICS = (SPEARMAN_CAM, PARTIAL_CAM, TOP_SHARE_CAM, TOP_IOU_CAM, SPEARMAN_MASK, SHARE_MASK)
#: Of these, the metrics that depend on the share of cells that counts as the top.
TOP_METRICS = (TOP_SHARE_CAM, TOP_IOU_CAM)
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
    return metric if metric in (TOP_METRICS if _changes_top(level) else METRICS) else None


def level_overlaps(
    levels: Sequence[SweepLevel],
    base: str,
    run: Maps,
    networks: Mapping[str, Maps],
    settings: OverlapSettings,
) -> Iterator[LevelOverlap]:
    """Measure the overlap of every level, level by level.

    Args:
        levels: the levels of the sweep.
        base: the attack whose settings are changed. Only its images are compared with other
            explanations and by other distortions than the SSIM deficit.
        run: maps with the run's own network.
        networks: maps by name of another network.
        settings: as configured for the run.
    """
    measurements = _Measurements(base, run, networks, settings)
    for level in levels:
        for overlap in measurements.of(level):
            metric = metric_at(level, overlap.metric)
            if metric is not None:
                yield LevelOverlap(level, replace(overlap, metric=metric))


def _is_plain(level: SweepLevel) -> bool:
    """Whether a level is about the SSIM deficit and the CAM."""
    return (level.reference, level.distortion) == ("cam", "deficit")


def _changes_top(level: SweepLevel) -> bool:
    """Whether another share of the cells counts as the top than in the run as configured."""
    return level.top is not None and not level.is_base


class _Measurements:
    """The measurements that levels choose from; those of the run's own settings are made once."""

    def __init__(
        self, base: str, run: Maps, networks: Mapping[str, Maps], settings: OverlapSettings
    ) -> None:
        """Measure the base and its variants as configured."""
        self.run, self.networks, self.settings = run, networks, settings
        plain = {**run.distortions, base: _deficit(run, base)}
        self.plain = _by_attack(replace(run, distortions=plain, explanations={}), settings)
        views = {base: run.distortions[base]}
        self.views = _by_attack(replace(run, distortions=views), settings)

    def of(self, level: SweepLevel) -> list[ImageOverlap]:
        """All metrics of the images that a level looks at."""
        if level.network is not None:
            return self._deficit_only(self.networks[level.network], level.attack, self.settings)
        if level.top is not None and _changes_top(level):
            settings = replace(self.settings, top=level.top)
            return self._deficit_only(self.run, level.attack, settings)
        return (self.plain if _is_plain(level) else self.views)[level.attack]

    @staticmethod
    def _deficit_only(maps: Maps, attack: str, settings: OverlapSettings) -> list[ImageOverlap]:
        distortions = {attack: _deficit(maps, attack)}
        chosen = replace(maps, distortions=distortions, explanations={})
        return _by_attack(chosen, settings)[attack]


def _deficit(maps: Maps, attack: str) -> dict[str, Grids]:
    """The SSIM deficit alone."""
    return {"deficit": maps.distortions[attack]["deficit"]}


def _by_attack(maps: Maps, settings: OverlapSettings) -> dict[str, list[ImageOverlap]]:
    by_attack: dict[str, list[ImageOverlap]] = {attack: [] for attack in maps.distortions}
    for overlap in overlaps(maps, settings):
        by_attack[overlap.attack].append(overlap)
    return by_attack
