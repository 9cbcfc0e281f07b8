"""Fingerprints of the code that the rules' scripts run."""

from pathlib import Path

from ssimball.attacks import registry as attack_registry
from ssimball.config.study import StudyConfig
from ssimball.datasets import registry as dataset_registry
from ssimball.explanations import registry as explanation_registry
from ssimball.runtime.fingerprint import fingerprint


def code_fingerprint(
    scripts: Path,
    script: str,
    study: StudyConfig,
    *,
    attack_method: str | None = None,
    explanation_method: str | None = None,
) -> str:
    """Return the fingerprint of a script, with the modules that it loads by name.

    Args:
        scripts: Folder of the rules' scripts.
        script: Name of the script, without ``.py``.
        study: The checked configuration, which names the kind of data set.
        attack_method: Method of the attack that the script runs.
        explanation_method: Method of the explanation that the script runs.
    """
    modules = []
    if script in ("classes", "subset_shard", "clean_shard"):
        modules.append(dataset_registry.MODULES[study.dataset.kind])
    if attack_method is not None:
        modules.append(attack_registry.module(attack_method))
    if explanation_method is not None:
        modules.append(explanation_registry.module(explanation_method))
    return fingerprint(scripts / f"{script}.py", modules)
