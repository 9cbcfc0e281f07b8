"""Overlap on networks with random weights beside that on the run's own network."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ssimball.config.stages.randomised import RandomisedNetwork
from ssimball.overlap.inputs import Maps
from ssimball.overlap.metric import PARTIAL_CAM, SPEARMAN_CAM
from ssimball.overlap.table import ImageOverlap, OverlapSettings, overlaps

#: Metrics of a network.
METRICS = (SPEARMAN_CAM, PARTIAL_CAM)


@dataclass(frozen=True)
class NetworkOverlap:
    """One metric of one image on one network.

    Attributes:
        network: the network.
        overlap: the measurement.
    """

    network: RandomisedNetwork
    overlap: ImageOverlap

    def row(self) -> dict[str, Any]:
        """Return a row of contracts.randomised.RANDOMISED_OVERLAP."""
        network = {"network": self.network.name, "layers": self.network.layers}
        return {**self.overlap.row(), **network}


def network_overlaps(
    maps: Mapping[RandomisedNetwork, Maps], settings: OverlapSettings
) -> Iterator[NetworkOverlap]:
    """Measure the overlap of the SSIM deficit with the CAM on every network.

    Args:
        maps: CAMs and SSIM deficits of one attack, by network.
        settings: as configured for the run.
    """
    for network, its_maps in maps.items():
        for overlap in overlaps(its_maps, settings):
            if overlap.metric in METRICS:
                yield NetworkOverlap(network, overlap)
