"""What data sets of image files have in common."""

from pathlib import Path

from ssimball.datasets.decoding import decode_rgb, sha256_of_file
from ssimball.datasets.ground_truth import object_mask
from ssimball.datasets.interface import Entry, Image
from ssimball.errors import ImageError


class FileDataset:
    """Image files with labels; files are opened by ``sha256`` and ``load`` alone.

    Entries are looked up by ``image_id``, so one rebuilt from a stored table serves as well.

    Args:
        name: the data set in messages.
        entries: in the order of the data set, their ``image_id`` being unique.
        class_names: one name per label.
    """

    def __init__(self, name: str, entries: list[Entry], class_names: list[str]) -> None:
        self.class_names = class_names
        self._name = name
        self._entries = {entry.image_id: entry for entry in entries}

    def entries(self) -> list[Entry]:
        """All entries, in the order of the data set; no file is opened."""
        return list(self._entries.values())

    def sha256(self, entry: Entry) -> str:
        """Hex sha256 of the image's file.

        Raises:
            ImageError: the file is missing or cannot be read, or the entry is not of this data set.
        """
        return sha256_of_file(self._path(entry))

    def mask_sha256(self, entry: Entry) -> str | None:
        """Hex sha256 of the file of the object's mask or boxes; None where there is none.

        Raises:
            ImageError: as in ``sha256``.
        """
        truth = self._own(entry).truth
        return None if truth is None or truth.file is None else sha256_of_file(truth.file)

    def load(self, entry: Entry) -> Image:
        """Decode the file to 8-bit RGB, with the mask of its object where that is known.

        Raises:
            ImageError: a file cannot be decoded, the ground truth does not fit the image, or the
                entry is not of this data set.
        """
        path, truth = self._path(entry), self._own(entry).truth
        rgb = decode_rgb(path)
        height, width = rgb.shape[:2]
        return Image(rgb, None if truth is None else object_mask(truth, path, width, height))

    def _path(self, entry: Entry) -> Path:
        return Path(self._own(entry).location)

    def _own(self, entry: Entry) -> Entry:
        own = self._entries.get(entry.image_id)
        if own is None:
            raise ImageError(f"{entry.image_id}: not in the data set {self._name}")
        return own
