"""What a job reads of the configuration beside its stage: locations, and how to work."""

from pathlib import Path

from ssimball.config.dataset import DatasetConfig
from ssimball.config.execution import ExecutionConfig
from ssimball.config.stages.base import StageSettings


class MachineSettings(StageSettings):
    """Where a job's inputs lie on this machine, and how it works; no result depends on it.

    Snakemake hands it to the scripts as JSON in ``config["machine"]``, which it does not track.

    Attributes:
        folder: Folder of the run.
        execution: Batch size and device.
        dataset: The data set with its paths.
        num_classes: Number of classes of the run's network.
        weights: Name or file of the weights of the run's network.
        network_weights: Weights of other networks of the sensitivity sweep, by network, where they
            differ from the run's own.
    """

    folder: Path
    execution: ExecutionConfig
    dataset: DatasetConfig
    num_classes: int
    weights: str
    network_weights: dict[str, str]

    def weights_of(self, network: str | None) -> str:
        """Return the weights of a network by its name; None stands for the run's own."""
        return self.weights if network is None else self.network_weights.get(network, self.weights)
