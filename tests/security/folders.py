"""A small finished run, and what somebody hostile may do to a copy of it."""

import io
import json
import os
import shutil
import zlib
from pathlib import Path

import numpy as np
import PIL.Image
import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from ssimball.config.model import ModelConfig, PreprocessingConfig
from ssimball.config.stages.images import CleanStage
from ssimball.config.study import effective, load_study
from ssimball.storage.checksums import CHECKSUMS, checksums_text
from ssimball.storage.contracts.attacks import ATTACKS
from ssimball.storage.contracts.images import CLASSES, CLEAN, SUBSET
from ssimball.storage.images import encode_png
from ssimball.storage.provenance import Provenance, canonical_json
from ssimball.storage.tables import write_table

ROOT = Path(__file__).parents[2]
CLEAN_TABLE, ATTACK_TABLE = "clean/00000.parquet", "attacks/fgsm/00000.parquet"
SETTINGS = {"run": "small", "attacks": ["fgsm"], "subset": {"images": 2}}
MARKUP = "<script>alert(1)</script>"


def origin(stage, **model):
    clean = CleanStage(
        dataset="demo", preprocessing=PreprocessingConfig(), model=ModelConfig(**model)
    )
    return Provenance({**clean.content(), "stage": stage}, code="0" * 64, packages={"torch": "2"})


def write_run(folder, extra=None, names=("a.png", "b.png"), model=None):
    """Write two images, attacked, with the configuration and the list of checksums."""
    settings = SETTINGS if model is None else {**SETTINGS, "model": model}
    folder.mkdir()
    (folder / "config.yaml").write_text(
        yaml.safe_dump(effective(load_study(settings))), encoding="utf-8"
    )
    png = encode_png(np.zeros((64, 64, 3), np.uint8))
    rows = {CLEAN: [], SUBSET: [], ATTACKS: []}
    for number, name in enumerate(names):
        own = {"image_id": name, "label": 0}
        drawn = {"position": number, "shard": "00000", "class_name": "c", "status": "selected"}
        rows[SUBSET].append({**own, **drawn, "extra": canonical_json(extra or {})})
        rows[CLEAN].append({**own, "status": "ok", "image_png": png})
        rows[ATTACKS].append({**own, "status": "attacked", "adversarial_png": png})
    write_table(folder / CLASSES.path, CLASSES, [{"label": 0, "name": "c"}], origin("classes"))
    for contract, written in rows.items():
        path = folder / contract.at(shard="00000", attack="fgsm")
        write_table(path, contract, written, origin(contract.name, **(model or {})))
    list_files(folder)
    return folder


def list_files(folder):
    """Write the list of checksums anew, as somebody who wants to be believed would."""
    paths = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    names = [p.relative_to(folder).as_posix() for p in paths if p.name != CHECKSUMS]
    (folder / CHECKSUMS).write_text(checksums_text(folder, names), encoding="utf-8")


def configure(folder, **changes):
    """Change the stored configuration; keys are joined by __."""
    settings = yaml.safe_load((folder / "config.yaml").read_text("utf-8"))
    for key, value in changes.items():
        *sections, last = key.split("__")
        part = settings
        for section in sections:
            part = part[section]
        part[last] = value
    (folder / "config.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    list_files(folder)


def replace_by_link(path, target):
    """Put a link in the place of a file or folder."""
    if path.is_dir():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    path.parent.mkdir(exist_ok=True)
    path.symlink_to(target)


def replace_by_pipe(path):
    path.unlink(missing_ok=True)
    os.mkfifo(path)


def rewrite(path, change, **options):
    """Write a table anew with a changed column, under the metadata that it had."""
    table = pq.read_table(path)
    changed = change(table)
    pq.write_table(changed.replace_schema_metadata(table.schema.metadata), path, **options)


def with_pictures(folder, content):
    """Replace the pictures of the attacked images."""

    def change(table):
        number = table.schema.get_field_index("adversarial_png")
        pictures = pa.array([content] * len(table), pa.binary())
        return table.set_column(number, table.schema.field(number), pictures)

    rewrite(folder / ATTACK_TABLE, change)
    list_files(folder)


def picture(kind, mode="RGB", size=(64, 64)):
    stream = io.BytesIO()
    PIL.Image.new(mode, size).save(stream, kind)
    return stream.getvalue()


def png_header(width, height):
    """Return a PNG of a few bytes that claims a size."""
    content = bytearray(picture("PNG", size=(1, 1)))
    content[16:24] = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    content[29:33] = zlib.crc32(content[12:29]).to_bytes(4, "big")
    return bytes(content)


def many_rows(folder, count, **options):
    """Repeat the first row of a table, which compresses to nothing."""

    def change(table):
        return table.take(pa.array(np.zeros(count, np.int64)))

    rewrite(folder / CLEAN_TABLE, change, **options)
    list_files(folder)


def long_value(folder, length, times):
    """Name one long value many times, by a dictionary."""

    def change(table):
        number = table.schema.get_field_index("image_id")
        repeated = table.take(pa.array(np.zeros(times, np.int64)))
        zeros = pa.array(np.zeros(times, np.int32))
        names = pa.DictionaryArray.from_arrays(zeros, ["x" * length])
        return repeated.set_column(number, "image_id", names)

    rewrite(folder / CLEAN_TABLE, change, store_schema=False, compression="zstd")
    list_files(folder)


def metadata_of(folder, text):
    """Replace what the table of clean images says of its origin."""
    table = pq.read_table(folder / CLEAN_TABLE)
    pq.write_table(table.replace_schema_metadata({"ssimball": text}), folder / CLEAN_TABLE)
    list_files(folder)


LAUGHS = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)
)
DEEP_JSON = json.dumps({"contract": "clean", "version": 1})[:-1] + ', "x": ' + "[" * 100_000
