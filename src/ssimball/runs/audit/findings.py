"""Findings of the audit, and the comparison of derived with stored values."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from itertools import zip_longest
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

OK, FAILED, NOT_POSSIBLE = "ok", "failed", "not possible"
#: Characters of a value that a finding shows.
WIDTH = 200


@dataclass(frozen=True)
class Finding:
    """A check's verdict on an artifact as a whole, or on one value in it.

    Attributes:
        check: name of the check.
        artifact: path of the file, relative to the run's folder.
        row: image id, or number of the row or line; empty: the file as a whole.
        what: column or quantity.
        expected, found: the derived and the stored value, as text.
        verdict: OK, FAILED or NOT_POSSIBLE.
        reason: why the check is not possible, or details of the failure.
        cause: of a failure, the changed file that it follows from, see
            :mod:`ssimball.runs.audit.causes`.
    """

    check: str
    artifact: str
    row: str
    what: str
    expected: str
    found: str
    verdict: str
    reason: str = ""
    cause: str = ""


@dataclass
class Tally:
    """The comparisons that one check makes in one artifact.

    In every method ``row`` is the image id or the number of the row, empty for the whole file, and
    ``what`` is the column or quantity; both go into the finding.

    Attributes:
        check: name of the check.
        artifact: path of the file, relative to the run's folder.
        compared: number of comparisons made so far.
        problems: findings that are not OK.
    """

    check: str
    artifact: str
    compared: int = 0
    problems: list[Finding] = field(default_factory=list)

    def findings(self) -> list[Finding]:
        """Return all problems, and one finding that is OK where no comparison failed."""
        failed = any(finding.verdict == FAILED for finding in self.problems)
        if failed or not self.compared:
            return self.problems
        count = f"{self.compared} values"
        return [Finding(self.check, self.artifact, "", "", count, count, OK), *self.problems]

    def fail(
        self, row: object, what: str, expected: object, found: object, reason: str = ""
    ) -> None:
        """Record that a value is not the expected one."""
        texts = _text(expected), _text(found)
        self.problems.append(
            Finding(self.check, self.artifact, str(row), what, *texts, FAILED, reason)
        )

    def impossible(self, row: object, what: str, reason: str) -> None:
        """Record that a value cannot be checked on this machine."""
        self.problems.append(
            Finding(self.check, self.artifact, str(row), what, "", "", NOT_POSSIBLE, reason)
        )

    def equal(self, row: object, what: str, expected: object, found: object) -> None:
        """Require two values to be equal and of one type."""
        self.compared += 1
        if type(expected) is not type(found) or expected != found:
            self.fail(row, what, expected, found)

    def holds(self, row: object, what: str, condition: bool, expected: str, found: object) -> None:
        """Require a condition, which ``expected`` states in words."""
        self.compared += 1
        if not condition:
            self.fail(row, what, expected, found)

    def close(
        self,
        row: object,
        what: str,
        expected: ArrayLike | None,
        found: ArrayLike | None,
        absolute: float,
        relative: float = 0.0,
    ) -> None:
        """Require numbers, or arrays of them, to agree; None agrees with None alone.

        Args:
            row: image id or number of the row.
            what: column or quantity.
            expected: the derived value.
            found: the stored value.
            absolute: absolute tolerance.
            relative: relative tolerance; |found - expected| may be
                absolute + relative * |expected|.
        """
        self.compared += 1
        if expected is None or found is None:
            if expected is not None or found is not None:
                self.fail(row, what, expected, found)
            return
        derived, stored = np.asarray(expected, np.float64), np.asarray(found, np.float64)
        if derived.shape != stored.shape:
            self.fail(row, what, f"shape {derived.shape}", f"shape {stored.shape}")
            return
        index = _worst_index(derived, stored, absolute, relative)
        if index is not None:
            position = f" at {index}" if index else ""
            self.fail(row, f"{what}{position}", derived[index], stored[index])

    def rows(
        self,
        columns: Sequence[str],
        expected: Iterable[Mapping[str, Any]],
        found: Iterable[Mapping[str, Any]],
        absolute: float,
        relative: float = 0.0,
    ) -> None:
        """Require rows to agree one by one: floats within the tolerance, other values exactly.

        Args:
            columns: names of the columns to compare, none of them tensors.
            expected: the derived rows, of which few need be in memory; a missing column counts as
                None.
            found: the stored rows, likewise.
            absolute: absolute tolerance, see :meth:`close`.
            relative: relative tolerance.
        """
        first, lengths = len(self.problems), [0, 0]
        for number, (derived, stored) in enumerate(zip_longest(expected, found)):
            lengths[0] += derived is not None
            lengths[1] += stored is not None
            if derived is None or stored is None:
                continue
            for name in columns:
                value = as_stored(derived.get(name))
                if isinstance(value, float) and isinstance(stored[name], float):
                    self.close(number, name, value, stored[name], absolute, relative)
                else:
                    self.equal(number, name, value, stored[name])
        self.equal("", "rows", *lengths)
        if lengths[0] != lengths[1]:  # stands before the rows that differ
            self.problems.insert(first, self.problems.pop())


def _worst_index(
    derived: NDArray[np.float64], stored: NDArray[np.float64], absolute: float, relative: float
) -> tuple[int, ...] | None:
    """Return the index of the largest excess over the tolerance; None where there is no excess."""
    excess = np.abs(stored - derived) - absolute - relative * np.abs(derived)
    # NaN is not below anything.
    if bool(np.all(excess <= 0)):
        return None
    worst = int(np.argmax(np.nan_to_num(excess, nan=np.inf)))
    return tuple(map(int, np.unravel_index(worst, excess.shape)))


def as_stored(value: Any) -> Any:
    """Return a value as Parquet gives it back: Python's own types, and None in place of NaN.

    Examples:
        >>> as_stored(np.float64(0.5)), as_stored(float("nan"))
        (0.5, None)
    """
    value = value.item() if isinstance(value, np.generic) else value
    value = value.value if isinstance(value, Enum) else value
    return None if isinstance(value, float) and value != value else value


def _text(value: object) -> str:
    if isinstance(value, float | np.floating):
        return f"{float(value):.12g}"
    text = str(value)
    return text if len(text) <= WIDTH else f"{text[: WIDTH - 3]}..."
