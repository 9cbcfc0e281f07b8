"""The memory that a cluster is asked for by jobs whose memory grows with the number of images.

Jobs of all other rules have the memory of the profile (``default-resources``). The second attempt
of a job asks for twice as much, the third for three times.
"""

from collections.abc import Callable
from typing import Any

#: MB that such a job asks for in any run, and for each thousand images: up to twice what
#: benchmarks/scale.md measured.
_START, _THOUSAND = 1000, {"overlap": 80}
#: Of all other jobs, as in the profiles.
_USUAL = 4000


def memory_mb(rule: str, images: Callable[[Any], int]) -> Callable[..., int] | None:
    """Return Snakemake's function for the resource ``mem_mb`` of a rule's jobs.

    Args:
        rule: Name of the rule.
        images: The number of images of a job, by its wildcards.

    Returns:
        The function; None where the profile decides.
    """
    if rule not in _THOUSAND:
        return None

    def megabytes(wildcards: Any, attempt: int) -> int:
        return attempt * max(_USUAL, _START + _THOUSAND[rule] * images(wildcards) // 1000)

    return megabytes
