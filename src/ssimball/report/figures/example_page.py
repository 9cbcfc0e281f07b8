"""Where the pictures of one image by all attacks are on their page."""

from dataclasses import dataclass
from typing import Any

from matplotlib.figure import Figure

from ssimball.report.figures.pictures import Picture
from ssimball.report.figures.style import WIDTH

# Inches: the lines over a picture, the side of pictures on top, and what is between pictures and
# between blocks.
WORDS, TOP = 0.31, 1.08
_GAP, _APART = 0.03, 0.14


@dataclass(frozen=True)
class Page:
    """Where pictures are, in inches from the upper left corner.

    Attributes:
        kinds: pictures in a block.
        across: blocks in a line.
        lines: lines of blocks.
    """

    kinds: int
    across: int
    lines: int

    @property
    def side(self) -> float:
        """Side of a picture in a block."""
        free = WIDTH - 0.1 - (self.across - 1) * _APART
        return free / (self.across * self.kinds) - _GAP

    @property
    def characters(self) -> int:
        """Number of characters that fit over a block."""
        return int(self.kinds * (self.side + _GAP) / 0.052)

    @property
    def height(self) -> float:
        """Height of the page."""
        return WORDS + TOP + _GAP + self.lines * (self.side + WORDS + _GAP)

    def corner(self, number: int | None, picture: int) -> tuple[float, float, float]:
        """Return left, top and side of a picture of a block; of the top line where it is None."""
        if number is None:
            return 0.05 + picture * (TOP + _GAP), WORDS, TOP
        line, place = divmod(number, self.across)
        step = self.side + _GAP
        left = 0.05 + place * (self.kinds * step + _APART) + picture * step
        top = 2 * WORDS + TOP + _GAP + line * (step + WORDS)
        return left, top, self.side

    def show(self, figure: Figure, number: int | None, picture: int, pixels: Picture) -> None:
        """Draw a picture."""
        left, top, side = self.corner(number, picture)
        size = side / WIDTH, side / self.height
        axes = figure.add_axes((left / WIDTH, 1 - (top + side) / self.height, *size))
        axes.set_axis_off()
        axes.imshow(pixels)

    def words(
        self,
        figure: Figure,
        number: int | None,
        picture: int,
        text: str,
        lift: float = 0.0,
        **look: Any,
    ) -> None:
        """Write above a picture, so many inches higher than just above it."""
        left, top, _ = self.corner(number, picture)
        place = (left / WIDTH, 1 - (top - 0.03 - lift) / self.height)
        figure.text(*place, text, **{"fontsize": 6.3, "va": "bottom", "linespacing": 1.15, **look})
