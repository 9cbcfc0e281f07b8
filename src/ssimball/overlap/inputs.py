"""The maps that overlap is measured from, collected from a run's stored tables."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ssimball.overlap.grids import GridOrReason, Grids, grid_of
from ssimball.overlap.stored_maps import (
    read_cams,
    read_class_cams,
    read_distortions,
    read_explanations,
    read_references,
)


@dataclass(frozen=True)
class Maps:
    """All maps that overlap is measured from, with one network, on the grid of the CAM.

    Attributes:
        cams: class activation map of the true class, or the reason why there is none. Its keys are
            all images of the run.
        masks: share of each cell inside the object, or a reason. Empty where the data set has no
            masks: then nothing is compared with masks.
        textures: pooled local variance of the clean image, or a reason.
        distortions: by attack and name (``deficit`` and others), the pooled distortion, or the
            status of the attack on that image.
        explanations: by name, other explanations of the true class, or a reason.
        class_cams: by role of :data:`ssimball.storage.contracts.class_roles.ROLES`, the (k, h, w)
            CAMs of k other classes, or a reason. Empty where they are not compared.
    """

    cams: Grids
    masks: Grids
    textures: Grids
    distortions: Mapping[str, Mapping[str, Grids]] = field(default_factory=dict)
    explanations: Mapping[str, Grids] = field(default_factory=dict)
    class_cams: Mapping[str, Grids] = field(default_factory=dict)


def read_maps(
    explanations: Iterable[str],
    references: Iterable[str],
    others: Iterable[str] = (),
) -> Maps:
    """Read CAMs, other explanations, object masks and textures of a run's images.

    Args:
        explanations: files of the ``explanations`` table, in folders named by the explanation;
            those of ``cam`` among them.
        references: files of the ``references`` table.
        others: names of the explanations to read beside ``cam``.

    Returns:
        Maps on the CAM's grid, without distortions.
    """
    paths = [Path(path) for path in explanations]
    cams: dict[str, GridOrReason] = {}
    for path in paths:
        if path.parent.name == "cam":
            cams |= read_cams(path)
    grid = grid_of(cams)
    by_name: dict[str, dict[str, GridOrReason]] = {name: {} for name in others}
    for path in paths:
        if path.parent.name in by_name:
            by_name[path.parent.name] |= read_explanations(path, grid)
    masks: dict[str, GridOrReason] = {}
    textures: dict[str, GridOrReason] = {}
    for path in map(Path, references):
        stored = read_references(path)
        masks |= stored.masks
        textures |= stored.textures
    return Maps(
        cams=cams,
        masks={image: masks.get(image, "no object mask") for image in cams} if masks else {},
        textures={image: textures.get(image, "no clean image") for image in cams},
        explanations=by_name,
    )


def read_classes(paths: Iterable[str]) -> dict[str, Grids]:
    """Read the CAMs of other classes by role and image.

    Args:
        paths: files of the ``class_cams`` table.
    """
    by_role: dict[str, dict[str, GridOrReason]] = {}
    for path in map(Path, paths):
        for role, by_image in read_class_cams(path).items():
            by_role.setdefault(role, {}).update(by_image)
    return dict(by_role)


class StoredDistortions(Mapping[str, Mapping[str, Grids]]):
    """Distortions by attack and name, read from their files each time they are asked for.

    So those of one attack are in memory at a time.

    Args:
        paths: files of the ``distortions`` table, in folders named by the attack.
        names: of :data:`ssimball.storage.contracts.distortion_names.DISTORTIONS`.
    """

    def __init__(self, paths: Iterable[str], names: Iterable[str]) -> None:
        """Sort the files by attack."""
        self._names = list(names)
        self._paths: dict[str, list[Path]] = {}
        for path in map(Path, paths):
            self._paths.setdefault(path.parent.name, []).append(path)

    def __getitem__(self, attack: str) -> Mapping[str, Grids]:
        """Return by name and image the distortion, or the reason why there is none."""
        by_name: dict[str, dict[str, GridOrReason]] = {name: {} for name in self._names}
        for path in self._paths[attack]:
            for name, grids in read_distortions(path, self._names).items():
                by_name[name].update(grids)
        return dict(by_name)

    def __iter__(self) -> Iterator[str]:
        """Yield the names of the attacks."""
        return iter(self._paths)

    def __len__(self) -> int:
        """Return the number of attacks."""
        return len(self._paths)
