"""A tiny handmade run of stored tables, and its explorer."""

import json
import sys

import numpy as np
import pandas as pd
import PIL.Image
import pytest

from ssimball.config.comparison import ComparisonConfig
from ssimball.config.stages.answer import AnsweredAttack, AnswerStage
from ssimball.config.stages.publishing import ExplorerStage
from ssimball.overlap.grids import deficit_grid
from ssimball.overlap.metric import SPEARMAN_CAM, TOP_IOU_CAM, TOP_SHARE_CAM
from ssimball.overlap.scores import spearman, top_iou, top_share
from ssimball.report.answer.build import AnswerSources, build_answer
from ssimball.report.answer.page import answer_json
from ssimball.report.explorer.contents import explorer_contents, write_explorer
from ssimball.report.explorer.run_tables import RunTables
from ssimball.statistics.inference import Inference
from ssimball.statistics.primary import primary_results
from ssimball.statistics.summary import summarise
from ssimball.storage.contracts.attacks import ATTACKS
from ssimball.storage.contracts.columns import Contract
from ssimball.storage.contracts.images import CLASSES, CLEAN, SUBSET
from ssimball.storage.contracts.maps import DISTORTION, EXPLANATIONS, EXPLANATIONS_ATTACKED, SSIM
from ssimball.storage.contracts.overlap import COMPARISONS, OVERLAP, PRIMARY, SUMMARY
from ssimball.storage.images import encode_png
from ssimball.storage.provenance import Provenance
from ssimball.storage.tables import write_table

SIZE, GRID, TOP = 32, (3, 3), 0.2
NAMES = ("disk", "cross", "egg")
#: Three attacked images, a misclassified one, and one that cannot be read; in two shards. One name
#: is markup, which must not be parsed as such.
FIGURES = ("evidence", "overview", "example", "costs")
IMAGES = ("a/1.png", "<b>2</b>", "c 3&4", "wrong", "broken")
FAILED = "failed: cannot be read"
#: What runs a script where a page takes text for HTML, in three ways to get there.
MARKUP = (
    "<img src=x onerror=window.ran=1>",
    "<svg onload=window.ran=1><script>window.ran=1</script>",
    "\" onmouseover=window.ran=1 autofocus onfocus=window.ran=1 x='</title><b>'",
)
#: Further columns of the manifest.
EXTRA = '{"by": "me"}'
ATTACK_NAMES = ("fgsm", "ssim_ball")
METRICS = {metric.label: metric for metric in (SPEARMAN_CAM, TOP_SHARE_CAM, TOP_IOU_CAM)}


class TinyRun:
    """A run that writes its tables and keeps their contents for comparison."""

    def __init__(self, folder):
        self.folder, self.rng = folder, np.random.default_rng(5)
        self.clean = {name: self._pixels() for name in IMAGES[:4]}
        self.cams = {name: self.rng.normal(size=GRID).astype(np.float32) for name in self.clean}
        self.adversarial, self.similarity, self.deficits = {}, {}, {}
        for key in ((attack, name) for attack in ATTACK_NAMES for name in IMAGES[:3]):
            change = self.rng.integers(-3, 4, (SIZE, SIZE, 3))
            self.adversarial[key] = np.clip(self.clean[key[1]] + change, 0, 255).astype(np.uint8)
            self.similarity[key] = 1 - 0.3 * self.rng.random((SIZE - 10, SIZE - 10)) ** 3
            self.deficits[key] = deficit_grid(self.similarity[key], (SIZE, SIZE), GRID)

    def _pixels(self):
        return self.rng.integers(3, 253, (SIZE, SIZE, 3)).astype(np.uint8)

    def write(self):
        self.table(CLASSES, [{"label": k, "name": name} for k, name in enumerate(NAMES)])
        for shard, images in (("00000", IMAGES[:3]), ("00001", IMAGES[3:])):
            self.table(SUBSET, [self._subset(name, shard) for name in images], shard=shard)
            self.table(CLEAN, [self._clean(name) for name in images], shard=shard)
            cams = [self._cam(name, "clean") for name in images]
            self.table(EXPLANATIONS, cams, explanation="cam", shard=shard)
            for attack in ATTACK_NAMES:
                self._attack(attack, images, shard)
        self._across()

    def _attack(self, attack, images, shard):
        names = {"attack": attack, "shard": shard}
        self.table(ATTACKS, [self._attacked(attack, name) for name in images], **names)
        self.table(SSIM, [self._ssim(attack, name) for name in images], **names)
        self.table(DISTORTION, [self._distorted(attack, name) for name in images], **names)
        cams = [self._cam(name, "adversarial") for name in images]
        self.table(EXPLANATIONS_ATTACKED, cams, explanation="cam", **names)

    def table(self, contract: Contract, rows, **names):
        stage = {"stage": contract.name, "settings": {"epsilon": 0.01}}
        packages = {"pillow": "1"}
        origin = Provenance(stage=stage, code="c" * 64, packages=packages)
        write_table(self.folder / contract.at(**names), contract, rows, origin)

    def _subset(self, name, shard):
        place = IMAGES.index(name)
        known = {"image_id": name, "position": place, "shard": shard, "label": place % 3}
        status = "selected" if name in self.clean else FAILED
        return known | {"class_name": NAMES[place % 3], "status": status, "extra": EXTRA}

    def _clean(self, name):
        place = IMAGES.index(name)
        row = {"image_id": name, "label": place % 3, "status": FAILED}
        if name not in self.clean:
            return row
        seen = 2 if name == "wrong" else place % 3
        facts = {"probability": 0.9, "label_probability": 0.9, "margin": 2.0, "logits": [1.0] * 3}
        png = encode_png(self.clean[name])
        facts |= {"predicted": seen, "correct": seen == place % 3, "image_png": png}
        return row | {"status": "ok"} | facts

    def _cam(self, name, image):
        label = IMAGES.index(name) % 3
        row = {"image_id": name, "label": label, "image": image, "explained": "label"}
        if name not in self.cams or (image == "adversarial" and name == "wrong"):
            return row | {"status": FAILED, "class_index": label}
        found = {"status": "ok", "class_index": label, "logit": 1.0, "map": self.cams[name]}
        return row | found

    def _why(self, name):
        return "skipped: misclassified" if name == "wrong" else f"skipped: {FAILED}"

    def _attacked(self, attack, name):
        place, key = IMAGES.index(name), (attack, name)
        row = {"image_id": name, "label": place % 3, "status": self._why(name)}
        if key not in self.adversarial:
            return row
        fooled = attack == "ssim_ball"
        facts = {"success": fooled, "predicted": (place + fooled) % 3, "seconds": self.rng.random()}
        facts |= {"margin": -1.5, "clean_margin": 2.0, "mean_ssim": self.similarity[key].mean()}
        certificate = {"primal": 9.99, "dual": 10.0, "gap": 0.001, "stopped": "gap"}
        png = encode_png(self.adversarial[key])
        row |= facts | {"status": "attacked", "adversarial_png": png}
        return row | certificate if fooled else row

    def _ssim(self, attack, name):
        found = self.similarity.get((attack, name))
        if found is None:
            return {"image_id": name, "status": self._why(name)}
        known = {"mean_ssim": found.mean(), "min_ssim": found.min(), "ssim_map": found}
        return {"image_id": name, "status": "ok"} | known

    def _distorted(self, attack, name):
        found = self.deficits.get((attack, name))
        if found is None:
            return {"image_id": name, "status": self._why(name)}
        kinds = ("deficit", "luminance", "structure", "brunet", "absolute", "squared")
        maps = dict.fromkeys(kinds, np.stack([found] * 5))
        return {"image_id": name, "status": "ok"} | maps

    def overlaps(self, attack, name):
        """Return the value of each metric by its label, None where there is none.

        All nulls are 0.1.
        """
        found = self.deficits.get((attack, name))
        if found is None:
            return dict.fromkeys(METRICS)
        maps = found.ravel(), self.cams[name].ravel().astype(float)
        measured = {"spearman_cam": spearman(*maps)}
        measured |= {"top_share_cam": top_share(*maps, TOP), "top_iou_cam": top_iou(*maps, TOP)}
        return {metric: float(value) for metric, value in measured.items()}

    def _across(self):
        rows = [
            {"attack": attack, **METRICS[label].columns(), "image_id": name}
            | {"value": value, "null_value": None if value is None else 0.1}
            | dict.fromkeys(("reason", "null_reason"), self._why(name) if value is None else None)
            for attack in ATTACK_NAMES
            for name in IMAGES
            for label, value in self.overlaps(attack, name).items()
        ]
        attacked = [
            self._attacked(attack, name) | {"attack": attack}
            for attack in ATTACK_NAMES
            for name in IMAGES
        ]
        facts = pd.DataFrame(attacked)
        missing = [c.name for c in ATTACKS.columns if c.name not in facts and not c.dims]
        facts[missing] = np.nan
        inference = Inference(confidence=0.95, resamples=99, seed=0)
        frame = pd.DataFrame(rows)
        tested = primary_results(frame, ATTACK_NAMES, (), inference)
        self.table(OVERLAP, rows)
        self.table(PRIMARY, [one.row() for one in tested])
        summary = summarise(frame, facts, inference)
        self.table(SUMMARY, summary)
        self.table(COMPARISONS, [])
        (self.folder / "answer.txt").write_text("An answer.\n", encoding="utf-8")
        (self.folder / "details.md").write_text("| a | b |\n", encoding="utf-8")
        (self.folder / "answer.json").write_text(
            answer_json(_answer(tested, summary)), encoding="utf-8"
        )
        (self.folder / "comparison.md").write_text("| a | b |\n", encoding="utf-8")
        (self.folder / "figures").mkdir()
        for name in (*FIGURES, *(f"sheet_{attack}" for attack in ATTACK_NAMES)):
            PIL.Image.new("RGB", (40, 20), "white").save(self.folder / "figures" / f"{name}.png")


def _answer(tested, summary):
    stage = AnswerStage(
        attacks=tuple(
            AnsweredAttack(name=name, display_name=name, is_control=False) for name in ATTACK_NAMES
        ),
        **{"dataset": "demo", "network": "mobilenet_v2", "weights": "demo", "confidence": 0.95},
        num_classes=10,
        comparison=ComparisonConfig(),
    )
    rows = [one.row() for one in tested]
    return build_answer(AnswerSources(5, 3, GRID, rows, summary), stage)


STAGE = ExplorerStage(
    run="tiny",
    attacks=tuple(ATTACK_NAMES),
    controls=(),
    attacked_cam=True,
    pictures=4,
    texts=("answer",),
    figures=FIGURES,
    top=TOP,
    amplify=10.0,
    confidence=0.95,
    seed=7,
    images=5,
    sources="",
)


def explored(folder):
    """Return a run with its explorer in a folder. The last image has no pictures."""
    run = TinyRun(folder)
    run.write()
    tables = RunTables(run.folder, ("00000", "00001"), STAGE)
    write_explorer(tables, run.folder, explorer_contents(tables))
    run.tables = tables
    return run


@pytest.fixture(scope="session")
def tiny(tmp_path_factory):
    return explored(tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def hostile(tmp_path, monkeypatch):
    """The run with markup that runs a script in every name that people or networks choose."""
    here = sys.modules[__name__]
    names = [f"{markup}{k}" for k, markup in enumerate(MARKUP)]
    monkeypatch.setattr(here, "IMAGES", (*names, "wrong", f"{MARKUP[0]}last"))
    monkeypatch.setattr(here, "NAMES", MARKUP)
    monkeypatch.setattr(here, "FAILED", f"failed: {MARKUP[0]}")
    monkeypatch.setattr(here, "EXTRA", json.dumps(dict.fromkeys(MARKUP, MARKUP[0])))
    return explored(tmp_path / "hostile")
