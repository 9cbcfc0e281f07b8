"""The configuration of an attack on one photograph: that of a run, from few options."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from ssimball.config.attacks.registry import methods
from ssimball.config.files import check_yaml
from ssimball.config.study import StudyConfig, effective, load_study

Settings = Mapping[str, Any]
#: The network of this name is the one that is shipped.
DEMO = "demo"
#: As config/manifest.yaml, which an installed package does not hold; a test compares them.
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
#: Unless a quality is asked for, an attack keeps its own budget.
TERMS: Settings = {"comparison": {"mode": "fixed_budget"}}


def photograph_study(
    photograph: Path,
    attack: str,
    settings: Settings,
    *,
    overlays: Iterable[Path] = (),
    network: str | None = None,
    weights: str | None = None,
    mean_ssim: float | None = None,
    seed: int | None = None,
) -> StudyConfig:
    """The checked configuration; what is None is left as the overlays, or the defaults, have it.

    Args:
        attack: a name of ``attack_settings``, or a method.
        settings: of the attack, over those it has by that name.
        overlays: configuration files, each over the ones before; a run's own config.yaml too.
        network: torchvision's name, or :data:`DEMO`.
        weights: a file, or torchvision's name.
        mean_ssim: brings the stored image there, as ``matched_quality`` does.

    Raises:
        ConfigError: naming the file or key that is wrong.
    """
    raw: dict[str, Any] = effective(StudyConfig())
    layers = [{} if network == DEMO else PHOTOGRAPHS, TERMS, *map(_read, overlays)]
    for layer in layers:
        raw = _merged(raw, layer)
    if attack not in raw["attack_settings"] and attack in methods():
        settings = {"method": attack, **settings}
    raw = _merged(raw, {"attack_settings": {attack: settings}} if settings else {})
    if network not in (None, DEMO):
        raw["model"]["name"] = network
    if weights is not None:
        raw["model"] |= {"weights": weights, "sha256": None}
    if mean_ssim is not None:
        raw["comparison"] |= {"mode": "matched_quality", "mean_ssim": mean_ssim}
    raw |= {"attacks": [attack], "sensitivity": {}} | ({} if seed is None else {"seed": seed})
    # Which only has to be no demo, since that asks for a network of its classes.
    raw["dataset"] = {"kind": "manifest", "manifest": {"path": str(photograph)}}
    return load_study(raw)


def _read(path: Path) -> Settings:
    check_yaml(path)
    found: Settings = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def _merged(below: Any, above: Any) -> Any:
    """Key by key, as Snakemake puts one configuration file over another."""
    if not isinstance(below, Mapping) or not isinstance(above, Mapping):
        return above
    return {**below, **{key: _merged(below.get(key), value) for key, value in above.items()}}
