"""Write the results of one image as pictures and as numbers in JSON."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ssimball.report.figures.pictures import (
    Picture,
    cam_picture,
    change_picture,
    overlay_picture,
    ssim_picture,
)
from ssimball.report.image.interface import Row, Single
from ssimball.storage.atomic import write_bytes, write_text
from ssimball.storage.contracts.attacks import ATTACKS
from ssimball.storage.contracts.columns import Contract
from ssimball.storage.contracts.images import CLEAN
from ssimball.storage.images import decode_png, encode_png
from ssimball.storage.status import has_stored_image

NUMBERS = "numbers.json"
#: Pixels between pictures that stand side by side.
_GAP = 8


def write_single(
    single: Single,
    folder: Path,
    amplify: float,
    origin: Mapping[str, Any],
    root: Path | None = None,
) -> dict[str, Any]:
    """Write all pictures and numbers of an image. Files of the same names are replaced.

    Args:
        single: results of the image.
        folder: folder to write to; it is created where it does not exist.
        amplify: factor of the change, see :func:`ssimball.report.figures.pictures.amplified`.
        origin: further entries of the JSON file, which state where the numbers come from.
        root: folder below which no symbolic link is followed; None: ``folder``.

    Returns:
        The content of the JSON file.

    Raises:
        ArtifactError: a file or folder below ``root`` is a link.
    """
    root = root or folder
    for name, picture in pictures(single, amplify):
        write_bytes(folder / f"{name}.png", encode_png(picture), root)
    content = {**numbers(single), **origin}
    write_text(folder / NUMBERS, f"{json.dumps(content, indent=2, ensure_ascii=False)}\n", root)
    return content


def pictures(single: Single, amplify: float) -> Iterator[tuple[str, Picture]]:
    """Draw the pictures of an image and of each attack that has a stored image.

    Args:
        single: results of the image.
        amplify: factor of the change.

    Yields:
        Name, and picture as uint8 (H, W, 3).
    """
    if single.clean["image_png"] is None:
        return
    clean = decode_png(single.clean["image_png"])
    size = clean.shape[0], clean.shape[1]
    yield "clean", clean
    if single.cam is not None:
        yield "cam", cam_picture(single.cam, size)
        yield "cam_overlay", overlay_picture(single.cam, clean)
    for name, attacked in single.attacks.items():
        if has_stored_image(attacked.row["status"]):
            adversarial = decode_png(attacked.row["adversarial_png"])
            change = change_picture(clean, adversarial, amplify)
            yield f"{name}_adversarial", adversarial
            yield f"{name}_change", change
        if attacked.ssim_map is not None:
            similarity = ssim_picture(attacked.ssim_map, size)
            yield f"{name}_ssim", similarity
            yield f"{name}_side_by_side", beside(clean, adversarial, change, similarity)


def beside(*shown: Picture) -> Picture:
    """Return pictures of one size in a row, with white between them."""
    gap = np.full((shown[0].shape[0], _GAP, 3), 255, np.uint8)
    parts = [part for picture in shown for part in (picture, gap)]
    return np.concatenate(parts[:-1], axis=1)


def numbers(single: Single) -> dict[str, Any]:
    """Return all values of the image's rows except pictures, tensors and logits.

    Names of classes are added.
    """
    return {
        "image": {
            **_plain(single.clean, CLEAN, single.names),
            "exact_cam": single.exact_cam,
            "places": list(single.sources),
        },
        "attacks": {
            name: {
                **_plain(attacked.row, ATTACKS, single.names),
                "overlap": [
                    {**metric.columns(), "value": value, "null_value": null}
                    for metric, (value, null) in attacked.overlap.items()
                ],
                "places": list(attacked.sources),
            }
            for name, attacked in single.attacks.items()
        },
    }


def _plain(row: Row, contract: Contract, names: Any) -> dict[str, Any]:
    columns = [c.name for c in contract.columns if not c.dims and c.type != "binary"]
    values = {name: row.get(name) for name in columns if name != "logits"}
    for key in ("label", "predicted", "target"):
        if values.get(key) is not None:
            values[f"{key}_name"] = names[values[key]]
    return values
