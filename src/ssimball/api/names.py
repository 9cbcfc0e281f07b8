"""The public names of ``ssimball``, and the modules that hold them.

``ssimball/__init__.pyi`` has the same names for type checkers; a test compares the two.
"""

from collections.abc import Callable
from importlib import import_module, metadata

#: Modules by public name, each loaded when the name is first used.
PUBLIC = {
    "attack": "ssimball.api.attack",
    "SSIMBall": "ssimball.api.attack",
    "Result": "ssimball.api.result",
    "ssim": "ssimball.api.similarity",
    "cam": "ssimball.api.cam",
    "Cam": "ssimball.api.cam",
    "overlap": "ssimball.api.overlap",
    "Overlap": "ssimball.api.overlap",
    "Ball": "ssimball.ball.ball",
    "maximise": "ssimball.api.solver",
    "SsimballError": "ssimball.errors",
    "InputError": "ssimball.errors",
}
#: Public functions that have the name of a subpackage, which is called in their place.
_PACKAGES = ("ssim", "overlap")


def load(name: str) -> object:
    """Return a public object; only the modules that it needs are imported.

    Raises:
        AttributeError: there is no such name.
    """
    if name == "__all__":
        return list(PUBLIC)
    if name == "__version__":
        return metadata.version("ssimball")
    if name in _PACKAGES:
        return import_module(f"ssimball.{name}")
    if name in PUBLIC:
        return getattr(import_module(PUBLIC[name]), name)
    raise AttributeError(f"module 'ssimball' has no attribute {name!r}")


def function(name: str) -> Callable[..., object]:
    """Return the public function that a subpackage of its name is called for."""
    found: Callable[..., object] = getattr(import_module(PUBLIC[name]), name)
    return found
