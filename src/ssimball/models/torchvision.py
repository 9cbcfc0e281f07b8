"""Import torchvision without torch's compiler; other modules import ``torchvision`` from here.

``torchvision.ops.roi_align``, which only detectors use, imports one function of ``torch._dynamo``,
and with it the whole compiler. That takes 1.0 s of the 2.2 s that torch and torchvision need at the
start of every process (0.1 s without it), and torchvision offers no switch for it.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

import torch  # noqa: F401 - before the stand-in takes the place of the compiler

_COMPILER = ("torch._dynamo", "torch._dynamo.utils")


@contextmanager
def _without_compiler() -> Iterator[None]:
    """Put a stand-in that reports no support in place of the compiler while the block runs."""
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
        # This version of torchvision imports more of the compiler than the stand-in offers.
        import torchvision
else:
    import torchvision

__all__ = ["torchvision"]
