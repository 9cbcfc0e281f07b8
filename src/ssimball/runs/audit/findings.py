"""What checks say: findings, and how values are compared."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

OK, FAILED, NOT_POSSIBLE = "ok", "failed", "not possible"


@dataclass(frozen=True)
class Finding:
    """What a check says of an artifact as a whole, or of a value in it.

    Attributes:
        check: name of the check.
        artifact: path of the file, relative to the run's folder.
        row: image id, number of the row or line; empty: the file as a whole.
        what: column or quantity.
        expected, found: as text.
        verdict: OK, FAILED or NOT_POSSIBLE.
        reason: why it is not possible, or more on the failure.
    """

    check: str
    artifact: str
    row: str
    what: str
    expected: str
    found: str
    verdict: str
    reason: str = ""


@dataclass
class Tally:
    """Comparisons of one check in one artifact."""

    check: str
    artifact: str
    compared: int = 0
    others: list[Finding] = field(default_factory=list)

    def findings(self) -> list[Finding]:
        """Each failure and each impossibility; one that all is well where nothing failed."""
        failed = any(one.verdict == FAILED for one in self.others)
        if failed or not self.compared:
            return self.others
        count = f"{self.compared} values"
        return [Finding(self.check, self.artifact, "", "", count, count, OK), *self.others]

    def fail(self, row: object, what: str, expected: object, found: object, why: str = "") -> None:
        """A value is not what it should be."""
        texts = _text(expected), _text(found)
        self.others.append(
            Finding(self.check, self.artifact, str(row), what, *texts, FAILED, why),
        )

    def cannot(self, row: object, what: str, why: str) -> None:
        """A value cannot be checked here."""
        self.others.append(
            Finding(self.check, self.artifact, str(row), what, "", "", NOT_POSSIBLE, why)
        )

    def equal(self, row: object, what: str, expected: object, found: object) -> None:
        """A value has to be this one."""
        self.compared += 1
        if type(expected) is not type(found) or expected != found:
            self.fail(row, what, expected, found)

    def true(self, row: object, what: str, holds: bool, expected: str, found: object) -> None:
        """Something has to hold, told in words."""
        self.compared += 1
        if not holds:
            self.fail(row, what, expected, found)

    def close(
        self,
        row: object,
        what: str,
        expected: Any,
        found: Any,
        absolute: float,
        relative: float = 0.0,
    ) -> None:
        """Numbers or arrays of them have to agree; None agrees with None alone.

        Args:
            absolute, relative: |found - expected| may be absolute + relative * |expected|.
        """
        self.compared += 1
        if expected is None or found is None:
            if expected is not None or found is not None:
                self.fail(row, what, expected, found)
            return
        one, other = np.asarray(expected, np.float64), np.asarray(found, np.float64)
        if one.shape != other.shape:
            self.fail(row, what, f"shape {one.shape}", f"shape {other.shape}")
            return
        excess = np.abs(other - one) - absolute - relative * np.abs(one)
        # NaN is not below anything.
        if not bool(np.all(excess <= 0)):
            place = np.unravel_index(int(np.argmax(np.nan_to_num(excess, nan=np.inf))), one.shape)
            where = f" at {tuple(map(int, place))}" if place else ""
            self.fail(row, f"{what}{where}", one[place], other[place])

    def rows(
        self,
        names: Sequence[str],
        expected: Sequence[dict[str, Any]],
        found: Sequence[dict[str, Any]],
        absolute: float,
        relative: float = 0.0,
    ) -> None:
        """Rows of plain values one by one, by their numbers: floats are close, the rest equal."""
        self.equal("", "rows", len(expected), len(found))
        for number, (one, other) in enumerate(zip(expected, found, strict=False)):
            for name in names:
                mine, stored = plain(one.get(name)), other[name]
                if isinstance(mine, float) and isinstance(stored, float):
                    self.close(number, name, mine, stored, absolute, relative)
                else:
                    self.equal(number, name, mine, stored)


def plain(value: Any) -> Any:
    """A value as Parquet gives it back: no numpy, no NaN."""
    value = value.item() if isinstance(value, np.generic) else value
    return None if isinstance(value, float) and value != value else value


def _text(value: object) -> str:
    if isinstance(value, float | np.floating):
        return f"{float(value):.12g}"
    text = str(value)
    return text if len(text) <= 200 else f"{text[:197]}..."
