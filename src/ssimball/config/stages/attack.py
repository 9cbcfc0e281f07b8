"""The stage of one attack."""

from functools import cache
from importlib import import_module
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, SerializeAsAny, TypeAdapter

from ssimball.config.attacks.base import AttackSettings
from ssimball.config.comparison import ComparisonConfig
from ssimball.config.model import ModelConfig
from ssimball.config.stages.base import Seed, Stage


@cache
def _any_attack() -> TypeAdapter[Any]:
    # Imported by name, which the fingerprint of a job's code does not follow: a job depends on the
    # settings of its own method, imported by the method's module, and not on those of all methods.
    registry = import_module("ssimball.config.attacks.registry")
    return TypeAdapter(registry.AttackConfig)


def _settings_of_method(raw: Any) -> Any:
    """Turn stored settings into the class that their method names."""
    return raw if isinstance(raw, AttackSettings) else _any_attack().validate_python(raw)


class AttackStage(Stage):
    """One attack on the images of a shard, brought to the comparison that the run asks for.

    Attributes:
        attack: Name of the attack.
        settings: Settings of its method; ``solver: auto`` is resolved to the solver used.
        comparison: How attacks are compared; stored with the keys that its mode uses.
        model: The network, see :class:`ssimball.config.stages.images.CleanStage`.
        seed: Seed of the run.
    """

    stage_name = "attack"

    attack: str
    settings: Annotated[SerializeAsAny[AttackSettings], BeforeValidator(_settings_of_method)]
    comparison: Annotated[ComparisonConfig, PlainSerializer(ComparisonConfig.used)]
    model: ModelConfig
    seed: Seed
