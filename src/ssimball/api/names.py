"""The public names of ``ssimball``, and the modules that hold them.

``ssimball/__init__.pyi`` has the same names for type checkers; a test compares the two.
"""

from importlib import import_module

#: Modules by public name, each loaded when the name is first used.
PUBLIC = {
    "attack": "ssimball.api.attack",
    "SSIMBall": "ssimball.api.attack",
    "Result": "ssimball.api.result",
    "mean_ssim": "ssimball.api.similarity",
    "cam": "ssimball.api.cam",
    "Cam": "ssimball.api.cam",
    "cam_overlap": "ssimball.api.overlap",
    "Overlap": "ssimball.api.overlap",
    "Ball": "ssimball.ball.ball",
    "maximise": "ssimball.api.solver",
    "SsimballError": "ssimball.errors",
    "InputError": "ssimball.errors",
}
#: Names that people try because subpackages have them, and the function that they want.
_MEANT = {"ssim": "mean_ssim", "overlap": "cam_overlap"}


def load(name: str) -> object:
    """Return a public object; only the modules that it needs are imported.

    Raises:
        AttributeError: there is no such name.
    """
    if name == "__all__":
        return list(PUBLIC)
    if name in PUBLIC:
        return getattr(import_module(PUBLIC[name]), name)
    hint = f"; the function is ssimball.{_MEANT[name]}" if name in _MEANT else ""
    raise AttributeError(f"module 'ssimball' has no attribute {name!r}{hint}")
