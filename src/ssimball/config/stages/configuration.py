"""The stage that stores the effective configuration."""

from ssimball.config.stages.base import Stage
from ssimball.config.study import StudyConfig


class ConfigStage(Stage):
    """The whole configuration with every default filled in."""

    stage_name = "config"

    config: StudyConfig
