"""The networks of a run beside its own: those of the sensitivity sweep, and randomised ones."""

from dataclasses import dataclass

from ssimball.config.model import ModelConfig
from ssimball.config.study import StudyConfig
from ssimball.config.sweep import network_models

#: Method of the attack that is measured on randomised networks by default.
_METHOD = "ssim_ball"


@dataclass(frozen=True)
class OtherNetwork:
    """A network beside the run's own.

    Attributes:
        key: the key of the configuration that it comes from, for messages.
        model: its settings.
        attacks: the attacks that are run on it.
    """

    key: str
    model: ModelConfig
    attacks: tuple[str, ...]


def other_networks(study: StudyConfig) -> dict[str, OtherNetwork]:
    """Return the networks beside the run's own, by name.

    Raises:
        ConfigError: a key of a network is wrong; the message names it.
    """
    attacks = tuple(filter(None, (study.sensitivity.base, study.sensitivity.control)))
    swept = {
        name: OtherNetwork(f"sensitivity.networks.{name}", model, attacks)
        for name, model in network_models(study).items()
    }
    return swept | randomised_networks(study)


def randomised_networks(study: StudyConfig) -> dict[str, OtherNetwork]:
    """Return the networks with random weights by name, such as ``random-1`` and ``random-all``."""
    attack = measured_attack(study)
    if attack is None:
        return {}
    networks = {}
    for name, layers in study.randomised.by_name.items():
        changes = {"randomised_layers": layers, "randomised_seed": study.seed}
        model = study.model.model_copy(update=changes)
        networks[name] = OtherNetwork("randomised.layers", model, (attack,))
    return networks


def measured_attack(study: StudyConfig) -> str | None:
    """Return the attack that is measured on other networks; None without an SSIM ball."""
    if study.randomised.attack is not None:
        return study.randomised.attack
    methods = {name: study.attack_settings[name].method for name in study.attacks}
    return next((name for name, method in methods.items() if method == _METHOD), None)
