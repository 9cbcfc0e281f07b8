"""What a check is."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ssimball.runs.audit.findings import Tally
from ssimball.runs.run import Run


@dataclass(frozen=True)
class Check:
    """One kind of check.

    Attributes:
        name: in the table of findings.
        says: what it holds true of an artifact, for people.
        artifacts: the files of a run that it looks at.
        examine: puts what it finds in one of them into a tally. Where it raises
            ``ImpossibleError`` the artifact cannot be checked here; any other exception is a
            failure of the artifact, since nothing that the workflow writes raises one.
        quick: whether it does without the network and other long computations.
    """

    name: str
    says: str
    artifacts: Callable[[Run], Iterable[str]]
    examine: Callable[[Run, str, Tally], None]
    quick: bool = True
