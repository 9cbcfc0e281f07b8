"""Make files that a run can use of robust networks for CIFAR-10 and the images beside them.

``python benchmarks/cifar_robust.py FOLDER OUTPUT`` reads images and labels (``X_sdp.npy`` and
``y_sdp.npy``) and the weights of four networks, as their authors publish them. It writes into
OUTPUT the images as PNG, a manifest, ``labels.csv``, and the weights as safetensors. Weights of a
cascade of networks (Wong et al. 2018) are those of its first network.
"""

import argparse
import csv
import io
import sys
from pathlib import Path

import numpy as np
import safetensors.torch
import torch
from numpy.typing import NDArray
from torch import Tensor

from ssimball.storage.atomic import write_bytes, write_text
from ssimball.storage.images import encode_png

#: Files of weights.
NETWORKS = (
    "cifar_small_8px.pth",
    "cifar_small_36px_l2.pth",
    "cifar_cnn_a_adv.model",
    "cifar_wide.pth",
)
CLASSES = (
    *("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"),
)


def read_images(folder: Path) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return images, uint8 (N, 32, 32, 3), and labels (N,).

    The files hold the 8-bit values over 255, up to rounding; anything else is refused.
    """
    images, labels = np.load(folder / "X_sdp.npy"), np.load(folder / "y_sdp.npy")
    if images.shape != (len(labels), 32, 32, 3):
        sys.exit(f"{folder}: X_sdp.npy is {images.shape}, expected ({len(labels)}, 32, 32, 3)")
    levels = np.rint(images * 255)
    if np.abs(levels - images * 255).max() > 1e-3:
        sys.exit(f"{folder}: X_sdp.npy holds other than levels of 8 bits over 255")
    return levels.astype(np.uint8), labels.astype(np.int64)


def read_weights(path: Path) -> dict[str, Tensor]:
    """Return the tensors of a checkpoint by name; no code in it is run."""
    loaded = torch.load(path, map_location="cpu", weights_only=True)
    state = loaded.get("state_dict", loaded)
    return dict(state[0] if isinstance(state, list) else state)


def main() -> None:
    """Write the files."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, help="what was published")
    parser.add_argument("output", type=Path, help="a folder of your own")
    given = parser.parse_args()
    missing = [n for n in ("X_sdp.npy", "y_sdp.npy", *NETWORKS) if not (given.folder / n).is_file()]
    if missing:
        sys.exit(f"{given.folder}: there is no {missing[0]}; name the folder that holds it")
    (given.output / "images").mkdir(parents=True, exist_ok=True)
    stream = io.StringIO()
    table = csv.writer(stream, lineterminator="\n")
    table.writerow(("path", "label", "class_name"))
    for number, (image, label) in enumerate(zip(*read_images(given.folder), strict=True)):
        write_bytes(given.output / f"images/{number:03}.png", encode_png(image))
        table.writerow((f"images/{number:03}.png", label, CLASSES[label]))
    write_text(given.output / "labels.csv", stream.getvalue())
    for name in NETWORKS:
        weights = safetensors.torch.save(read_weights(given.folder / name))
        write_bytes(given.output / f"{Path(name).stem}.safetensors", weights)
    print(f"{given.output}: labels.csv with {number + 1} images, and {len(NETWORKS)} networks")


if __name__ == "__main__":
    main()
