"""Attack methods by name. A new one is a module, a settings class, and a line here."""

from importlib import import_module

from ssimball.attacks.interface import Attack

METHODS = {
    "fgsm": "ssimball.attacks.fgsm",
    "pgd": "ssimball.attacks.pgd",
    "ssim_ball": "ssimball.attacks.ssim_ball",
    "ssim_ball_conic": "ssimball.attacks.ssim_ball_conic",
}


def load(method: str) -> Attack:
    """The attack function of a method; only its own module is imported."""
    attack: Attack = import_module(METHODS[method]).attack
    return attack
