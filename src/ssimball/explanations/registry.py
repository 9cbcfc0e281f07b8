"""Find the code of an explanation method by its name in :mod:`ssimball.config.explanation`."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # Planning a run needs the modules' names only, and must not import torch.
    from ssimball.explanations.interface import Explain


def module(method: str) -> str:
    """Return the name of the module that holds a method."""
    return f"ssimball.explanations.methods.{method}"


def load(method: str) -> "Explain":
    """Return the function of a method, importing only that method's module."""
    explain: Explain = import_module(module(method)).explain
    return explain
