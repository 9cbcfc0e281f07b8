"""Which methods are controls is said once more than by the settings; both have to agree."""

from ssimball.config import controls
from ssimball.config.attack_settings import AttackSettings
from ssimball.controls import CONTROLS


def test_controls_are_the_methods_of_the_settings_of_controls():
    kinds = [
        kind
        for kind in vars(controls).values()
        if isinstance(kind, type)
        and issubclass(kind, AttackSettings)
        and kind.__module__ == controls.__name__
    ]
    assert {kind.model_fields["method"].default for kind in kinds} == CONTROLS
