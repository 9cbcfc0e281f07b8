"""A finished run on three photographs, and the crate that is made of it."""

import json

import numpy as np
import yaml
from click.testing import CliRunner

from ssimball.cli.main import main
from ssimball.config.model import ModelConfig, PreprocessingConfig
from ssimball.config.stages.images import CleanStage
from ssimball.config.study import effective, load_study
from ssimball.report.answer.model import Answer, Inference, Place, Subject
from ssimball.report.answer.page import answer_json
from ssimball.storage.checksums import CHECKSUMS, checksums_text
from ssimball.storage.contracts.attacks import ATTACKS
from ssimball.storage.contracts.images import CLASSES, CLEAN, SUBSET
from ssimball.storage.images import encode_png
from ssimball.storage.provenance import Provenance, canonical_json, file_sha256
from ssimball.storage.tables import write_table

METADATA, ATTRIBUTION = "ro-crate-metadata.json", "ATTRIBUTION.md"
BY = "https://creativecommons.org/licenses/by/2.0/"
BY_NC_ND = "https://creativecommons.org/licenses/by-nc-nd/4.0/"
MIT = "https://spdx.org/licenses/MIT"
MANIFEST = {
    "a/one.png": {"license": BY, "author": r"Fr\303\251d\303\251ric | B.", "source": "https://x/1"},
    "b two.png": {"Licence": "CC BY-NC-ND 4.0", "Creator": "Ann", "title": "Two", "url": "shelf 3"},
    "c.png": {"author": "", "wnid": "n01"},
}
ANSWER = Answer(
    subject=Subject(
        images=3, correct=0, dataset="manifest", network="mobilenet_v2", weights=".pth",
        comparison="fixed_budget", mean_ssim=None,
    ),
    inference=Inference(tests=0, level=0.05, units="images", reason="no class repeats"),
    attacks=(), place=Place(),
)  # fmt: skip
SHARDS = ("00000", "00001")
PIXELS = {f"{stage}/{shard}.parquet" for stage in ("clean", "attacks/fgsm") for shard in SHARDS}


MODEL = {"name": "mobilenet_v2", "weights": ".pth", "sha256": "5" * 64}
PACKAGES = {"torch": "2.0", "ssimball": "0.1"}


def origin(stage):
    clean = CleanStage(
        dataset="manifest", preprocessing=PreprocessingConfig(), model=ModelConfig(**MODEL)
    )
    return Provenance({**clean.content(), "stage": stage}, code="0" * 64, packages=PACKAGES)


def write_run(folder, manifest, **settings):
    """Write a finished run of one attack on images with further columns of a manifest."""
    study = load_study({
        "run": "mine", "attacks": ["fgsm"], "execution": {"shard_size": 2},
        "subset": {"images": len(manifest)},
        "dataset": {"kind": "manifest", "manifest": {"path": "/home/me/labels.csv"}},
        "model": {"weights": "/home/me/net.pth"}, **settings,
    })  # fmt: skip
    folder.mkdir()
    (folder / "config.yaml").write_text(yaml.safe_dump(effective(study)), encoding="utf-8")
    (folder / "answer.txt").write_text("An answer.\n", encoding="utf-8")
    (folder / "answer.json").write_text(answer_json(ANSWER), encoding="utf-8")
    (folder / "figures").mkdir()
    for name in ("overview.pdf", "sheet_fgsm.png"):
        (folder / "figures" / name).write_bytes(name.encode())
    classes = [{"label": 0, "name": "cat"}]
    write_table(folder / "classes.parquet", CLASSES, classes, origin("classes"))
    image = encode_png(np.zeros((4, 4, 3), np.uint8))
    tables = {}
    for number, (name, extra) in enumerate(manifest.items()):
        shard = f"{number // 2:05d}"
        own = {"image_id": name, "label": 0}
        drawn = {"position": number, "shard": shard, "class_name": "cat", "status": "selected"}
        file = {"sha256": f"{number}" * 64, "extra": canonical_json(extra)}
        rows = {
            SUBSET: {**own, **drawn, **file},
            CLEAN: {**own, "status": "ok", "image_png": image},
            ATTACKS: {**own, "status": "attacked", "adversarial_png": image},
        }
        for contract, row in rows.items():
            path = contract.path.replace("<shard>", shard).replace("<attack>", "fgsm")
            tables.setdefault((path, contract.name), (contract, []))[1].append(row)
    for (path, name), (contract, rows) in tables.items():
        write_table(folder / path, contract, rows, origin(name))
    names = [path.relative_to(folder).as_posix() for path in folder.rglob("*.*")]
    (folder / CHECKSUMS).write_text(checksums_text(folder, names), encoding="utf-8")
    return folder


def export(run, *options):
    done = CliRunner().invoke(main, ["crate", str(run), "--date", "2026-01-31", *options])
    assert done.exit_code == 0, done.output
    graph = json.loads((run / METADATA).read_text("utf-8"))["@graph"]
    assert len({one["@id"] for one in graph}) == len(graph)
    return {one["@id"]: one for one in graph}


def ids(references):
    references = references if isinstance(references, list) else [references]
    return [one["@id"] for one in references]


def references_in(entity):
    """Yield all references; refuse any other value that is not plain."""
    for name, value in entity.items():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict):
                assert one.keys() == {"@id"}, (entity["@id"], name)
                yield one["@id"]
            else:
                assert isinstance(one, str | int | float | bool), (entity["@id"], name)


def check_files(folder, entities):
    """Require every described file to exist with its hash and size."""
    files = {id_: one for id_, one in entities.items() if "File" in one["@type"]}
    for id_, one in files.items():
        path = folder / id_
        assert one["sha256"] == file_sha256(path)
        assert one["contentSize"] == str(path.stat().st_size)
        assert one["encodingFormat"] and one["description"] and one["license"]
    return files.keys()
