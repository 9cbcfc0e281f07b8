"""Findings of a comparison, and the verdict that follows from them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf

EQUAL, WITHIN, DIFFERENT = "equal", "within tolerance", "different"
#: Kinds of findings that differ with the inputs, or explain others.
EXPLAINED = ("code", "packages", "device", "inputs", "content", "order")
#: The two sides of a finding about a table or row that only one run has.
PRESENT, MISSING = "there", "not there"


@dataclass(frozen=True)
class Finding:
    """One difference between a table of one run and the same table of the other.

    Attributes:
        kind: ``file``, ``settings``, ``code``, ``packages``, ``device``, ``inputs``, ``content``,
            ``columns``, ``rows`` or ``order``; for cells ``words``, ``numbers``, ``lists``,
            ``maps`` or ``images``.
        what: column, setting or package.
        sides: values of the two runs as text; for cells those of ``row``.
        cells: number of rows that differ, of ``compared``.
        compared: number of rows compared.
        beyond: number of rows that differ by more than is allowed.
        parts: number of pixels (images) or numbers (maps, lists) that differ in these rows.
        absolute: largest absolute difference, for images in grey levels; None: no numbers.
        relative: largest relative difference; None: no numbers.
        row, relative_row: rows where these two occur.
        allowed: the tolerance in words; empty: no difference is allowed.
        excess: largest ratio of a difference to its tolerance; above 1 is too much.
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
        """Return WITHIN or DIFFERENT; where ``exact``, no difference is tolerated."""
        return DIFFERENT if exact or self.excess > 1 else WITHIN


@dataclass(frozen=True)
class Compared:
    """A table of both runs, with the findings about it.

    Attributes:
        path: path of the table, relative to the runs' folders.
        findings: the differences; none where the tables are equal.
        inputs: paths of the tables that it was made from, in the first run.
    """

    path: str
    findings: Sequence[Finding] = field(default_factory=tuple)
    inputs: Sequence[str] = ()

    def verdict(self, exact: bool = False) -> str:
        """Return EQUAL without findings, otherwise the worst verdict of a finding."""
        verdicts = {finding.verdict(exact) for finding in self.findings}
        return next((verdict for verdict in (DIFFERENT, WITHIN) if verdict in verdicts), EQUAL)

    @property
    def differs(self) -> bool:
        """Whether settings, rows or values differ, rather than hashes and versions alone."""
        return any(finding.kind not in EXPLAINED for finding in self.findings)

    @property
    def missing(self) -> bool:
        """Whether one of the runs does not have the table."""
        return any(MISSING in f.sides for f in self.findings if f.kind == "file")

    @property
    def worst(self) -> Finding | None:
        """The first finding with the largest excess; None where there is no finding."""
        return max(self.findings, key=lambda finding: finding.excess, default=None)
