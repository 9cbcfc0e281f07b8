"""Certified adversarial perturbations inside an SSIM ball, and where they lie.

``dir(ssimball)`` lists the public names; the page docs/quickstart.md shows what they do.

The package consists of eighteen subpackages. Each imports only from those after it in this list:
``cli``, ``runs``, ``pipeline``, ``report``, ``causal``, ``adapters``, ``api``, ``explanations``,
``attacks``, ``statistics``, ``models``, ``overlap``, ``datasets``, ``ball``, ``ssim``, ``config``,
``storage``, ``runtime``. The root holds only ``errors``, which all of them may import. No stage of
the pipeline imports ``api``, which holds the public functions, or ``adapters``, which offers the
attack to other libraries.

``__init__`` files contain no imports: the workflow fingerprints exactly the modules that a stage
imports, and an ``__init__`` with imports would tie every stage to every module. Public names are
therefore loaded by name when they are first used (PEP 562), from the table in ``api.names``. Two of
them, ``ssim`` and ``overlap``, are subpackages that can be called.
"""

import sys
from types import ModuleType


class _CallablePackage(ModuleType):
    """A subpackage that can be called as the public function of its name."""

    def __call__(self, *args: object, **options: object) -> object:
        """Call the function."""
        from importlib import import_module

        name = self.__name__.rpartition(".")[2]
        return import_module("ssimball.api.names").function(name)(*args, **options)


class _Package(ModuleType):
    """This package, to which Python binds each subpackage when it is imported."""

    def __setattr__(self, name: str, value: object) -> None:
        """Bind a name; a subpackage with the name of a public function becomes callable."""
        if name in ("ssim", "overlap") and isinstance(value, ModuleType):
            value.__class__ = _CallablePackage
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> object:
    """Load a public name."""
    from importlib import import_module

    found: object = import_module("ssimball.api.names").load(name)
    return found


def __dir__() -> list[str]:
    """List the public names."""
    from importlib import import_module

    return sorted(import_module("ssimball.api.names").PUBLIC)
