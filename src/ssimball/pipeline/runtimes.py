"""The minutes that jobs ask a cluster for: by attack, or forecast from a pilot run.

Jobs of other rules that were not forecast have the time of the profile (``default-resources``). The
second attempt of a job asks for twice as much, the third for three times.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from ssimball.config.attacks.base import AttackSettings
from ssimball.config.messages import suggestion
from ssimball.errors import ConfigError
from ssimball.pipeline.usage import job_name

#: Hours for 500 images, MobileNetV2 and one core, of the methods that take hundreds of passes:
#: the seconds of benchmarks/attacks.md and docs/comparison.md, times three for `matched_quality`.
_HOURS = {
    "carlini_wagner": 24,
    "carlini_wagner_ssim": 24,
    "ead": 24,
    "one_pixel": 24,
    "str_attack": 24,
    "ddn": 8,
    "ssim_ball_conic": 8,
}
_HOURS_FOR_IMAGES = 500
#: Of all other jobs, as in the profiles.
_MINUTES = 120


def check_kinds(kinds: Iterable[str], scripts: Path) -> None:
    """Refuse kinds of job whose rule has no script.

    Args:
        kinds: Kinds of job, see :func:`ssimball.pipeline.usage.job_name`.
        scripts: Folder of the rules' scripts.

    Raises:
        ConfigError: There is no such rule.
    """
    known = sorted(path.stem for path in scripts.glob("*.py"))
    for kind in kinds:
        rule = kind.partition(" ")[0]
        if rule not in known:
            hint = suggestion(rule, known)
            raise ConfigError(f"execution.runtimes.{kind}: there is no rule {rule!r}; {hint}")


def runtime(
    rule: str,
    forecast: Mapping[str, int],
    attacks: Mapping[str, AttackSettings],
    images: Callable[[Any], int],
) -> Callable[..., int] | None:
    """Return Snakemake's function for the resource ``runtime`` of a rule's jobs.

    Args:
        rule: Name of the rule.
        forecast: Minutes by kind of job; those of other rules are ignored.
        attacks: Settings of the attacks by name.
        images: The number of images of a job, by its wildcards.

    Returns:
        The function; None where the profile decides.
    """
    known = {kind: minutes for kind, minutes in forecast.items() if kind.partition(" ")[0] == rule}
    if not known and rule != "attack_shard":
        return None

    def minutes(wildcards: Any, attempt: int) -> int:
        usual = _MINUTES
        if rule == "attack_shard":
            hours = _HOURS.get(attacks[wildcards.attack].method, 0)
            usual = max(usual, math.ceil(60 * hours * images(wildcards) / _HOURS_FOR_IMAGES))
        return attempt * known.get(job_name(rule, dict(wildcards.items())), usual)

    return minutes
