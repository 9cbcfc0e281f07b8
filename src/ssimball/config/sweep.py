"""The levels of the sensitivity sweep, derived from the configuration alone.

The sweep changes one thing at a time. What a level shares with the run is not computed again: a
level with the same settings as an attack of the run uses that attack's images. Levels that only
change how the base is measured (share of top cells, explanation, distortion) need no attack.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from ssimball.config.attacks.base import AttackSettings
from ssimball.config.base import ratio_text
from ssimball.config.comparison import ComparisonConfig
from ssimball.config.messages import describe, suggestion
from ssimball.config.model import ModelConfig
from ssimball.config.study import StudyConfig
from ssimball.errors import ConfigError

#: A factor that is no setting of the attack: the mean SSIM at which matched quality compares.
MEAN_SSIM = "mean_ssim"
#: Label of the level with the run's own network.
_OWN_NETWORK = "own"


@dataclass(frozen=True)
class Level:
    """One value of one factor of the sweep.

    Attributes:
        factor: a setting of the base attack, ``mean_ssim``, ``network``, ``top``, ``explanation``,
            ``layer`` or ``distortion``.
        label: the value as text.
        attack: name of the attack whose stored images the level uses.
        settings: settings of that attack.
        comparison: how that attack is compared.
        is_base: whether the level is the run as configured.
        network: name of another network; None for the run's own.
        reference: the map that the images are compared with; another explanation than ``cam`` for
            levels that measure the base's images in another way.
        distortion: the distortion that is compared; another than ``deficit`` for levels that
            measure the base's images in another way.
        top: share of the cells that count as top cells; None for the run's own share.
    """

    factor: str
    label: str
    attack: str
    settings: AttackSettings
    comparison: ComparisonConfig
    is_base: bool = False
    network: str | None = None
    reference: str = "cam"
    distortion: str = "deficit"
    top: float | None = None


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
    base = study.sensitivity.base
    if base not in study.attacks:
        hint = suggestion(base, study.attacks)
        raise ConfigError(f"sensitivity.base: {base!r} is not among the run's attacks; {hint}")
    levels = [*_setting_levels(study), *_network_levels(study), *_view_levels(study)]
    seen = [(level.factor, level.label) for level in levels]
    for factor, label in seen:
        if seen.count((factor, label)) > 1:
            raise ConfigError(
                f"sensitivity: the value {label} of {factor} is listed twice, or is the base's own "
                "value; remove it"
            )
    return levels


def swept_attacks(levels: list[Level]) -> dict[str, Level]:
    """Return the attacks on the run's own network that the levels use, including the base."""
    return {level.attack: level for level in levels if level.network is None}


def network_models(study: StudyConfig) -> dict[str, ModelConfig]:
    """Return the other networks of the sweep by name.

    Args:
        study: the configuration.

    Returns:
        The settings of each network; an empty dict if the sweep is disabled.

    Raises:
        ConfigError: a key of a network is wrong; the message names it.
    """
    if not study.sensitivity.enabled:
        return {}
    return {name: _model(study, name, raw) for name, raw in study.sensitivity.networks.items()}


def value_text(value: Any) -> str:
    """Return a value of a setting as people write it, short enough for an axis label."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return ratio_text(value)
    if hasattr(value, "model_dump"):
        value = value.model_dump()
    if isinstance(value, Mapping):
        return " ".join(value_text(part) for part in value.values() if part is not None)
    return str(value)


def _model(study: StudyConfig, name: str, changes: Mapping[str, Any]) -> ModelConfig:
    """Return the run's section ``model`` with the changes of one other network."""
    key = f"sensitivity.networks.{name}"
    raw = study.model.model_dump()
    if "weights" in changes:
        raw["sha256"] = None
    model: ModelConfig = _validated(key, ModelConfig, {**raw, **changes})
    if model.num_classes != study.model.num_classes:
        raise ConfigError(
            f"{key}.num_classes: {model.num_classes} does not fit the labels of the images, which "
            f"are for {study.model.num_classes} classes; name a network with that many"
        )
    return model


def _setting_levels(study: StudyConfig) -> Iterator[Level]:
    """Yield the levels that change one setting of the base attack."""
    base, comparison = study.sensitivity.base, study.comparison
    base_settings = study.attack_settings[base]
    for factor, values in study.sensitivity.vary.items():
        base_value = _base_value(study, factor)
        levels = [
            Level(factor, value_text(base_value), base, base_settings, comparison, is_base=True)
        ]
        levels += [_changed(study, factor, value) for value in values]
        yield from sorted(levels, key=_order)


def _base_value(study: StudyConfig, factor: str) -> Any:
    """Return the value of a factor in the run as configured."""
    if factor == MEAN_SSIM:
        return study.comparison.mean_ssim
    settings = study.attack_settings[study.sensitivity.base]
    known = {*type(settings).model_fields} - {"method", "target"}
    if factor not in known:
        hint = suggestion(factor, sorted({*known, MEAN_SSIM}))
        raise ConfigError(f"sensitivity.vary.{factor}: no setting of {settings.method}; {hint}")
    return getattr(settings, factor)


def _changed(study: StudyConfig, factor: str, value: Any) -> Level:
    """Return the level in which a factor has another value than in the base."""
    key, base = f"sensitivity.vary.{factor}", study.sensitivity.base
    settings, comparison = study.attack_settings[base], study.comparison
    if factor == MEAN_SSIM:
        comparison = _with_mean_ssim(key, comparison, value)
        label = value_text(comparison.mean_ssim)
    else:
        settings = _validated(key, type(settings), {**settings.model_dump(), factor: value})
        comparison = _comparison_of(key, settings, comparison, factor)
        label = value_text(getattr(settings, factor))
    attack = _attack_name(study, settings, comparison, f"{base}--{factor}-{label}")
    return Level(factor, label, attack, settings, comparison)


def _with_mean_ssim(key: str, comparison: ComparisonConfig, value: Any) -> ComparisonConfig:
    if comparison.mode != "matched_quality":
        raise ConfigError(
            f"{key}: has an effect in comparison.mode matched_quality only, not in "
            f"{comparison.mode}; change the mode, or remove the key"
        )
    changed: ComparisonConfig = _validated(
        key, ComparisonConfig, {**comparison.model_dump(), MEAN_SSIM: value}
    )
    return changed


def _comparison_of(
    key: str, settings: AttackSettings, comparison: ComparisonConfig, factor: str
) -> ComparisonConfig:
    """Return how an attack with one changed setting is compared.

    Matched quality would undo a changed budget. The images therefore get the mean SSIM that the
    budget guarantees.
    """
    if comparison.mode == "fixed_budget" or factor != settings.budget_key:
        return comparison
    if comparison.mode == "matched_quality" and settings.mean_ssim_floor is not None:
        return comparison.model_copy(update={MEAN_SSIM: settings.mean_ssim_floor})
    raise ConfigError(
        f"{key}: {comparison.mode} chooses the budget itself; vary {MEAN_SSIM} with "
        "matched_quality, or set comparison.mode to fixed_budget"
    )


def _attack_name(
    study: StudyConfig, settings: AttackSettings, comparison: ComparisonConfig, new_name: str
) -> str:
    """Return the name of the run's attack with these settings, or else a new name."""
    if comparison == study.comparison:
        for name in study.attacks:
            if study.attack_settings[name] == settings:
                return name
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", new_name)


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

    shares = sorted({study.overlap.top, *study.sensitivity.top})
    for top in shares if study.sensitivity.top else []:
        yield level("top", f"{top:.4g}", is_base=top == study.overlap.top, top=top)
    groups = {"explanation": ["cam"], "layer": ["cam"]}
    for name in study.explanations:
        if name != "cam":
            layer = getattr(study.explanation_settings[name], "layer", None)
            groups["explanation" if layer is None else "layer"].append(name)
    groups["distortion"] = ["deficit", *study.overlap.distortions]
    for factor, (base_view, *others) in groups.items():
        if others:
            yield level(factor, base_view, is_base=True)
        for name in others:
            changed = "distortion" if factor == "distortion" else "reference"
            yield level(factor, name, **{changed: name})


def _validated(key: str, model: type[Any], raw: dict[str, Any]) -> Any:
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        first = next(describe(error, raw, model))
        setting = key.rpartition(".")[2]
        raise ConfigError(f"{key}: {first.removeprefix(f'{setting}: ')}") from None


def _order(level: Level) -> float:
    """Return a sort key: numbers ascending, no bound at all last; anything else as listed."""
    settings, comparison = level.settings, level.comparison
    is_quality = level.factor == MEAN_SSIM
    value = comparison.mean_ssim if is_quality else getattr(settings, level.factor)
    if value is None:
        return float("inf")
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number else float(not level.is_base)
