"""Values of a run's images that claims and comparisons of networks are about, from its tables."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import cast

import pandas as pd

from ssimball.config.claims import EndpointKind
from ssimball.errors import ArtifactError
from ssimball.overlap.metric import SPEARMAN_CAM, Metric
from ssimball.runs.run import Run
from ssimball.statistics.region_noise import FALL, mean_by_image
from ssimball.statistics.stored.columns import MEASURED
from ssimball.storage.contracts.attacks import ATTACKS
from ssimball.storage.contracts.columns import Contract
from ssimball.storage.contracts.overlap import OVERLAP
from ssimball.storage.contracts.randomised import RANDOMISED_OVERLAP
from ssimball.storage.contracts.region_noise import REGION_NOISE
from ssimball.storage.contracts.region_test import REGION_TEST
from ssimball.storage.tables import read_frame

#: Values by image (rows) and attack or region (columns).
Frame = pd.DataFrame

_MEASURED = ["attack", *MEASURED]


@dataclass(frozen=True)
class Endpoint:
    """A value of every image.

    Attributes:
        kind: what it is, see :class:`ssimball.config.claims.Claim`.
        of: attack, or region, whose value it is.
        minus: attack, or region, whose value is subtracted; None: none.
    """

    kind: EndpointKind
    of: str
    minus: str | None = None


def values_of(run: Run, endpoint: Endpoint) -> "pd.Series[float]":
    """Return the value of an endpoint for each image that has one, indexed by image.

    Args:
        run: the run.
        endpoint: what is measured, and of which attack or region.

    Raises:
        ArtifactError: the run has no such attack or region, or lacks a table.
    """
    frame = run.once(_READERS[endpoint.kind])
    of, minus = endpoint.of, endpoint.minus
    for name in (of, *([] if minus is None else [minus])):
        if name not in frame:
            raise ArtifactError(
                f"{run.folder}: the run has no {endpoint.kind} of {name!r}; it has "
                f"{', '.join(map(str, frame.columns)) or 'none'}"
            )
    values = frame[of] if minus is None else frame[of] - frame[minus]
    return cast("pd.Series[float]", values.dropna())


def _measured(run: Run) -> pd.DataFrame:
    return _table(run, OVERLAP, _MEASURED)


def _overlap(run: Run) -> Frame:
    return _by_attack(SPEARMAN_CAM.rows_of(run.once(_measured)))


def _over_classes(measure: str, run: Run) -> Frame:
    metric = Metric(measure, SPEARMAN_CAM.reference, SPEARMAN_CAM.distortion)
    return _by_attack(metric.rows_of(run.once(_measured)))


def _randomised(layers: str, run: Run) -> Frame:
    table = _table(run, RANDOMISED_OVERLAP, ["layers", *_MEASURED])
    return _by_attack(SPEARMAN_CAM.rows_of(table[table["layers"] == layers]))


def _fooling(run: Run) -> Frame:
    tables = {
        attack: _table(run, ATTACKS, ["success"], [attack]).set_index("image_id")["success"]
        for attack in run.study.attacks
    }
    return pd.DataFrame(tables).astype(float)


def _region_test(run: Run) -> Frame:
    return cast("Frame", mean_by_image(_table(run, REGION_TEST, ["region", FALL]), [FALL])[FALL])


def _region_noise(run: Run) -> Frame:
    return cast("Frame", mean_by_image(_table(run, REGION_NOISE, ["region", FALL]), [FALL])[FALL])


_READERS: dict[EndpointKind, Callable[[Run], Frame]] = {
    "overlap": _overlap,
    "over_runner_up": partial(_over_classes, "over_runner_up"),
    "over_top_ten": partial(_over_classes, "over_top_ten"),
    "random_head": partial(_randomised, "1"),
    "random_all": partial(_randomised, "all"),
    "fooling": _fooling,
    "region_test": _region_test,
    "region_noise": _region_noise,
}


def _table(
    run: Run, contract: Contract, columns: list[str], attacks: list[str] | None = None
) -> pd.DataFrame:
    files = run.files(contract, attacks)
    if not files:
        raise ArtifactError(
            f"{run.folder}: the run has no table {contract.name}, which is needed here; its "
            "configuration switches that part off"
        )
    frames = (read_frame(Path(file), contract, ["image_id", *columns]) for file in files)
    return pd.concat(frames, ignore_index=True)


def _by_attack(table: pd.DataFrame) -> Frame:
    """Value minus null by image and attack."""
    change = table["value"].astype(float) - table["null_value"].astype(float)
    return table.assign(change=change).pivot(index="image_id", columns="attack", values="change")
