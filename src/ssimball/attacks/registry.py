"""From a method's name to its code; the names are in :mod:`ssimball.config.attacks.registry`."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # planning a run imports no torch
    from ssimball.attacks.interface import Attack

#: Methods that share a module. The module of every other method has the method's name.
SHARED_MODULES = {"fgsm": "pgd", "bim": "pgd"}


def module(method: str) -> str:
    """Return the name of the module that implements a method.

    >>> module("fgsm"), module("deepfool")
    ('ssimball.attacks.methods.pgd', 'ssimball.attacks.methods.deepfool')
    """
    return f"ssimball.attacks.methods.{SHARED_MODULES.get(method, method)}"


def load(method: str) -> "Attack":
    """Return the function of a method; only the module that implements it is imported."""
    attack: Attack = import_module(module(method)).attack
    return attack
