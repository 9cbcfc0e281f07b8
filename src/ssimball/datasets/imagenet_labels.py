"""Labels of the ILSVRC-2012 validation images, from Kaggle's CSV or the development kit."""

import csv
import io
import tarfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from ssimball.errors import DatasetError
from ssimball.storage.regular_files import open_regular, read_regular

VALIDATION_IMAGES = 50_000
KAGGLE_CSV = "LOC_val_solution.csv"
DEVKIT = "ILSVRC2012_devkit_t12"
_GROUND_TRUTH = "data/ILSVRC2012_validation_ground_truth.txt"
_META = "data/meta.mat"

#: Bytes of the largest file of the development kit.
_MAX_MEMBER = 64 << 20
#: Label of each wnid, or of each image_id.
Labels = dict[str, int]


def read_kaggle(csv_path: Path, labels: Labels) -> Labels:
    """Read labels from rows like ``ILSVRC2012_val_00000001,n01751748 111 108 230 173``.

    Args:
        csv_path: Kaggle's LOC_val_solution.csv, with the columns ImageId and PredictionString.
        labels: label of each wnid.

    Returns:
        The label of each image_id.

    Raises:
        DatasetError: the file is not a CSV, a column is missing, a wnid is unknown, or an image is
            listed twice.
    """
    truth: Labels = {}
    for origin, image_id, wnid in _kaggle_rows(csv_path):
        if wnid not in labels:
            raise DatasetError(
                f"{origin}: {wnid!r} is not a WordNet ID of ILSVRC-2012; get a new copy"
            )
        if image_id in truth:
            raise DatasetError(f"{origin}: {image_id} is listed a second time; get a new copy")
        truth[image_id] = labels[wnid]
    return truth


def _kaggle_rows(csv_path: Path) -> Iterator[tuple[str, str, str]]:
    """Yield the file and line, the image_id and the wnid of each row."""
    with (
        open_regular(csv_path) as raw,
        io.TextIOWrapper(raw, "utf-8-sig", "replace", newline="") as stream,
    ):
        reader = csv.DictReader(stream, restval="")
        try:
            if not {"ImageId", "PredictionString"} <= set(reader.fieldnames or ()):
                raise DatasetError(
                    f"{csv_path}: expected the columns ImageId,PredictionString; get a new copy"
                )
            for row in reader:
                wnid = row["PredictionString"].partition(" ")[0]
                yield f"{csv_path}, line {reader.line_num}", row["ImageId"], wnid
        except csv.Error as error:
            origin = f"{csv_path}, line {reader.reader.line_num}"
            raise DatasetError(f"{origin}: not valid CSV: {error}; get a new copy") from None


def read_devkit(devkit: Path, labels: Labels) -> Labels:
    """Read labels from the class ids in the ground truth and their wnids in ``meta.mat``.

    The devkit numbers the classes from 1 in an order of its own. Line n of the ground truth is the
    number of the class of image n.

    Args:
        devkit: ``ILSVRC2012_devkit_t12``, a folder or a .tar.gz.
        labels: label of each wnid.

    Returns:
        The label of each image_id.

    Raises:
        DatasetError: a file is missing or damaged, or does not list 1000 classes and 50,000 images.
    """
    label_of = _read_meta(devkit, labels)
    lines = _read_member(devkit, _GROUND_TRUTH).decode("ascii", errors="replace").splitlines()
    if len(lines) != VALIDATION_IMAGES:
        raise DatasetError(
            f"{devkit}: {_GROUND_TRUTH} has {len(lines)} lines, expected {VALIDATION_IMAGES}; "
            "get a new copy"
        )
    truth: Labels = {}
    for number, line in enumerate(lines, start=1):
        if line.strip() not in label_of:
            raise DatasetError(
                f"{devkit}: {_GROUND_TRUTH}, line {number}: {line!r} is not a class id from 1 to "
                f"{len(label_of)}; get a new copy"
            )
        truth[f"ILSVRC2012_val_{number:08d}"] = label_of[line.strip()]
    return truth


def _read_meta(devkit: Path, labels: Labels) -> Labels:
    """Return the label of each ILSVRC2012_ID, as text; only leaves of the hierarchy are classes."""
    from scipy.io import loadmat  # here, since a plan that needs no devkit should not wait for it

    raw = _read_member(devkit, _META)
    try:
        synsets = loadmat(BytesIO(raw), squeeze_me=True)["synsets"]
        leaves = synsets[synsets["num_children"] == 0]
        wnid_of = {str(leaf["ILSVRC2012_ID"]): str(leaf["WNID"]) for leaf in leaves}
    except Exception as error:  # loadmat raises almost anything on a damaged file.
        raise DatasetError(f"{devkit}: {_META} cannot be read: {error}; get a new copy") from error
    if sorted(wnid_of.values()) != sorted(labels):
        raise DatasetError(
            f"{devkit}: the {len(wnid_of)} classes in {_META} are not the {len(labels)} of "
            "ILSVRC-2012; get the devkit for tasks 1 and 2"
        )
    return {number: labels[wnid] for number, wnid in wnid_of.items()}


def _read_member(devkit: Path, name: str) -> bytes:
    """Return the content of a file of the devkit, unpacked or not."""
    try:
        if devkit.is_dir():
            return read_regular(devkit / name, _MAX_MEMBER)
        with open_regular(devkit) as stream, tarfile.open(fileobj=stream) as archive:
            member = archive.extractfile(f"{DEVKIT}/{name}")
            return member.read(_MAX_MEMBER) if member else b""
    except (FileNotFoundError, KeyError):
        raise DatasetError(f"{devkit}: there is no {name} in it; unpack the devkit again") from None
    except (tarfile.TarError, EOFError, zlib.error, OSError) as error:
        reason = str(error).partition("\n")[0].rstrip(":")
        raise DatasetError(f"{devkit}: cannot be read: {reason}; get a new copy") from error
