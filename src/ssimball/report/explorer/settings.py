"""What the explorer takes from the configuration."""

from typing import Any

from ssimball.config.study import StudyConfig


def explorer_settings(study: StudyConfig) -> dict[str, Any]:
    """Settings of stage ``explorer``, as JSON types."""
    words = {"causal": study.causal.enabled, "sensitivity": study.sensitivity.enabled}
    return {
        "run": study.run,
        "attacks": list(study.attacks),
        "controls": study.controls,
        "attacked_cam": "cam" in study.attacked_explanations,
        "pictures": study.report.images,
        "texts": ["answer", *(name for name, made in words.items() if made)],
        "top": study.overlap.top,
        "amplify": study.figures.amplify,
        "confidence": study.statistics.confidence,
        "seed": study.seed,
    }
