"""A line per attack, attacks and controls apart, in panels side by side."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from ssimball.report.figures.style import GROUPS, LOOKS, MEAN, Row, interval_points

#: Space between attacks and controls, in lines.
_GAP = 0.7


@dataclass(frozen=True)
class Lines:
    """The lines of a figure, from the top.

    Attributes:
        names: attacks in their order.
        groups: the group of each.
        positions: (n,), where each line is.
    """

    names: Sequence[str]
    groups: Sequence[str]
    positions: NDArray[np.float64]

    @classmethod
    def of(cls, rows: Sequence[Row]) -> "Lines":
        """Return a line for each attack of some rows, in the order in which they come."""
        groups = {row["attack"]: row.get("group", "attack") for row in rows}
        controls = [group == "control" for group in groups.values()]
        # From the first control after an attack on, lines are a gap lower.
        apart = np.cumsum([later and not earlier for earlier, later in _pairs(controls)])
        return cls(list(groups), list(groups.values()), np.arange(len(groups)) + _GAP * apart)

    @property
    def height(self) -> float:
        """Number of lines, with the gap."""
        return float(self.positions[-1]) + 1 if len(self.names) else 1.0

    def name(self, axes: Axes, fontsize: float = 7) -> None:
        """Name the lines of a panel, and shade every second one."""
        for position in self.positions[1::2]:
            axes.axhspan(position - 0.5, position + 0.5, color="0.965", linewidth=0, zorder=0)
        axes.set_yticks(self.positions, self.names, fontsize=fontsize)
        axes.set_ylim(self.height - 0.5, -0.5)

    def draw(self, axes: Axes, rows: Sequence[Row], **look: Any) -> None:
        """Draw a mean with its interval on the line of its attack.

        Args:
            axes: a panel.
            rows: at most one per attack.
            look: settings that override those of the groups.
        """
        by_name = {row["attack"]: row for row in rows}
        for group in LOOKS:
            of_group = np.array([one == group for one in self.groups], bool)
            if of_group.any():
                chosen = [by_name.get(name, {}) for name in np.array(self.names)[of_group]]
                settings = {**LOOKS[group], "zorder": 3, **look}
                interval_points(axes, self.positions[of_group], chosen, MEAN, settings)

    def handles(self, confidence: float) -> list[Line2D]:
        """Return the legend of the groups that there are."""
        return group_handles(self.groups, f"mean and {confidence:.0%} interval")


def group_handles(groups: Sequence[str], what: str) -> list[Line2D]:
    """Return entries of a legend for groups of attacks.

    Args:
        groups: groups that are shown.
        what: what a point is.
    """
    handles = [
        Line2D([], [], **LOOKS[group], linewidth=1.1, markersize=4, label=words)
        for group, words in GROUPS.items()
        if group in groups
    ]
    return [*handles, Line2D([], [], linestyle="none", label=f"({what})")]


def _pairs(controls: Sequence[bool]) -> list[tuple[bool, bool]]:
    """Return each value with the one before it; the first one with itself."""
    return list(zip([*controls[:1], *controls[:-1]], controls, strict=True))
