"""The demo data set: generated scenes with exact object masks, for runs without any download.

Each scene shows one patterned object on a textured background, among smaller unpatterned shapes.
The shape and the pattern of the object determine the class. Colour, position, size, rotation and
light do not depend on it.
"""

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ssimball.datasets.demo.drawing import Body, Light, paint_background, paint_body
from ssimball.datasets.demo.shapes import OUTLINES
from ssimball.datasets.demo.textures import PATTERNS, Array, between, blotches, plain, rotation
from ssimball.datasets.interface import Entry, Image
from ssimball.errors import DatasetError, ImageError

#: Side of a scene, in pixels.
SIZE = 224
CLASS_NAMES = [
    "striped disk",
    "checked square",
    "dotted triangle",
    "ringed hexagon",
    "zigzag cross",
    "bricked diamond",
    "rayed star",
    "scaly egg",
    "marbled heart",
    "cracked pentagon",
]
_SPLITS = {"train": 0, "validation": 1}
#: Smallest distance of the object to the image's border, in pixels.
_MARGIN = 8.0


@dataclass(frozen=True)
class Scene:
    """A rendered scene.

    Attributes:
        rgb: uint8 (224, 224, 3).
        mask: bool (224, 224), the visible pixels of the object.
        label: index of its class in ``CLASS_NAMES``.
    """

    rgb: NDArray[np.uint8]
    mask: NDArray[np.bool_]
    label: int


def render_scene(seed: int, index: int, split: str) -> Scene:
    """Render a scene, with the same pixels on every machine.

    Args:
        seed: seed of the data set, not negative.
        index: number of the scene, not negative. The label is ``index % 10``.
        split: "train" or "validation"; scenes of the two never share random numbers.

    Returns:
        The scene.

    Raises:
        DatasetError: there is no such split, or seed or index is negative.
    """
    if split not in _SPLITS or seed < 0 or index < 0:
        raise DatasetError(
            f"demo scene (seed {seed}, index {index}, split {split!r}): expected a seed and an "
            f"index of at least 0 and one of the splits {sorted(_SPLITS)}"
        )
    rng = np.random.Generator(
        np.random.PCG64(np.random.SeedSequence([seed, _SPLITS[split], index]))
    )
    label = index % len(CLASS_NAMES)
    light = Light(*rotation(rng), between(rng, 0.25, 0.6))
    canvas = paint_background(rng, SIZE, light)
    mask = _paint_objects(canvas, label, light, rng)
    exposure = between(rng, 0.8, 1.1)
    grain = between(rng, 0.01, 0.05) * (rng.random(canvas.shape) - 0.5)
    levels = np.floor(np.clip(canvas * exposure + grain, 0.0, 1.0) * 255.0 + 0.5)
    rgb = np.ascontiguousarray(levels.transpose(1, 2, 0).astype(np.uint8))
    return Scene(rgb, mask, label)


def _paint_objects(
    canvas: Array, label: int, light: Light, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Draw distractors behind the object, the object, and distractors in front; return its mask."""
    pattern, shape = CLASS_NAMES[label].split()
    radius = between(rng, 44.0, 65.0)
    low, high = radius + _MARGIN, SIZE - radius - _MARGIN
    main = Body(shape, between(rng, low, high), between(rng, low, high), radius, rotation(rng))
    others = [_distractor(main, rng) for _ in range(int(rng.integers(2, 5)))]
    behind = int(rng.integers(0, len(others) + 1))
    for other in others[:behind]:
        _paint_distractor(canvas, other, light, rng)
    mask = paint_body(canvas, main, PATTERNS[pattern], light, rng)
    for other in others[behind:]:
        mask &= ~_paint_distractor(canvas, other, light, rng)
    return mask


def _distractor(main: Body, rng: np.random.Generator) -> Body:
    """Return a random smaller body that overlaps at most the rim of the object."""
    shape = list(OUTLINES)[int(rng.integers(0, len(OUTLINES)))]
    radius = between(rng, 15.0, 30.0)
    while True:
        x, y = between(rng, 0.0, SIZE), between(rng, 0.0, SIZE)
        gap = main.radius + 0.4 * radius
        if (x - main.x) * (x - main.x) + (y - main.y) * (y - main.y) >= gap * gap:
            return Body(shape, x, y, radius, rotation(rng))


def _paint_distractor(
    canvas: Array, body: Body, light: Light, rng: np.random.Generator
) -> NDArray[np.bool_]:
    return paint_body(canvas, body, plain if rng.random() < 0.5 else blotches, light, rng)


class DemoDataset:
    """The first scenes of the validation split, rendered on request."""

    def __init__(self, images: int, seed: int) -> None:
        """Create a data set of scenes.

        Args:
            images: number of scenes, 1 to 100,000.
            seed: seed of all scenes, not negative.

        Raises:
            DatasetError: ``images`` or ``seed`` is out of range.
        """
        # image_id has five digits, so that names sort like numbers.
        if not 1 <= images <= 100_000:
            raise DatasetError(f"demo data set: images is {images}, expected 1 to 100,000")
        if seed < 0:
            raise DatasetError(f"demo data set: seed is {seed}, expected at least 0")
        self.class_names = list(CLASS_NAMES)
        self._images = images
        # A job asks for the hash of a scene and then for its pixels: render it once.
        self._render = lru_cache(maxsize=1)(lambda index: render_scene(seed, index, "validation"))

    def entries(self) -> list[Entry]:
        """Return one entry per scene, sorted by ``image_id``; nothing is rendered."""
        count = len(self.class_names)
        return [Entry(f"demo-{index:05d}", index % count) for index in range(self._images)]

    def sha256(self, entry: Entry) -> str:
        """Return the hex SHA-256 of the pixels' bytes (rows, columns, RGB).

        Raises:
            ImageError: the data set has no such entry.
        """
        return hashlib.sha256(self.load(entry).rgb.tobytes()).hexdigest()

    def mask_sha256(self, entry: Entry) -> str | None:
        """Return None, as masks are rendered with the scenes."""
        return None

    def load(self, entry: Entry) -> Image:
        """Render the scene's pixels and the object's mask.

        Raises:
            ImageError: the data set has no such entry.
        """
        number = re.fullmatch(r"demo-(\d{5})", entry.image_id)
        if number is None or int(number[1]) >= self._images:
            raise ImageError(
                f"{entry.image_id}: not in the demo data set of {self._images} images; expected "
                f"demo-00000 to demo-{self._images - 1:05d}"
            )
        scene = self._render(int(number[1]))
        return Image(scene.rgb, scene.mask)
