"""From a manifest to the status of one image's row, as in the stages subset and clean."""

from ssimball.config.model import PreprocessingConfig
from ssimball.datasets.subset import draw, subset_row
from ssimball.models.clean import clean_row
from ssimball.storage.contracts.images import CLEAN, SUBSET
from ssimball.storage.provenance import Provenance
from ssimball.storage.tables import write_table

from .manifest import open_manifest, write

ORIGIN = Provenance(stage={}, code="0" * 64)


def status(folder, manifest, resize=None):
    """Return the status of the first drawn image.

    Both rows are written, which checks them against their contracts.
    """
    dataset = open_manifest(write(folder, manifest))
    entry = draw(dataset.entries(), 1, 0)[0]
    selected = subset_row(0, "00000", entry, dataset)
    write_table(folder / "subset.parquet", SUBSET, [selected], ORIGIN)
    settings = PreprocessingConfig(resize=resize)
    # None of these images reaches the network.
    row = clean_row(selected, dataset, entry, settings, None)
    write_table(folder / "clean.parquet", CLEAN, [row], ORIGIN)
    return row["status"]
