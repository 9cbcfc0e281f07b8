"""Which methods are controls is said once more than by the settings; both have to agree."""

from ssimball.config.attacks import controls
from ssimball.config.attacks.base import AttackSettings
from ssimball.config.study import CONTROLS


def test_controls_are_the_methods_of_the_settings_of_controls():
    kinds = [
        kind
        for kind in vars(controls).values()
        if isinstance(kind, type)
        and issubclass(kind, AttackSettings)
        and kind.__module__ == controls.__name__
    ]
    assert {kind.model_fields["method"].default for kind in kinds} == CONTROLS
