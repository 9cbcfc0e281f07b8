"""What is known of one image and of attacks on it, by the columns of the stored tables."""

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
    """An image under one attack.

    Attributes:
        row: of the ``attacks`` table, tensors left out.
        ssim_map: of contracts.maps.SSIM, None where there is no adversarial image.
        overlap: value and null of the ``overlap`` table by metric, where there is a value.
        places: table and row, counted from 0, that it comes from; empty where it is not stored.
    """

    row: Row
    ssim_map: NDArray[np.float64] | None
    overlap: Mapping[Metric, ValueAndNull] = field(default_factory=dict)
    places: Sequence[str] = ()


@dataclass(frozen=True)
class Single:
    """One image.

    Attributes:
        clean: row of the ``clean`` table.
        cam: (h, w), raw, of the true class on the clean image; None where there is none.
        names: of the classes, by number.
        attacks: by the attack's name.
        places: as of :class:`Attacked`.
    """

    clean: Row
    cam: NDArray[Any] | None
    names: Sequence[str]
    attacks: Mapping[str, Attacked]
    places: Sequence[str] = ()
