"""From a method's name (:mod:`ssimball.config.attacks.registry`) to its code."""

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from ssimball.config.attacks.base import AttackSettings
from ssimball.config.base import settings_taken_by

if TYPE_CHECKING:  # planning a run imports no torch
    from ssimball.attacks.interface import Attack


def module(method: str) -> str:
    """Name of the module that holds a method."""
    return f"ssimball.attacks.methods.{method}"


def load(method: str) -> "Attack":
    """The attack function of a method; only its own module is imported."""
    attack: Attack = import_module(module(method)).attack
    return attack


def settings_of(raw: Mapping[str, Any]) -> AttackSettings:
    """Settings as stored in a stage to the class that the attack takes."""
    settings: AttackSettings = settings_taken_by(load(raw["method"]), raw)
    return settings
