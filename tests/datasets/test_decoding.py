"""Every kind of file decodes to its original colours, or fails with one line that says why."""

import io
import struct
import tempfile
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from ssimball.datasets import decoding
from ssimball.datasets.decoding import decode_photograph, sha256_of_file
from ssimball.errors import ImageError

# Six colours that every format here preserves: pure channels, 0 or 255.
PIXELS = np.array(
    [
        [(255, 0, 0), (0, 255, 0), (0, 0, 255)],
        [(0, 0, 0), (255, 255, 255), (255, 255, 0)],
    ],
    np.uint8,
)
GREYS = np.array([[0, 1, 127], [128, 254, 255]], np.uint8)


@pytest.fixture(autouse=True)
def _warnings_are_errors():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def decode_rgb(path):
    return decode_photograph(path).rgb


def saved(tmp_path, name, array, mode=None, **options):
    image = Image.fromarray(array)
    (image.convert(mode) if mode else image).save(tmp_path / name, **options)
    return tmp_path / name


def png(bits, colour_type, samples, channels):
    """Return a PNG written by hand, since Pillow cannot write 16-bit colour."""

    def chunk(kind, data):
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    height, width = samples.shape[0], samples.shape[1] // channels
    header = struct.pack(">IIBBBBB", width, height, bits, colour_type, 0, 0, 0)
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in samples)
    chunks = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        ("rgb.png", "RGB"),
        ("rgba.png", "RGBA"),
        ("palette.png", "P"),
        ("palette.gif", "P"),
        ("cmyk.tif", "CMYK"),
        ("rgb.bmp", "RGB"),
        ("rgb.ppm", "RGB"),
    ],
)
def test_lossless_colour_is_exact(tmp_path, name, mode):
    decoded = decode_rgb(saved(tmp_path, name, PIXELS, mode))
    assert decoded.dtype == np.uint8 and decoded.flags.c_contiguous and decoded.flags.writeable
    assert np.array_equal(decoded, PIXELS)


@pytest.mark.parametrize(
    ("name", "mode", "tolerance"),
    # Adobe's inverted CMYK, and two other colour spaces that round colours.
    [("cmyk.jpg", "CMYK", 2), ("ycc.jpg", "RGB", 2), ("ycc.tif", "YCbCr", 2)],
)
@pytest.mark.parametrize("colour", [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)])
def test_other_colour_spaces(tmp_path, name, mode, tolerance, colour):
    plain = np.full((16, 16, 3), colour, np.uint8)
    options = {"quality": 100} if name.endswith("jpg") else {}
    decoded = decode_rgb(saved(tmp_path, name, plain, mode, **options))
    assert np.abs(decoded.astype(int) - plain).max() <= tolerance


def test_lab(tmp_path):
    Image.new("LAB", (1, 1), (255, 128, 128)).save(tmp_path / "lab.tif")
    assert decode_rgb(tmp_path / "lab.tif").min() >= 250


def test_grey_and_bilevel(tmp_path):
    grey = decode_rgb(saved(tmp_path, "grey.png", GREYS))
    assert np.array_equal(grey, np.stack([GREYS] * 3, axis=2))
    bilevel = decode_rgb(saved(tmp_path, "bilevel.png", GREYS > 100))
    assert np.array_equal(bilevel[..., 0], np.where(GREYS > 100, 255, 0))


def test_transparency_is_composited_over_white(tmp_path):
    alpha = np.array([[0, 128, 255]], np.uint8)
    black = np.dstack([np.zeros((1, 3, 3), np.uint8), alpha])
    for name, mode in [("rgba.png", None), ("la.png", "LA"), ("rgba.tif", None)]:
        decoded = decode_rgb(saved(tmp_path, name, black, mode))
        assert decoded[0].tolist() == [[255] * 3, [127] * 3, [0] * 3]


@pytest.mark.parametrize("transparency", [1, b"\xff\x00"])
def test_transparent_palette_entries_are_white(tmp_path, transparency):
    image = Image.new("P", (2, 1))
    image.putpalette([255, 0, 0, 0, 0, 255])
    image.putdata([0, 1])
    image.save(tmp_path / "palette.png", transparency=transparency)
    assert decode_rgb(tmp_path / "palette.png")[0].tolist() == [[255, 0, 0], [255, 255, 255]]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 65535), min_size=1, max_size=20))
def test_16_bits_are_scaled_and_not_clipped(values):
    samples = np.array([values], np.uint16)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        grey, colour, pgm = path / "grey.png", path / "colour.png", path / "grey.pgm"
        grey.write_bytes(png(16, 0, samples, 1))
        colour.write_bytes(png(16, 2, np.repeat(samples, 3, axis=1), 3))
        pgm.write_bytes(b"P5 %d 1 65535\n" % len(values) + samples.astype(">u2").tobytes())
        tiff = saved(path, "grey.tif", samples)
        decoded = decode_rgb(grey)
        # Grey and colour files give the same pixels.
        assert all(np.array_equal(decoded, decode_rgb(other)) for other in (colour, pgm, tiff))
    assert np.abs(decoded[0, :, 0] - samples[0] * (255 / 65535)).max() < 1
    whole = samples[0] % 257 == 0
    assert np.array_equal(decoded[0, whole, 0], samples[0, whole] // 257)


@pytest.mark.parametrize("name", ["a.jp2", "a.j2k"])
def test_white_of_a_deep_jpeg2000_is_not_read_as_black(tmp_path, name):
    white = np.full((16, 16, 3), 255, np.uint8)
    shallow = saved(tmp_path, name, white)
    np.testing.assert_array_equal(decode_rgb(shallow), white)
    # SIZ: three samples of 8 bits (7), each without subsampling (1, 1), become those of 12 bits.
    content = shallow.read_bytes()
    deep = content.replace(b"\0\x03" + b"\x07\1\1" * 3, b"\0\x03" + b"\x0b\1\1" * 3)
    assert deep != content
    shallow.write_bytes(deep)
    with pytest.raises(ImageError, match="more than 8 bits a sample; save it as PNG or TIFF"):
        decode_rgb(shallow)


def test_colours_of_a_tiff_in_planes_are_read_or_refused(tmp_path):
    colours = np.random.default_rng(0).integers(0, 65536, (8, 9, 3)).astype(np.uint16)
    planes, file = np.moveaxis(colours, 2, 0).copy(), tmp_path / "a.tif"
    options = {"photometric": "rgb", "planarconfig": "separate"}
    for stored, compression in ((planes >> 8).astype(np.uint8), None), (planes, "zlib"):
        tifffile.imwrite(file, stored, compression=compression, **options)
        np.testing.assert_array_equal(decode_rgb(file), colours >> 8)
    tifffile.imwrite(file, planes, **options)
    with pytest.raises(ImageError, match="16 bits with planes of colours; save it as PNG"):
        decode_rgb(file)


def test_16_bit_tiff_whose_zero_is_white(tmp_path):
    path = saved(tmp_path, "a.tif", np.array([[0, 65535]], np.uint16), tiffinfo={262: 0})
    assert decode_rgb(path)[0, :, 0].tolist() == [255, 0]


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif", "webp"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation(tmp_path, suffix, orientation):
    upright = np.zeros((32, 48, 3), np.uint8)
    upright[:16, :16] = 255  # the bright top left corner of a landscape
    # How an upright scene is stored, from the meaning of each value in the EXIF standard: which
    # sides of the scene the file's first row and first column show.
    stored = {
        1: upright,  # top, left
        2: upright[:, ::-1],  # top, right
        3: upright[::-1, ::-1],  # bottom, right
        4: upright[::-1],  # bottom, left
        5: upright.transpose(1, 0, 2),  # left, top
        6: upright[:, ::-1].transpose(1, 0, 2),  # right, top
        7: upright[::-1, ::-1].transpose(1, 0, 2),  # right, bottom
        8: upright[::-1].transpose(1, 0, 2),  # left, bottom
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = saved(tmp_path, f"a.{suffix}", np.ascontiguousarray(stored), exif=exif)
    photograph = decode_photograph(path)
    assert photograph.orientation == orientation
    assert photograph.rgb.shape == upright.shape
    assert np.abs(photograph.rgb.astype(int) - upright).mean() < 1


def test_damaged_exif_leaves_the_image_as_stored(tmp_path):
    path = saved(tmp_path, "a.jpg", PIXELS, exif=b"Exif\0\0MM\0*\0\0\0\x08\0\x02\x01\x12\0\x03\0\0")
    assert decode_rgb(path).shape == PIXELS.shape


def test_the_first_frame_of_an_animation(tmp_path):
    frames = [Image.new("RGB", (2, 2), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    assert decode_rgb(tmp_path / "a.gif")[0, 0].tolist() == [255, 0, 0]


def test_large_images_are_read_up_to_the_limit(tmp_path, monkeypatch):
    monkeypatch.setattr(decoding, "MAX_PIXELS", 3600)
    pillow_limit = Image.MAX_IMAGE_PIXELS
    assert decode_rgb(saved(tmp_path, "a.png", np.zeros((60, 60), np.uint8))).shape == (60, 60, 3)
    with pytest.raises(ImageError, match=r"b\.png: more than .* megapixels"):
        decode_rgb(saved(tmp_path, "b.png", np.zeros((60, 61), np.uint8)))
    assert pillow_limit == Image.MAX_IMAGE_PIXELS


@settings(max_examples=60, deadline=None)
@given(st.data(), st.sampled_from(["JPEG", "PNG", "GIF", "TIFF", "WEBP", "JPEG2000"]))
def test_damaged_files_give_pixels_or_a_reason_without_the_folder(data, kind):
    stream = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 256, (24, 24, 3), dtype=np.uint8)
    Image.fromarray(noise).save(stream, kind)
    content = bytearray(stream.getvalue())
    end = data.draw(st.integers(1, len(content)))
    for position in data.draw(st.lists(st.integers(0, end - 1), max_size=4)):
        content[position] ^= data.draw(st.integers(1, 255))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.img"
        path.write_bytes(content[:end])
        try:
            decoded = decode_rgb(path)
        except ImageError as error:
            assert str(error).startswith("a.img: ") and folder not in str(error)
            assert len(str(error).splitlines()) == 1
        else:
            assert decoded.dtype == np.uint8 and decoded.shape[2:] == (3,)


def test_sha256(tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(b"abc")
    # FIPS 180-2, appendix B.1
    assert sha256_of_file(path) == (
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )
