"""The interface of a check."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ssimball.runs.audit.findings import Tally
from ssimball.runs.run import Run

#: Family of the checks of files as bytes.
FILES = "files"


@dataclass(frozen=True)
class Check:
    """One kind of check.

    Attributes:
        name: name of the check in findings and on the command line.
        claim: statement about an artifact that the check verifies, for people.
        artifacts: returns the paths of a run that the check examines.
        examine: verifies one of these artifacts and records the result in a tally. Where it raises
            ``ImpossibleError`` the artifact cannot be checked on this machine. Any other exception
            is a failure of the artifact, since nothing that the workflow writes raises one.
        quick: whether the check needs neither the network nor another long computation.
        family: name that checks share which need the same values; each has its own by default.
        by_shard: whether what they need differs from shard to shard.
        cost: CPU seconds for each image of a shard's file, or for each other file, on the demo; for
            the expected time, which is corrected by what is measured.
    """

    name: str
    claim: str
    artifacts: Callable[[Run], Iterable[str]]
    examine: Callable[[Run, str, Tally], None]
    quick: bool = True
    family: str = ""
    by_shard: bool = True
    cost: float = 0.001
