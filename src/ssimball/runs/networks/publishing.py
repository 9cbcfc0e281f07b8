"""Where the tables of a comparison of networks come from, and what is stored of each image."""

from collections.abc import Sequence
from pathlib import Path

from ssimball.runs.networks.opening import NetworkRun
from ssimball.runs.networks.transfer import Judged, rows_of
from ssimball.runtime.fingerprint import fingerprint
from ssimball.storage.checksums import CHECKSUMS
from ssimball.storage.contracts.networks import TRANSFER_BY_IMAGE
from ssimball.storage.provenance import Provenance
from ssimball.storage.tables import write_table


def provenance_of(networks: Sequence[NetworkRun]) -> Provenance:
    """Return the origin of the tables: the runs by the sha256 of their list of checksums."""
    runs = {network.name: network.run.sha256(CHECKSUMS) for network in networks}
    return Provenance(stage={"stage": "networks", "runs": runs}, code=fingerprint(Path(__file__)))


def write_judged(folder: Path, judged: Sequence[Judged], provenance: Provenance) -> None:
    """Write what each network made of each image into a folder."""
    path = folder / TRANSFER_BY_IMAGE.path
    write_table(path, TRANSFER_BY_IMAGE, rows_of(judged), provenance)
