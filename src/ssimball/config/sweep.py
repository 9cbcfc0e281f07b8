"""The levels of the sensitivity sweep, worked out from the configuration alone.

One thing is changed at a time. What a level shares with the run is not computed again: a level
whose settings are those of an attack of the run is that attack, and levels that only look at the
base in another way (share q, explanation, distortion) need no attack at all.
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

#: Not a setting of an attack: the mean SSIM that matched quality brings all stored images to.
QUALITY = "mean_ssim"
OWN = "own"


@dataclass(frozen=True)
class Level:
    """One value of one factor.

    Attributes:
        factor: a setting of the base, ``mean_ssim``, ``network``, ``top``, ``explanation``,
            ``layer`` or ``distortion``.
        label: the value in words.
        attack: name of the attack whose stored images it looks at.
        is_base: whether this is the run as configured.
        settings, terms: of that attack.
        network: name of another network, None for the run's own.
        view: of base levels seen in another way, what stands in the names of the metrics after the
            measure, ``cam`` elsewhere.
        top: share of the cells that counts as the top, None for the run's own.
    """

    factor: str
    label: str
    attack: str
    settings: AttackSettings
    terms: ComparisonConfig
    is_base: bool = False
    network: str | None = None
    view: str | None = None
    top: float | None = None


def sweep_levels(study: StudyConfig) -> list[Level]:
    """All levels, factor by factor, the base among the values of each; empty where it is off.

    Raises:
        ConfigError: naming the key of the section ``sensitivity`` that is wrong.
    """
    if not study.sensitivity.enabled:
        return []
    base = study.sensitivity.base
    if base not in study.attacks:
        hint = suggestion(base, study.attacks)
        raise ConfigError(f"sensitivity.base: {base!r} is not among the run's attacks; {hint}")
    levels = [*_settings(study), *_networks(study), *_views(study)]
    seen = [(level.factor, level.label) for level in levels]
    for factor, label in seen:
        if seen.count((factor, label)) > 1:
            raise ConfigError(
                f"sensitivity: {label} of {factor} is listed twice, or is the base's own value"
            )
    return levels


def swept_attacks(levels: list[Level]) -> dict[str, Level]:
    """The attacks on the run's own network that the levels look at, the base among them."""
    return {level.attack: level for level in levels if level.network is None}


def network_models(study: StudyConfig) -> dict[str, ModelConfig]:
    """The other networks of the sweep by name; none where it is off.

    Raises:
        ConfigError: naming the key that is wrong.
    """
    if not study.sensitivity.enabled:
        return {}
    return {name: _model(study, name, raw) for name, raw in study.sensitivity.networks.items()}


def _model(study: StudyConfig, name: str, raw: Mapping[str, Any]) -> ModelConfig:
    key = f"sensitivity.networks.{name}"
    own = study.model.model_dump()
    if "weights" in raw:
        own["sha256"] = None
    model: ModelConfig = _checked(key, ModelConfig, {**own, **raw})
    if model.num_classes != study.model.num_classes:
        raise ConfigError(
            f"{key}.num_classes: {model.num_classes} classes; the images have labels of the run's "
            f"network, with {study.model.num_classes}"
        )
    return model


def _settings(study: StudyConfig) -> Iterator[Level]:
    base, terms = study.sensitivity.base, study.comparison
    own = study.attack_settings[base]
    for factor, values in study.sensitivity.vary.items():
        here = terms.mean_ssim if factor == QUALITY else _value(own, factor)
        levels = [Level(factor, value_text(here), base, own, terms, is_base=True)]
        for value in values:
            key = f"sensitivity.vary.{factor}"
            if factor == QUALITY:
                settings, on = own, _quality(key, terms, value)
            else:
                settings = _checked(key, type(own), {**own.model_dump(), factor: value})
                on = _terms(key, settings, terms, factor)
            label = value_text(on.mean_ssim if factor == QUALITY else getattr(settings, factor))
            name = _name(study, settings, on, f"{base}--{factor}-{label}")
            levels.append(Level(factor, label, name, settings, on))
        yield from sorted(levels, key=lambda level: _order(level, factor))


def _value(own: AttackSettings, factor: str) -> Any:
    if factor in ("method", "target") or factor not in type(own).model_fields:
        known = sorted({*type(own).model_fields, QUALITY} - {"method", "target"})
        raise ConfigError(
            f"sensitivity.vary.{factor}: no setting of {own.method}; {suggestion(factor, known)}"
        )
    return getattr(own, factor)


def _quality(key: str, terms: ComparisonConfig, value: Any) -> ComparisonConfig:
    if terms.mode != "matched_quality":
        raise ConfigError(f"{key}: matters in matched_quality only, not in {terms.mode}")
    changed: ComparisonConfig = _checked(
        key, ComparisonConfig, {**terms.model_dump(), QUALITY: value}
    )
    return changed


def _terms(
    key: str, settings: AttackSettings, terms: ComparisonConfig, factor: str
) -> ComparisonConfig:
    """Matched quality would undo another budget: the images get the quality it stands for."""
    if terms.mode == "fixed_budget" or factor != settings.budget_key:
        return terms
    if terms.mode == "matched_quality" and settings.mean_ssim_floor is not None:
        return terms.model_copy(update={QUALITY: settings.mean_ssim_floor})
    raise ConfigError(
        f"{key}: {terms.mode} chooses the budget itself; vary {QUALITY} with matched_quality, or "
        "set comparison.mode to fixed_budget"
    )


def _name(study: StudyConfig, settings: AttackSettings, on: ComparisonConfig, new: str) -> str:
    """The attack of the run that is the same, or a name of its own."""
    if on == study.comparison:
        for name in study.attacks:
            if study.attack_settings[name] == settings:
                return name
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", new)


def _networks(study: StudyConfig) -> Iterator[Level]:
    models, base = network_models(study), study.sensitivity.base
    own = study.attack_settings[base]
    if models:
        yield Level("network", OWN, base, own, study.comparison, is_base=True)
    for name in models:
        yield Level("network", name, base, own, study.comparison, network=name)


def _views(study: StudyConfig) -> Iterator[Level]:
    """Levels that look at the base's stored images in another way."""
    base, terms = study.sensitivity.base, study.comparison
    own = study.attack_settings[base]

    def level(factor: str, label: str, **more: Any) -> Level:
        return Level(factor, label, base, own, terms, **more)

    shares = sorted({study.overlap.top, *study.sensitivity.top})
    for top in shares if study.sensitivity.top else []:
        yield level("top", f"{top:.4g}", is_base=top == study.overlap.top, top=top)
    groups = {"explanation": ["cam"], "layer": ["cam"]}
    for name in study.explanations:
        if name != "cam":
            layer = getattr(study.explanation_settings[name], "layer", None)
            groups["explanation" if layer is None else "layer"].append(name)
    groups["distortion"] = ["deficit", *study.overlap.distortions]
    for factor, (first, *names) in groups.items():
        if names:
            yield level(factor, first, is_base=True)
        for name in names:
            view = f"cam_of_{name}" if factor == "distortion" else name
            yield level(factor, name, view=view)


def _checked(key: str, kind: type[Any], raw: dict[str, Any]) -> Any:
    try:
        return kind.model_validate(raw)
    except ValidationError as error:
        first = next(describe(error, raw, kind))
        raise ConfigError(f"{key}: {first}") from None


def value_text(value: Any) -> str:
    """A value of a setting as people write it, short enough for an axis."""
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


def _order(level: Level, factor: str) -> tuple[bool, float]:
    """Numbers in their order, no bound at all last; the rest as listed, the base first."""
    value = level.terms.mean_ssim if factor == QUALITY else getattr(level.settings, factor)
    if value is None:
        return True, float("inf")
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return True, float(value) if number else float(not level.is_base)
