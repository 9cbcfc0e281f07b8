"""From a method's name to its code. The methods are those of :mod:`ssimball.config.explanation`."""

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from ssimball.config.base import settings_taken_by

if TYPE_CHECKING:
    # The plan of a run asks for modules' names, and imports no torch.
    from ssimball.explanations.interface import Explain


def module(method: str) -> str:
    """Name of the module that holds a method."""
    return f"ssimball.explanations.methods.{method}"


def load(method: str) -> "Explain":
    """The function of a method; only its own module is imported."""
    explain: Explain = import_module(module(method)).explain
    return explain


def settings_of(raw: Mapping[str, Any]) -> Any:
    """Settings as stored in a stage to the class that the method takes."""
    return settings_taken_by(load(raw["method"]), raw)
