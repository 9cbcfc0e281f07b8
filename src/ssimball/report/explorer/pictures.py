"""Pictures of single images: the stored PNGs as they are, and their maps."""

import base64
import io
from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from ssimball.report.explorer.layout import picture_files
from ssimball.report.explorer.scripted import as_list, data_script
from ssimball.report.explorer.shown import Row, Shown, side_by_side
from ssimball.storage.contracts.attacks import ATTACKS
from ssimball.storage.contracts.distortion_names import CHANNELS
from ssimball.storage.contracts.images import CLEAN
from ssimball.storage.contracts.maps import DISTORTION, EXPLANATIONS, EXPLANATIONS_ATTACKED, SSIM
from ssimball.storage.images import decode_png

#: Side of the pictures in the list.
_SMALL = 64
_LEVELS = 255


def picture_scripts(shown: Shown, limit: int) -> Iterator[tuple[str, bytes]]:
    """Name and content of both files of each of the first images, one image at a time."""
    for place, pictures in enumerate(islice(_image_pictures(shown), limit)):
        script, small = picture_files(place)
        yield script, data_script(script, pictures).encode()
        clean = pictures["clean"]
        yield small, small_picture(None if clean is None else base64.b64decode(clean))


def _image_pictures(shown: Shown) -> Iterator[Row]:
    for shard in shown.shards:
        streams = [shown.stream(CLEAN, ["image_id", "image_png", "mask_png"], shard=shard)]
        for attack in shown.attacks:
            names = {"attack": attack, "shard": shard}
            streams += [
                shown.stream(ATTACKS, ["image_id", "adversarial_png"], **names),
                shown.stream(SSIM, ["image_id", "ssim_map"], **names),
                shown.stream(DISTORTION, ["image_id", "deficit"], **names),
            ]
        cams = _Cams(shown, shard)
        for clean, *attacked in side_by_side(*streams):
            image = clean["image_id"]
            yield {
                "clean": _text(clean["image_png"]),
                "mask": _text(clean["mask_png"]),
                "cams": cams.of_image(image),
                "attacks": {
                    attack: _under_attack(*attacked[3 * k : 3 * k + 3])
                    | {"cams": cams.of_attack(attack, image)}
                    for k, attack in enumerate(shown.attacks)
                },
            }


def _under_attack(attacked: Row, similarity: Row, distorted: Row) -> Row:
    deficit = distorted["deficit"]
    return {
        "png": _text(attacked["adversarial_png"]),
        "ssim": quantised(similarity["ssim_map"]),
        "deficit": None if deficit is None else as_list(deficit[CHANNELS.index("mean")]),
    }


class _Cams:
    """Class activation maps of a shard's images."""

    def __init__(self, shown: Shown, shard: str) -> None:
        columns = ("image_id", "image", "explained", "class_index", "map")
        names = {"explanation": "cam", "shard": shard}
        self._clean = _by_image(shown.rows(EXPLANATIONS, columns, **names))
        self._attacked = {
            attack: _by_image(shown.rows(EXPLANATIONS_ATTACKED, columns, attack=attack, **names))
            for attack in (shown.attacks if shown.stage.attacked_cam else ())
        }

    def of_image(self, image: str) -> list[Row]:
        """On the clean image; the first is the one that overlap is measured with."""
        return self._clean.get(image, [])

    def of_attack(self, attack: str, image: str) -> list[Row]:
        """On the adversarial image, and of its class on the clean one."""
        return self._attacked.get(attack, {}).get(image, [])


def _by_image(rows: list[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        if row["map"] is not None:
            about = {"image": row["image"], "explained": row["explained"]}
            about |= {"class": row["class_index"], "grid": list(row["map"].shape)}
            found.setdefault(row["image_id"], []).append(about | {"values": as_list(row["map"])})
    return found


def quantised(values: NDArray[np.float64] | None) -> dict[str, Any] | None:
    """A map of at most 1 in bytes: 255 is 1, 0 the smallest value, ``low``.

    Not as PNG, which would be smaller: other machines may compress it into other bytes.
    """
    if values is None:
        return None
    low = min(float(values.min()), 1.0)
    span = 1.0 - low
    levels = np.full(values.shape, _LEVELS, np.uint8)
    if span > 0:
        levels[:] = np.rint(np.clip((values - low) / span, 0, 1) * _LEVELS)
    return {"levels": _text(levels.tobytes()), "grid": list(levels.shape), "low": low}


def small_picture(png: bytes | None) -> bytes:
    """A small JPEG for the list, grey where there is no image."""
    image = PIL.Image.new("RGB", (_SMALL, _SMALL), "gray")
    if png is not None:
        image = PIL.Image.fromarray(decode_png(png)).resize((_SMALL, _SMALL))
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=80)
    return stream.getvalue()


def _text(content: bytes | None) -> str | None:
    return None if content is None else base64.b64encode(content).decode()
