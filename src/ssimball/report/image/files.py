"""An image under attacks as files: pictures, and numbers in JSON."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

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


def write_single(single: Single, folder: Path, amplify: float, origin: Mapping[str, Any]) -> None:
    """Write all that there is to see of an image; files of the same names are replaced.

    Args:
        folder: made where it does not exist.
        amplify: of the change, see :func:`ssimball.report.figures.pictures.amplified`.
        origin: further entries of the JSON file, about where the numbers come from.
    """
    for name, picture in pictures(single, amplify):
        write_bytes(folder / f"{name}.png", encode_png(picture))
    text = json.dumps({**numbers(single), **origin}, indent=2, ensure_ascii=False)
    write_text(folder / NUMBERS, f"{text}\n")


def pictures(single: Single, amplify: float) -> Iterator[tuple[str, Picture]]:
    """Pictures, uint8 (H, W, 3), by name: of the image, and of each attack that has one stored."""
    if single.clean["image_png"] is None:
        return
    clean = decode_png(single.clean["image_png"])
    size = clean.shape[0], clean.shape[1]
    yield "clean", clean
    if single.cam is not None:
        yield "cam", cam_picture(single.cam, size)
        yield "cam_overlay", overlay_picture(single.cam, clean)
    for name, one in single.attacks.items():
        if has_stored_image(one.row["status"]):
            adversarial = decode_png(one.row["adversarial_png"])
            yield f"{name}_adversarial", adversarial
            yield f"{name}_change", change_picture(clean, adversarial, amplify)
        if one.ssim_map is not None:
            yield f"{name}_ssim", ssim_picture(one.ssim_map, size)


def numbers(single: Single) -> dict[str, Any]:
    """All values of the image's rows but images, tensors and logits, and names of classes."""
    return {
        "image": {
            **_plain(single.clean, CLEAN, single.names),
            "places": list(single.places),
        },
        "attacks": {
            name: {
                **_plain(one.row, ATTACKS, single.names),
                "overlap": [
                    {**metric.columns(), "value": value, "null": null}
                    for metric, (value, null) in one.overlap.items()
                ],
                "places": list(one.places),
            }
            for name, one in single.attacks.items()
        },
    }


def _plain(row: Row, contract: Contract, names: Any) -> dict[str, Any]:
    kept = [one.name for one in contract.columns if not one.dims and one.type != "binary"]
    found = {name: row.get(name) for name in kept if name != "logits"}
    for key in ("label", "predicted", "target"):
        if found.get(key) is not None:
            found[f"{key}_name"] = names[found[key]]
    return found
