"""What the statistics of a run take as independent, from its clean images."""

from collections.abc import Iterable

from ssimball.config.stages.statistics import StatisticsStage
from ssimball.statistics.inference import Inference
from ssimball.storage.contracts.images import CLEAN
from ssimball.storage.tables import read_frames


def inference_of_run(clean: Iterable[str], stage: StatisticsStage) -> Inference:
    """Return the settings that all statistics of a run share.

    Args:
        clean: files of the ``clean`` table of the run's own network.
        stage: settings of the statistics.
    """
    images = read_frames(clean, CLEAN, ["image_id", "label", "status"])
    classified = images[images["status"] == "ok"]
    return Inference.configured(stage.statistics, stage.seed, classified, stage.num_classes)
