"""Levels of the sensitivity sweep that change how an attack is made: its settings or budget.

A level with the same settings as an attack of the run uses that attack's images. Levels store no
bracket: it describes the images of the base, and is not for every ball.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from ssimball.config.attacks.base import AttackSettings
from ssimball.config.comparison import ComparisonConfig
from ssimball.config.level import MEAN_SSIM, Level, value_text
from ssimball.config.messages import describe, suggestion
from ssimball.config.study import StudyConfig
from ssimball.errors import ConfigError

#: A factor that is no setting of the attack: the mode of comparison.
COMPARISON = "comparison"


def setting_levels(study: StudyConfig) -> Iterator[Level]:
    """Yield the levels that change one setting of the base attack, by setting and by its value.

    Raises:
        ConfigError: a setting is unknown, or a value impossible; the message names it.
    """
    base, comparison = study.sensitivity.base, study.comparison
    base_settings = study.attack_settings[base]
    # In an order that does not depend on that of the keys: a stored configuration has them sorted.
    for factor, values in sorted(study.sensitivity.vary.items()):
        base_value = _base_value(study, factor)
        levels = [
            Level(factor, value_text(base_value), base, base_settings, comparison, is_base=True)
        ]
        levels += [_changed(study, factor, value) for value in values]
        yield from sorted(levels, key=_order)


def smallest_budget_levels(study: StudyConfig, varied: list[Level]) -> Iterator[Level]:
    """Yield the levels of the base as it is compared, and with its smallest budgets that fool.

    Args:
        study: the configuration.
        varied: the levels of :func:`setting_levels`; the search begins at their largest budget.
    """
    base, comparison = study.sensitivity.base, study.comparison
    if not study.sensitivity.smallest_budget or comparison.mode == "matched_outcome":
        return
    settings = study.attack_settings[base]
    yield Level(COMPARISON, comparison.mode, base, settings, comparison, is_base=True)
    budgets = [level.settings for level in varied if level.factor == settings.budget_key]
    largest = max([settings, *budgets], key=lambda candidate: candidate.budget or 0.0)
    largest = largest.image_settings
    outcome = comparison.model_copy(update={"mode": "matched_outcome"})
    name = attack_name(study, largest, outcome, f"{base}--{COMPARISON}-{outcome.mode}")
    yield Level(COMPARISON, outcome.mode, name, largest, outcome)


def control_level(study: StudyConfig, level: Level) -> Level | None:
    """Return a level of the base for the control, or None where there is no such level.

    A control whose settings are those of the base gets the same change. Any other control can
    still be compared at the same mean SSIM. Controls seldom fool, so none has smallest budgets.
    """
    control = study.sensitivity.control
    if control is None or level.comparison.mode != study.comparison.mode:
        return None
    base, settings = study.attack_settings[study.sensitivity.base], study.attack_settings[control]
    changes_setting = level.settings.image_settings != base.image_settings
    if changes_setting and isinstance(settings, type(base)):
        raw = {
            **settings.image_settings.model_dump(),
            level.factor: getattr(level.settings, level.factor),
        }
        try:
            settings = type(settings).model_validate(raw)
        except ValidationError:  # such as several steps of a control that takes one
            return None
    elif changes_setting and level.comparison == study.comparison:
        return None
    name = f"{control}--{level.factor}-{level.label}"
    attack = attack_name(study, settings, level.comparison, name)
    return replace(level, attack=attack, settings=settings, is_control=True)


def attack_name(
    study: StudyConfig, settings: AttackSettings, comparison: ComparisonConfig, new_name: str
) -> str:
    """Return the name of the run's attack or control with these settings, or else a new name."""
    if comparison == study.comparison:
        for name in filter(None, [*study.attacks, study.sensitivity.control]):
            if study.attack_settings[name].image_settings == settings.image_settings:
                return name
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", new_name)


def validated(key: str, model: type[Any], raw: dict[str, Any]) -> Any:
    """Return a model of raw values.

    Raises:
        ConfigError: a value is wrong; the message names the key.
    """
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        first = next(describe(error, raw, model))
        setting = key.rpartition(".")[2]
        raise ConfigError(f"{key}: {first.removeprefix(f'{setting}: ')}") from None


def _base_value(study: StudyConfig, factor: str) -> Any:
    """Return the value of a factor in the run as configured."""
    if factor == MEAN_SSIM:
        return study.comparison.mean_ssim
    settings = study.attack_settings[study.sensitivity.base]
    known = {*type(settings).model_fields} - {"method", "target", "bracket"}
    if factor not in known:
        hint = suggestion(factor, sorted({*known, MEAN_SSIM}))
        raise ConfigError(f"sensitivity.vary.{factor}: no setting of {settings.method}; {hint}")
    return getattr(settings, factor)


def _changed(study: StudyConfig, factor: str, value: Any) -> Level:
    """Return the level in which a factor has another value than in the base."""
    key, base = f"sensitivity.vary.{factor}", study.sensitivity.base
    settings, comparison = study.attack_settings[base].image_settings, study.comparison
    if factor == MEAN_SSIM:
        comparison = _with_mean_ssim(key, comparison, value)
        label = value_text(comparison.mean_ssim)
    else:
        settings = validated(key, type(settings), {**settings.model_dump(), factor: value})
        comparison = _comparison_of(key, settings, comparison, factor)
        label = value_text(getattr(settings, factor))
    attack = attack_name(study, settings, comparison, f"{base}--{factor}-{label}")
    return Level(factor, label, attack, settings, comparison)


def _with_mean_ssim(key: str, comparison: ComparisonConfig, value: Any) -> ComparisonConfig:
    if comparison.mode != "matched_quality":
        raise ConfigError(
            f"{key}: has an effect in comparison.mode matched_quality only, not in "
            f"{comparison.mode}; change the mode, or remove the key"
        )
    changed: ComparisonConfig = validated(
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


def _order(level: Level) -> float:
    """Return a sort key: numbers ascending, no bound at all last; anything else as listed."""
    settings, comparison = level.settings, level.comparison
    is_quality = level.factor == MEAN_SSIM
    value = comparison.mean_ssim if is_quality else getattr(settings, level.factor)
    if value is None:
        return float("inf")
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number else float(not level.is_base)
