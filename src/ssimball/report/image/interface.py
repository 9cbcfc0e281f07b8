"""The results of one image and of attacks on it, with the columns of the stored tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ssimball.overlap.metric import Metric

Row = Mapping[str, Any]
#: A measurement, and the same measure against other images' maps where there is one.
ValueAndNull = tuple[float, float | None]


@dataclass(frozen=True)
class Attacked:
    """The results of one image under one attack.

    Attributes:
        row: row of the ``attacks`` table without tensors.
        ssim_map: as in contracts.maps.SSIM; None where there is no adversarial image.
        overlap: value and null of the ``overlap`` table by metric, where there is a value.
        sources: tables and rows, counted from 0, that the results come from; empty where they are
            not stored.
    """

    row: Row
    ssim_map: NDArray[np.float64] | None
    overlap: Mapping[Metric, ValueAndNull] = field(default_factory=dict)
    sources: Sequence[str] = ()


@dataclass(frozen=True)
class Single:
    """The results of one image.

    Attributes:
        clean: row of the ``clean`` table.
        cam: raw CAM (h, w) of the true class on the clean image; None where there is none.
        names: names of the classes, by number.
        attacks: results by name of the attack.
        sources: as in :class:`Attacked`.
        exact_cam: whether the CAM is exact; otherwise it is Grad-CAM.
    """

    clean: Row
    cam: NDArray[Any] | None
    names: Sequence[str]
    attacks: Mapping[str, Attacked]
    sources: Sequence[str] = ()
    exact_cam: bool = True
