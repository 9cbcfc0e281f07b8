"""What a comparison says: findings about a table, and the verdict that follows from them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf

EQUAL, WITHIN, DIFFERENT = "equal", "within tolerance", "different"
#: Of a table or row that only one run has, and of the same in the other.
THERE, MISSING = "there", "not there"


@dataclass(frozen=True)
class Finding:
    """One thing in which a table of one run is other than that of the other run.

    Attributes:
        kind: ``file``, ``settings``, ``code``, ``packages``, ``device``, ``inputs``, ``content``,
            ``columns``, ``rows``, ``order``; of cells ``words``, ``numbers``, ``images``, ``maps``.
        what: column, setting or package.
        sides: what the two runs hold, as text; of cells, where the difference is largest.
        cells: how many rows differ, of ``compared``.
        beyond: how many of these differ by more than is allowed.
        parts: how many pixels (images) or numbers (maps, lists) differ in these.
        absolute, relative: largest differences, grey levels for images; None: no numbers.
        row, relative_row: the rows where they occur.
        allowed: how much may differ, in words; empty: nothing.
        excess: largest difference over what is allowed; above 1 is too much.
    """

    kind: str
    what: str = ""
    sides: tuple[str, str] = ("", "")
    cells: int = 0
    compared: int = 0
    beyond: int = 0
    parts: int = 0
    absolute: float | None = None
    relative: float | None = None
    row: str = ""
    relative_row: str = ""
    allowed: str = ""
    excess: float = inf

    def verdict(self, exact: bool) -> str:
        """WITHIN or DIFFERENT; ``exact``: nothing is tolerated."""
        return DIFFERENT if exact or self.excess > 1 else WITHIN


@dataclass(frozen=True)
class Compared:
    """A table of both runs; ``path`` is relative to the runs' folders."""

    path: str
    findings: Sequence[Finding] = field(default_factory=tuple)

    def verdict(self, exact: bool = False) -> str:
        """EQUAL without findings, otherwise the worst of theirs."""
        verdicts = {one.verdict(exact) for one in self.findings}
        return next((one for one in (DIFFERENT, WITHIN) if one in verdicts), EQUAL)

    @property
    def missing(self) -> bool:
        """Whether one of the runs does not have it."""
        return any(MISSING in one.sides for one in self.findings if one.kind == "file")

    @property
    def worst(self) -> Finding | None:
        """The finding with the largest excess; the first of them, None where there is none."""
        return max(self.findings, key=lambda one: one.excess, default=None)
