"""The settings of the explorer, taken from the configuration."""

from ssimball.config.stages.publishing import ExplorerStage
from ssimball.config.study import StudyConfig
from ssimball.report.explorer.layout import sources_sha256
from ssimball.report.figures.chosen import figures_of


def explorer_stage(study: StudyConfig, images: int) -> ExplorerStage:
    """Return the stage ``explorer`` of a run.

    Args:
        study: The checked configuration.
        images: Number of images of the run.
    """
    optional_texts = {"causal": study.causal.enabled, "sensitivity": study.sensitivity.enabled}
    return ExplorerStage(
        run=study.run,
        attacks=tuple(study.attacks),
        controls=tuple(study.controls),
        attacked_cam="cam" in study.attacked_explanations,
        pictures=study.report.images,
        texts=("answer", *(name for name, made in optional_texts.items() if made)),
        figures=tuple(name for names in figures_of(study).values() for name in names),
        top=study.overlap.top,
        amplify=study.figures.amplify,
        confidence=study.statistics.confidence,
        seed=study.seed,
        images=images,
        sources=sources_sha256(),
    )
