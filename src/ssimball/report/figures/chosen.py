"""Which figures a run has, worked out from its configuration before any job starts."""

from ssimball.config.attacks.ball import BallSettings
from ssimball.config.attacks.minimal import MINIMAL
from ssimball.config.networks import randomised_networks
from ssimball.config.study import StudyConfig

#: The part of the gradient that a step in the SSIM ball keeps; ``own``: all of it.
DIRECTIONS = ("own", "permuted_signs", "sign_only", "rolled_magnitude")


def figures_of(study: StudyConfig) -> dict[str, list[str]]:
    """Return the figures of a run by the rule that draws them, without contact sheets.

    A figure whose data this run cannot have is left out, and so is a rule without figures.
    """
    any_ball = any(isinstance(study.attack_settings[name], BallSettings) for name in study.attacks)
    wanted = {
        "figure_evidence": {
            **dict.fromkeys(("evidence", "overview", "by_image"), True),
            "directions": bool(directions_of(study)),
            "classes": study.model.num_classes > 1,
            "networks": bool(randomised_networks(study)),
        },
        "figures": {"example": True},
        # Where all attacks have one mean SSIM, there is nothing to plot against it.
        "figure_fooling": {"fooling": study.comparison.mode != "matched_quality"},
        "figure_attacks": {
            "radii": bool(searched_attacks(study)),
            "gaps": any_ball,
            "costs": True,
            "seconds": True,
        },
        "figure_causal": {"curves": study.causal.enabled},
        "figure_region_test": {"region_test": study.confined_attack is not None},
        "sensitivity": dict.fromkeys(("sensitivity", "dose"), study.sensitivity.enabled),
    }
    chosen = {rule: [name for name, has in names.items() if has] for rule, names in wanted.items()}
    return {rule: names for rule, names in chosen.items() if names}


def searched_attacks(study: StudyConfig) -> list[str]:
    """Return the attacks whose stored images are the smallest perturbations found that fool."""
    settings = study.attack_settings
    minimal = [name for name in study.attacks if settings[name].method in MINIMAL]
    modes = {
        "fixed_budget": minimal,
        "matched_quality": [],
        "matched_outcome": list(study.attacks),
    }
    return modes[study.comparison.mode]


def directions_of(study: StudyConfig) -> dict[str, str]:
    """Return the ball's step and its controls by the part of the gradient that they keep.

    Returns:
        Names of attacks by :data:`DIRECTIONS`; empty unless the run has an attack for each.
    """
    found: dict[str, str] = {}
    for name in study.attacks:
        settings = study.attack_settings[name]
        if settings.method == "ssim_ball_control":
            found.setdefault(getattr(settings, "gradient", ""), name)
        elif settings.method == "ssim_ball" and getattr(settings, "steps", 1) == 1:
            found.setdefault("own", name)
    complete = all(direction in found for direction in DIRECTIONS)
    return {direction: found[direction] for direction in DIRECTIONS} if complete else {}
