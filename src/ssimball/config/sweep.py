"""The levels of the sensitivity sweep, derived from the configuration alone.

The sweep changes one thing at a time of a base attack and, beside it, of a control. What a level
shares with the run is not computed again: a level with the same settings as an attack of the run
uses that attack's images. Levels that only change how images are measured (explanation, distortion)
need no attack.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from ssimball.config.explanation import GradCamConfig
from ssimball.config.level import MEAN_SSIM, Level
from ssimball.config.messages import suggestion
from ssimball.config.model import ModelConfig
from ssimball.config.study import StudyConfig
from ssimball.config.sweep_settings import (
    control_level,
    setting_levels,
    smallest_budget_levels,
    validated,
)
from ssimball.errors import ConfigError

#: Label of the level with the run's own network.
_OWN_NETWORK = "own"


def sweep_levels(study: StudyConfig) -> list[Level]:
    """Return all levels of the sweep, factor by factor, each with the base among its values.

    Args:
        study: the configuration.

    Returns:
        The levels; an empty list if the sweep is disabled.

    Raises:
        ConfigError: a key of the section ``sensitivity`` is wrong; the message names it.
    """
    if not study.sensitivity.enabled:
        return []
    _check_attacks(study)
    varied = list(setting_levels(study))
    levels = [*varied, *smallest_budget_levels(study, varied)]
    levels += [*_network_levels(study), *_view_levels(study)]
    if not levels:
        raise ConfigError("sensitivity: nothing is varied; give values in vary, or disable it")
    seen = [(level.factor, level.label) for level in levels]
    for factor, label in seen:
        if seen.count((factor, label)) > 1:
            raise ConfigError(
                f"sensitivity: the value {label} of {factor} is listed twice, or is the base's own "
                "value; remove it"
            )
    controls = [control_level(study, level) for level in levels]
    return [*levels, *(level for level in controls if level is not None)]


def swept_attacks(levels: list[Level]) -> dict[str, Level]:
    """Return the attacks on the run's own network that the levels use, base and control too."""
    return {level.attack: level for level in levels if level.network is None}


def dose_factors(study: StudyConfig) -> tuple[str, ...]:
    """Return the factors of the sweep that change how far images are from the clean ones."""
    factors = (study.attack_settings[study.sensitivity.base].budget_key, MEAN_SSIM)
    return tuple(factor for factor in factors if factor in study.sensitivity.vary)


def network_models(study: StudyConfig) -> dict[str, ModelConfig]:
    """Return the other networks of the sweep by name.

    Args:
        study: the configuration.

    Returns:
        The settings of each network, sorted by name; an empty dict if the sweep is disabled.

    Raises:
        ConfigError: a key of a network is wrong; the message names it.
    """
    if not study.sensitivity.enabled:
        return {}
    networks = sorted(study.sensitivity.networks.items())
    return {name: _model(study, name, raw) for name, raw in networks}


def _check_attacks(study: StudyConfig) -> None:
    base, control = study.sensitivity.base, study.sensitivity.control
    if base not in study.attacks:
        hint = suggestion(base, study.attacks)
        raise ConfigError(f"sensitivity.base: {base!r} is not among the run's attacks; {hint}")
    others = sorted({*study.attack_settings} - {base})
    if control is not None and control not in others:
        hint = suggestion(control, others)
        raise ConfigError(f"sensitivity.control: {control!r} is no attack beside the base; {hint}")


def _model(study: StudyConfig, name: str, changes: Mapping[str, Any]) -> ModelConfig:
    """Return the run's section ``model`` with the changes of one other network."""
    key = f"sensitivity.networks.{name}"
    raw = study.model.model_dump()
    if "weights" in changes:
        raw |= {"sha256": None, "weights_by": "name", "expected_top1": None}
    if "name" in changes:
        raw["code_sha256"] = None
    model: ModelConfig = validated(key, ModelConfig, {**raw, **changes})
    if model.num_classes != study.model.num_classes:
        raise ConfigError(
            f"{key}.num_classes: {model.num_classes} does not fit the labels of the images, which "
            f"are for {study.model.num_classes} classes; name a network with that many"
        )
    return model


def _network_levels(study: StudyConfig) -> Iterator[Level]:
    """Yield the levels that run the base attack on other networks."""
    models, base = network_models(study), study.sensitivity.base
    settings, comparison = study.attack_settings[base], study.comparison
    if models:
        yield Level("network", _OWN_NETWORK, base, settings, comparison, is_base=True)
    for name in models:
        yield Level("network", name, base, settings, comparison, network=name)


def _view_levels(study: StudyConfig) -> Iterator[Level]:
    """Yield the levels that measure the base's stored images in another way."""
    base, comparison = study.sensitivity.base, study.comparison
    settings = study.attack_settings[base]

    def level(factor: str, label: str, **more: Any) -> Level:
        return Level(factor, label, base, settings, comparison, **more)

    groups = {"explanation": ["cam"], "layer": ["cam"]}
    for name in study.explanations:
        explanation = study.explanation_settings[name]
        layer = getattr(explanation, "layer", None)
        # Grad-CAM at the last layer is the CAM.
        if name != "cam" and not (isinstance(explanation, GradCamConfig) and layer is None):
            groups["explanation" if layer is None else "layer"].append(name)
    groups["distortion"] = ["deficit", *study.overlap.distortions]
    for factor, (base_view, *others) in groups.items():
        if others:
            yield level(factor, base_view, is_base=True)
        for name in others:
            changed = "distortion" if factor == "distortion" else "reference"
            yield level(factor, name, **{changed: name})
