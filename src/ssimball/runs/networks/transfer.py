"""Images made on one network, judged by all: as they are stored, and confined to regions."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ssimball.causal.cells import members
from ssimball.causal.confined import Target
from ssimball.causal.judging import verdict
from ssimball.causal.region_test import RegionTest, confined, inside_of, step_of
from ssimball.causal.regions import Region
from ssimball.causal.shard import CleanImage, decode, present, read_clean
from ssimball.config.stages.region_test import RegionTestStage
from ssimball.errors import ArtifactError, ImpossibleError
from ssimball.models.classifier import Classifier
from ssimball.report.networks.statements import Roles, transferred_attacks
from ssimball.runs.networks.opening import NetworkRun
from ssimball.runs.run import Run
from ssimball.storage.contracts.attacks import ATTACKS
from ssimball.storage.contracts.images import CLEAN
from ssimball.storage.contracts.maps import EXPLANATIONS
from ssimball.storage.contracts.region_names import ALL, RANDOM, TOP_CAM
from ssimball.storage.contracts.region_test import REGION_TEST
from ssimball.storage.images import decode_png, to_tensor
from ssimball.storage.status import has_stored_image
from ssimball.storage.tables import read_table, tensor_shape

#: Regions that the attack is confined to; of several sets, the first.
REGIONS = (TOP_CAM, RANDOM)


@dataclass(frozen=True)
class Picture:
    """An adversarial image.

    Attributes:
        image_id: the image that it was made from.
        label: its true class.
        attack: name of the attack.
        region: what the attack was confined to.
        rgb: uint8 (H, W, 3).
    """

    image_id: str
    label: int
    attack: str
    region: str
    rgb: NDArray[np.uint8]


@dataclass(frozen=True)
class Judged:
    """A row of contracts.networks.TRANSFER_BY_IMAGE; attributes as its columns."""

    image_id: str
    source: str
    target: str
    attack: str
    region: str
    fooled: bool
    margin_fall: float


def classifier_of(network: NetworkRun) -> Classifier:
    """Load the network of a run.

    Raises:
        ArtifactError: its weights are not on this machine.
    """
    try:
        return network.run.classifier("")
    except ImpossibleError as error:
        raise ArtifactError(f"{network.run.folder}: {error}") from None


def transfer(networks: Sequence[NetworkRun]) -> Iterator[list[Judged]]:
    """Judge the images made on each network by every network, its own included.

    Args:
        networks: the runs, of equal settings.

    Yields:
        The rows of one source, shard and target.

    Raises:
        ArtifactError: weights are not here, or a table is missing; before any image is judged.
    """
    classifiers = {network.name: classifier_of(network) for network in networks}
    for source in networks:
        roles = Roles.of(source.run.study, source.ball)
        for shard in source.run.shards:
            stored = _stored(source.run, shard, transferred_attacks(roles))
            made = [*stored, *_confined(source, classifiers[source.name], shard)]
            for target in networks:
                clean = _clean(target.run)
                yield list(_judged(made, source.name, target.name, classifiers[target.name], clean))


def _clean(run: Run) -> Mapping[str, CleanImage]:
    """The clean images that the run's network classifies correctly, by image."""
    return run.once(_read_correct)


def _read_correct(run: Run) -> dict[str, CleanImage]:
    images = (image for path in run.files(CLEAN) for image in read_clean(Path(path)))
    return {image.image_id: image for image in images if image.correct}


def _stored(run: Run, shard: str, attacks: Sequence[str]) -> Iterator[Picture]:
    """The stored images of a shard under some attacks."""
    columns = ["image_id", "label", "status", "adversarial_png"]
    for attack in attacks:
        path = run.folder / ATTACKS.at(attack=attack, shard=shard)
        for row in read_table(path, ATTACKS, columns).to_pylist():
            if has_stored_image(row["status"]):
                rgb = decode_png(row["adversarial_png"])
                yield Picture(row["image_id"], row["label"], attack, ALL, rgb)


def _confined(source: NetworkRun, model: Classifier, shard: str) -> Iterator[Picture]:
    """The images that the region test judged, made again: they are not stored."""
    run, path = source.run, REGION_TEST.at(shard=shard)
    stage = run.stage(path, RegionTestStage)
    test = RegionTest(
        model=model,
        settings=stage.settings,
        target=Target(stage.mean_ssim, stage.tolerance),
        top=stage.top,
        random_sets=stage.random_sets,
        least_share=None,
        seed=stage.seed,
    )
    clean = _clean(run)
    for image_id, regions in _regions(run, shard).items():
        image = clean[image_id]
        step = step_of(test, decode(image_id, image.png), image.label)
        for region in regions:
            first = step.best(inside_of(step, region), test.settings.epsilon)
            found = confined(test, image_id, step, region, first)
            yield Picture(image_id, image.label, stage.attack, region.name, found.image)


def _regions(run: Run, shard: str) -> dict[str, list[Region]]:
    """The regions of each image that the region test has a value for."""
    cams = run.folder / EXPLANATIONS.at(explanation="cam", shard=shard)
    height, width = tensor_shape(cams, EXPLANATIONS, "map")
    columns = ["image_id", "status", "region", "draw", "cells"]
    table = read_table(run.folder / REGION_TEST.at(shard=shard), REGION_TEST, columns)
    found: dict[str, list[Region]] = {}
    for row in table.to_pylist():
        if row["status"] == "ok" and row["region"] in REGIONS and row["draw"] == 0:
            cells = members(np.array(row["cells"]), (height, width))
            found.setdefault(row["image_id"], []).append(Region(row["region"], 0, cells))
    return found


def _judged(
    made: Sequence[Picture],
    source: str,
    target: str,
    model: Classifier,
    clean: Mapping[str, CleanImage],
) -> Iterator[Judged]:
    """Judge images by a network that classifies the clean ones correctly."""
    for picture in made:
        image = clean.get(picture.image_id)
        if image is None:
            continue
        found = verdict(model, to_tensor(picture.rgb), picture.label, "cpu")
        if found is not None:
            fall = present(picture.image_id, image.margin) - found.margin
            names = (picture.image_id, source, target, picture.attack, picture.region)
            yield Judged(*names, found.fooled, fall)


def largest_difference(networks: Sequence[NetworkRun], rows: Sequence[Judged]) -> float | None:
    """Return by how much the margin of a confined image differs at most from the stored one.

    It is 0 where making the images again gives the same images, on the machine of the run.

    Args:
        networks: the runs.
        rows: their rows of :func:`transfer`.
    """
    again = {
        (row.source, row.image_id, row.region): row.margin_fall
        for row in rows
        if row.source == row.target and row.region in REGIONS
    }
    differences = [
        abs(again[key] - row["margin_fall"])
        for network in networks
        for path in network.run.files(REGION_TEST)
        for row in read_table(
            Path(path), REGION_TEST, ["image_id", "region", "draw", "margin_fall"]
        ).to_pylist()
        if row["draw"] == 0 and (key := (network.name, row["image_id"], row["region"])) in again
    ]
    return max(differences, default=None)


def rows_of(judged: Sequence[Judged]) -> list[dict[str, object]]:
    """Return rows of contracts.networks.TRANSFER_BY_IMAGE."""
    return [asdict(row) for row in judged]
