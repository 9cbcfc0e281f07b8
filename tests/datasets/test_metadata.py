"""Photographs with large metadata are read within bounds; advice fits the error."""

import errno
import io
import os

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from ssimball.datasets import decoding
from ssimball.datasets.decoding import decode_photograph
from ssimball.errors import ImageError
from ssimball.runtime.memory import peak_memory
from ssimball.storage.regular_files import remedy

PIXELS = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)


def png(size, kind):
    """A PNG with a colour profile or text of some bytes; of zeros, which compress well."""
    stream, content, options = io.BytesIO(), bytes(size), {}
    if kind == "profile":
        options = {"icc_profile": content}
    else:
        info = PngImagePlugin.PngInfo()
        if kind == "XMP":
            info.add_itxt("XML:com.adobe.xmp", content.decode(), zip=True)
        else:
            info.add_text("Comment", content.decode("latin-1"), zip=True)
        options = {"pnginfo": info}
    Image.fromarray(PIXELS).save(stream, "PNG", **options)
    return stream.getvalue()


@pytest.mark.parametrize("kind", ["profile", "XMP", "text"])
def test_a_photograph_with_large_metadata_is_read(tmp_path, kind):
    path = tmp_path / "a.png"
    path.write_bytes(png(3 << 20, kind))
    before = PngImagePlugin.MAX_TEXT_CHUNK
    assert np.array_equal(decode_photograph(path).rgb, PIXELS)
    assert before == PngImagePlugin.MAX_TEXT_CHUNK


@pytest.mark.parametrize("kind", ["profile", "XMP", "text"])
def test_metadata_that_unpack_without_end_are_refused_in_bounded_memory(
    tmp_path, monkeypatch, kind
):
    monkeypatch.setattr(decoding, "MAX_METADATA", 4 << 20)
    path = tmp_path / "a.png"
    path.write_bytes(png(32 << 20, kind))
    with peak_memory() as peak, pytest.raises(ImageError, match=r"4 MiB .*save it without them"):
        decode_photograph(path)
    assert peak.megabytes is None or peak.megabytes < 16


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        (errno.EACCES, "allow reading it"),
        (errno.EIO, "check the disk or the network drive"),
        (errno.ENAMETOOLONG, "give a shorter path"),
        (errno.ENOTDIR, "correct the path"),
        (None, "get a new copy"),
    ],
)
def test_advice_fits_the_error(number, advice):
    error = OSError("damaged") if number is None else OSError(number, os.strerror(number))
    assert remedy(error, "get a new copy") == advice
