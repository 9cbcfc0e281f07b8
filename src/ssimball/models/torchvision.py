"""torchvision, without torch's compiler.

One function of torchvision, for detectors, asks the compiler a question when it is imported, and
for that the whole compiler is imported: as much time again as torch itself needs, at the start of
every job. Classifiers never come by there. Other modules import ``torchvision`` from here.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

import torch  # noqa: F401 - torchvision is imported while the compiler's place is taken

_COMPILER = ("torch._dynamo", "torch._dynamo.utils")


@contextmanager
def _without_compiler() -> Iterator[None]:
    """Something in the compiler's place that says it cannot be used, and nothing there after."""
    package, utils = map(ModuleType, _COMPILER)
    utils.is_compile_supported = lambda device: False  # type: ignore[attr-defined]
    package.utils = utils  # type: ignore[attr-defined]
    sys.modules |= dict(zip(_COMPILER, (package, utils), strict=True))
    try:
        yield
    finally:
        for name in _COMPILER:
            del sys.modules[name]


if "torchvision" not in sys.modules and _COMPILER[0] not in sys.modules:
    try:
        with _without_compiler():
            import torchvision
    except (ImportError, AttributeError):
        # Another version of torchvision, which asks more of the compiler.
        import torchvision
else:
    import torchvision

__all__ = ["torchvision"]
