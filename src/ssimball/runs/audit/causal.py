"""The causal test, made again by the network from stored images and maps."""

from typing import Any

from ssimball.causal.cells import random_order
from ssimball.causal.curves import curve_rows, order_of, rows_without_curve
from ssimball.causal.restricted import Case, causal_rows, rows_without_values
from ssimball.config.causal import CausalConfig
from ssimball.overlap.grids import grid_of
from ssimball.overlap.stored_maps import read_cams, read_distortions
from ssimball.runs.audit.findings import Tally
from ssimball.runs.audit.interface import Check
from ssimball.runs.audit.predictions import TOLERANCE
from ssimball.runs.audit.similarity import TOLERANCE as SIMILARITY
from ssimball.runs.layout import Artifact, artifact_of
from ssimball.runs.run import Row, Run
from ssimball.storage.contracts.attacks import ATTACKS
from ssimball.storage.contracts.causal import CAUSAL, CURVES, REFERENCE_CURVES
from ssimball.storage.contracts.maps import DISTORTION, EXPLANATIONS
from ssimball.storage.images import decode_png, to_tensor
from ssimball.storage.status import has_stored_image, set_aside

_WORK: dict[str, Any] = {"batch_size": 8, "device": "cpu"}
_LISTS = {"shares", "probabilities"}
#: Columns that the network has no part in.
_WITHOUT = {"l2", "mean_ssim"}


def _causal(run: Run, artifact: str, tally: Tally) -> None:
    one, stage = artifact_of(artifact), run.origin(artifact)["stage"]
    make = {CAUSAL: _parts, CURVES: _curves, REFERENCE_CURVES: _references}[one.contract]
    expected = make(run, one, CausalConfig.model_validate(stage["causal"]), stage["seed"])
    stored = run.rows(artifact)
    names = [column.name for column in one.contract.columns if column.name not in _LISTS]
    tally.rows([name for name in names if name not in _WITHOUT], expected, stored, TOLERANCE)
    for number, (mine, row) in enumerate(zip(expected, stored, strict=False)):
        for name in row.keys() & _LISTS:
            tally.close(number, name, mine.get(name), row[name], TOLERANCE)
        for name in row.keys() & _WITHOUT:
            tally.close(number, name, mine.get(name), row[name], SIMILARITY)


def _parts(run: Run, one: Artifact, settings: CausalConfig, seed: int) -> list[Row]:
    classifier, clean = run.classifier(one.place), run.clean(one.place, one.shard)
    cams, rows = read_cams(run.folder / one.beside(EXPLANATIONS, explanation="cam")), []
    for row in run.rows(one.beside(ATTACKS)):
        name, label = row["image_id"], row["label"]
        if not has_stored_image(row["status"]):
            rows += rows_without_values(name, label, settings.areas, row["status"])
            continue
        case = Case(
            image_id=name,
            label=label,
            target=row["target"],
            clean=to_tensor(decode_png(clean[name]["image_png"])),
            stored=to_tensor(decode_png(row["adversarial_png"])),
            clean_margin=clean[name]["margin"],
            cam=cams[name],
        )
        rows += causal_rows(classifier, case, areas=settings.areas, seed=seed, **_WORK)
    return rows


def _curves(run: Run, one: Artifact, settings: CausalConfig, seed: int) -> list[Row]:
    classifier, clean = run.classifier(one.place), run.clean(one.place, one.shard)
    grid = grid_of(read_cams(run.folder / one.beside(EXPLANATIONS, explanation="cam")))
    stored = read_distortions(run.folder / one.beside(DISTORTION), ["deficit"])["deficit"]
    rows: list[Row] = []
    for row in run.rows(one.beside(ATTACKS)):
        name, label = row["image_id"], row["label"]
        if not has_stored_image(row["status"]):
            rows += rows_without_curve(name, label, "deficit", row["status"])
            continue
        image = to_tensor(decode_png(clean[name]["image_png"]))
        order = {"deficit": order_of(stored[name], seed, name, "SSIM deficit")}
        rows += curve_rows(classifier, name, label, image, order, grid, settings, **_WORK)
    return rows


def _references(run: Run, one: Artifact, settings: CausalConfig, seed: int) -> list[Row]:
    classifier = run.classifier(one.place)
    cams = read_cams(run.folder / one.beside(EXPLANATIONS, explanation="cam"))
    grid, rows = grid_of(cams), []
    for name, row in run.clean(one.place, one.shard).items():
        if not row["correct"]:
            why = set_aside(row["status"])
            for order in ("cam", "random"):
                rows += rows_without_curve(name, row["label"], order, why)
            continue
        orders = {
            "cam": order_of(cams[name], seed, name, "CAM"),
            "random": random_order(grid[0] * grid[1], seed, name),
        }
        image = to_tensor(decode_png(row["image_png"]))
        found = curve_rows(classifier, name, row["label"], image, orders, grid, settings, **_WORK)
        rows += found
    return rows


CHECKS = (
    Check(
        "causal",
        "the network says this of cut perturbations",
        lambda run: run.of(CAUSAL, CURVES, REFERENCE_CURVES),
        _causal,
        quick=False,
    ),
)
