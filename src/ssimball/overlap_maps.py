"""What overlap is measured of, read once and handed on as one thing."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ssimball.grids import GridOrReason

Grids = Mapping[str, GridOrReason]


@dataclass(frozen=True)
class Maps:
    """What overlap is measured of, with one network; see :func:`overlap_table`.

    Attributes:
        distortions: by attack, name and image.
        cams, masks, textures: by image.
        explanations: by name and image.
    """

    cams: Grids
    masks: Grids
    textures: Grids
    distortions: Mapping[str, Mapping[str, Grids]] = field(default_factory=dict)
    explanations: Mapping[str, Grids] = field(default_factory=dict)
