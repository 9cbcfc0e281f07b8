"""Overlap at every level of the sensitivity sweep, image by image."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ssimball.config.stages.overlap import SweepLevel
from ssimball.overlap.inputs import ImageGrids, Maps
from ssimball.overlap.table import overlap_table

Row = dict[str, Any]

#: Metrics of a level, each with its null.
METRICS = (
    *("spearman_cam", "partial_cam", "top_share_cam", "top_iou_cam"),
    *("spearman_mask", "share_mask"),
)
#: Of those, what the share q of the top cells decides.
TOP_METRICS = ("top_share_cam", "top_iou_cam")


def sensitivity_table(
    levels: Sequence[SweepLevel],
    base: str,
    own: Maps,
    networks: Mapping[str, Maps],
    *,
    top: float,
    null_draws: int,
    seed: int,
) -> Iterator[Row]:
    """Rows of contracts.sensitivity.SENSITIVITY_OVERLAP, level by level.

    Args:
        levels: all levels of the sweep.
        base: the attack whose settings are changed; of others only the deficit is looked at.
        own: maps with the run's own network.
        networks: the same by name of another network.
        top: the run's own share of cells that counts as the top.
        null_draws, seed: see :func:`overlap_table`.
    """
    settings: dict[str, Any] = {"null_draws": null_draws, "seed": seed}
    plain = _measured(own, {**own.distortions, base: _deficit(own, base)}, top, settings)
    views = _measured(own, {base: own.distortions[base]}, top, settings, own.explanations)
    for level in levels:
        attack, share, network = level.attack, level.top, level.network
        if network is not None:
            maps = networks[network]
            found = _measured(maps, {attack: _deficit(maps, attack)}, top, settings)
        elif share is not None and not level.is_base:
            found = _measured(own, {attack: _deficit(own, attack)}, share, settings)
        else:
            found = plain if level.view is None else views
        names = {f"{metric}{end}" for metric in METRICS for end in ("", "_null")}
        if share is not None and not level.is_base:
            names = {f"{metric}{end}" for metric in TOP_METRICS for end in ("", "_null")}
        kept = ("factor", "is_base", "attack", "network")
        columns = {key: getattr(level, key) for key in kept} | {"level": level.label}
        for row in found[attack]:
            metric = _seen_as(row["metric"], level.view)
            if metric in names:
                yield {**row, **columns, "metric": metric}


def _deficit(maps: Maps, attack: str) -> Mapping[str, ImageGrids]:
    return {"deficit": maps.distortions[attack]["deficit"]}


def _measured(
    maps: Maps,
    distortions: Mapping[str, Mapping[str, ImageGrids]],
    top: float,
    settings: Mapping[str, Any],
    explanations: Mapping[str, ImageGrids] | None = None,
) -> dict[str, list[Row]]:
    """Rows of the overlap table by attack."""
    found: dict[str, list[Row]] = {attack: [] for attack in distortions}
    rows = overlap_table(
        list(maps.cams),
        maps.cams,
        distortions,
        maps.masks,
        maps.textures,
        explanations or {},
        top=top,
        **settings,
    )
    for row in rows:
        found[row["attack"]].append(row)
    return found


def _seen_as(metric: str, view: str | None) -> str | None:
    """The metric that this one is, when what it is of stands for deficit and CAM; None: none."""
    if view is None:
        return metric
    plain, null = metric.removesuffix("_null"), metric.endswith("_null")
    measure = plain.removesuffix(f"_{view}")
    if measure not in ("spearman", "top_share") or plain == measure:
        return None
    return f"{measure}_cam_null" if null else f"{measure}_cam"
