"""The configuration of an attack on one photograph: that of a run, from a few options."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ssimball.config.attacks.registry import methods
from ssimball.config.files import merged, read_settings
from ssimball.config.study import StudyConfig, effective, load_study

Settings = Mapping[str, Any]
#: Name of the network that is shipped.
DEMO = "demo"
#: Settings of config/manifest.yaml, which an installed package does not hold; a test compares them.
PHOTOGRAPHS: Settings = {
    "model": {
        "name": "mobilenet_v2",
        "width_mult": 1.0,
        "num_classes": 1000,
        "weights": "IMAGENET1K_V1",
        "mean": [0.485, 0.456, 0.406],
        "std": [0.229, 0.224, 0.225],
    },
    "preprocessing": {"resize": 256, "crop": 224},
}
#: An attack uses its own budget unless a mean SSIM is asked for.
OWN_BUDGET: Settings = {"comparison": {"mode": "fixed_budget"}}


@dataclass(frozen=True)
class AttackOptions:
    """Options of an attack on one photograph; None: as the overlays or the defaults have it.

    Attributes:
        attack: a name in ``attack_settings``, or a method.
        settings: settings of the attack, which override those that it has under that name.
        overlays: configuration files, each over the ones before; also a run's own config.yaml.
        network: torchvision's name of the network, or :data:`DEMO`.
        weights: a file, or torchvision's name of the weights.
        mean_ssim: mean SSIM of the stored image, reached as ``matched_quality`` reaches it.
        seed: seed of random numbers.
    """

    attack: str
    settings: Settings
    overlays: Sequence[Path] = ()
    network: str | None = None
    weights: str | None = None
    mean_ssim: float | None = None
    seed: int | None = None


def photograph_study(photograph: Path, options: AttackOptions) -> StudyConfig:
    """Return the checked configuration of an attack on one photograph.

    Args:
        photograph: file of the photograph.
        options: the attack, and what it does not take from the overlays or the defaults.

    Raises:
        ConfigError: naming the file or key that is wrong.
    """
    network = {} if options.network == DEMO else PHOTOGRAPHS
    raw: Settings = effective(StudyConfig())
    for layer in (network, OWN_BUDGET, *map(read_settings, options.overlays)):
        raw = merged(raw, layer)
    settings = options.settings
    if options.attack not in raw["attack_settings"] and options.attack in methods():
        settings = {"method": options.attack, **settings}
    if settings:
        raw = merged(raw, {"attack_settings": {options.attack: settings}})
    return load_study(merged(raw, _overrides(options)) | _one_photograph(photograph, options))


def _overrides(options: AttackOptions) -> Settings:
    """Return the keys that options set directly."""
    sections: dict[str, Any] = {}
    if options.network not in (None, DEMO):
        sections["model"] = {"name": options.network}
    if options.weights is not None:
        weights = {"weights": options.weights, "sha256": None}
        sections["model"] = sections.get("model", {}) | weights
    if options.mean_ssim is not None:
        sections["comparison"] = {"mode": "matched_quality", "mean_ssim": options.mean_ssim}
    if options.seed is not None:
        sections["seed"] = options.seed
    return sections


def _one_photograph(photograph: Path, options: AttackOptions) -> dict[str, Any]:
    """Return the sections that an attack on one photograph replaces as a whole."""
    return {
        "attacks": [options.attack],
        "sensitivity": {},
        # Any data set but the demo, whose network has to have its classes.
        "dataset": {"kind": "manifest", "manifest": {"path": str(photograph)}},
    }
