"""The pictures of each image: the stored PNGs unchanged, and the maps."""

import base64
import io
from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from ssimball.report.explorer.data_scripts import as_list, data_script
from ssimball.report.explorer.layout import picture_files
from ssimball.report.explorer.run_tables import Row, RunTables, aligned_rows
from ssimball.storage.contracts.attacks import ATTACKS
from ssimball.storage.contracts.distortion_names import CHANNELS
from ssimball.storage.contracts.images import CLEAN
from ssimball.storage.contracts.maps import DISTORTION, EXPLANATIONS, EXPLANATIONS_ATTACKED, SSIM
from ssimball.storage.images import decode_png

#: Side of the thumbnails in the list, in pixels.
_THUMBNAIL_SIDE = 64
#: Largest level of a map stored in 8 bits.
_MAX_LEVEL = 255


def picture_scripts(run: RunTables, limit: int) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of the picture files of the first images.

    Args:
        run: the tables of the run.
        limit: number of images with pictures.
    """
    for position, pictures in enumerate(islice(_image_pictures(run), limit)):
        script, thumbnail_file = picture_files(position)
        yield script, data_script(script, pictures).encode()
        clean = pictures["clean"]
        yield thumbnail_file, thumbnail(None if clean is None else base64.b64decode(clean))


def _image_pictures(run: RunTables) -> Iterator[Row]:
    for shard in run.shards:
        streams = [run.stream(CLEAN, ["image_id", "image_png", "mask_png"], shard=shard)]
        for attack in run.attacks:
            names = {"attack": attack, "shard": shard}
            streams += [
                run.stream(ATTACKS, ["image_id", "adversarial_png"], **names),
                run.stream(SSIM, ["image_id", "ssim_map"], **names),
                run.stream(DISTORTION, ["image_id", "deficit"], **names),
            ]
        cams = _Cams(run, shard)
        for clean, *attacked in aligned_rows(*streams):
            image = clean["image_id"]
            yield {
                "clean": _text(clean["image_png"]),
                "mask": _text(clean["mask_png"]),
                "cams": cams.of_image(image),
                "attacks": {
                    attack: _under_attack(*attacked[3 * k : 3 * k + 3])
                    | {"cams": cams.of_attack(attack, image)}
                    for k, attack in enumerate(run.attacks)
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
    """Class activation maps of the images of a shard."""

    def __init__(self, run: RunTables, shard: str) -> None:
        """Read the maps of a shard."""
        columns = ("image_id", "image", "explained", "class_index", "bias", "map")
        names = {"explanation": "cam", "shard": shard}
        self._clean = _by_image(run.rows(EXPLANATIONS, columns, **names))
        self._attacked = {
            attack: _by_image(run.rows(EXPLANATIONS_ATTACKED, columns, attack=attack, **names))
            for attack in (run.attacks if run.stage.attacked_cam else ())
        }

    def of_image(self, image: str) -> list[Row]:
        """Return the maps on the clean image; overlap is measured with the first."""
        return self._clean.get(image, [])

    def of_attack(self, attack: str, image: str) -> list[Row]:
        """Return the maps on the adversarial image, and of its class on the clean image."""
        return self._attacked.get(attack, {}).get(image, [])


def _by_image(rows: list[Row]) -> dict[str, list[Row]]:
    by_image: dict[str, list[Row]] = {}
    for row in rows:
        if row["map"] is not None:
            cam = {
                "image": row["image"],
                "explained": row["explained"],
                "class": row["class_index"],
                "exact": row["bias"] is not None,
                "grid": list(row["map"].shape),
                "values": as_list(row["map"]),
            }
            by_image.setdefault(row["image_id"], []).append(cam)
    return by_image


def quantised(values: NDArray[np.float64] | None) -> dict[str, Any] | None:
    """Quantise a map to 8 bits: level 255 is the value 1, level 0 the smallest value ``low``.

    PNG would be smaller, but its bytes can differ between machines.

    Args:
        values: (H, W), at most 1; None where there is no map.
    """
    if values is None:
        return None
    low = min(float(values.min()), 1.0)
    span = 1.0 - low
    levels = np.full(values.shape, _MAX_LEVEL, np.uint8)
    if span > 0:
        levels[:] = np.rint(np.clip((values - low) / span, 0, 1) * _MAX_LEVEL)
    return {"levels": _text(levels.tobytes()), "grid": list(levels.shape), "low": low}


def thumbnail(png: bytes | None) -> bytes:
    """Return a small JPEG for the list, grey where there is no image."""
    image = PIL.Image.new("RGB", (_THUMBNAIL_SIDE, _THUMBNAIL_SIDE), "gray")
    if png is not None:
        image = PIL.Image.fromarray(decode_png(png)).resize((_THUMBNAIL_SIDE, _THUMBNAIL_SIDE))
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=80)
    return stream.getvalue()


def _text(content: bytes | None) -> str | None:
    return None if content is None else base64.b64encode(content).decode()
