"""The common base of data sets of image files."""

from pathlib import Path

from ssimball.datasets.decoding import decode_photograph, sha256_of_file
from ssimball.datasets.ground_truth import object_mask
from ssimball.datasets.interface import Entry, Image
from ssimball.errors import ImageError


class FileDataset:
    """Image files with labels.

    Only ``sha256``, ``mask_sha256`` and ``load`` open files. They look an entry up by its
    ``image_id``, so that an entry rebuilt from a stored table can be used as well.
    """

    def __init__(self, name: str, entries: list[Entry], class_names: list[str]) -> None:
        """Create a data set.

        Args:
            name: name of the data set in messages.
            entries: all entries, in the order of the data set, with unique ``image_id``.
            class_names: one name per label.
        """
        self.class_names = class_names
        self._name = name
        self._entries = {entry.image_id: entry for entry in entries}

    def entries(self) -> list[Entry]:
        """Return all entries, in the order of the data set; no file is opened."""
        return list(self._entries.values())

    def sha256(self, entry: Entry) -> str:
        """Return the hex SHA-256 of the image's file.

        Raises:
            ImageError: the file is missing or cannot be read, or the data set has no such entry.
        """
        return sha256_of_file(self._path(entry))

    def mask_sha256(self, entry: Entry) -> str | None:
        """Return the hex SHA-256 of the file of the object's mask or boxes; None without a file.

        Raises:
            ImageError: as in ``sha256``.
        """
        truth = self._entry(entry).truth
        return None if truth is None or truth.file is None else sha256_of_file(truth.file)

    def load(self, entry: Entry) -> Image:
        """Decode the file to 8-bit RGB, with the object's mask if it is known.

        Raises:
            ImageError: a file cannot be decoded, the ground truth does not fit the image, or the
                data set has no such entry.
        """
        path, truth = self._path(entry), self._entry(entry).truth
        photograph = decode_photograph(path)
        return Image(photograph.rgb, None if truth is None else object_mask(truth, photograph))

    def _path(self, entry: Entry) -> Path:
        return Path(self._entry(entry).location)

    def _entry(self, entry: Entry) -> Entry:
        """Return the data set's own entry with the same ``image_id``."""
        complete_entry = self._entries.get(entry.image_id)
        if complete_entry is None:
            raise ImageError(f"{entry.image_id}: not in the data set {self._name}")
        return complete_entry
