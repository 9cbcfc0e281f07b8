"""A run as RO-Crate 1.1: the crate as a whole, and its files."""

import hashlib
from typing import Any

from rocrate.rocrate import ROCrate

from ssimball.runs.crate.attribution import ATTRIBUTION
from ssimball.runs.crate.contents import Contents
from ssimball.runs.crate.entities import Entities, Reference
from ssimball.runs.crate.execution import add_run, add_workflow
from ssimball.runs.crate.files import described, encoding
from ssimball.runs.crate.images import licences
from ssimball.runs.run import CONFIG
from ssimball.storage.checksums import CHECKSUMS

VERSION = "1.1"
#: The context of Workflow Run Crate has sha256, that of RO-Crate 1.1 has not.
_TERMS = "https://w3id.org/ro/terms/workflow-run/context"
_PROCESS = "https://w3id.org/ro/wfrun/process/0.5"
_RUN = "https://w3id.org/ro/wfrun/workflow/0.5"
_WORKFLOW = "https://w3id.org/workflowhub/workflow-ro-crate/1.0"
PIXELS = (
    "Tables and contact sheets hold the input images, cut to the network's input, and versions of "
    "them that were changed on purpose (adversarial images and controls). They are under the "
    "licences of these images. ATTRIBUTION.md names the authors, who have endorsed nothing."
)


def metadata(contents: Contents) -> dict[str, Any]:
    """Content of ro-crate-metadata.json, the same for the same contents."""
    return _Graph(contents).finished()


def _compact(entity: dict[str, Any]) -> dict[str, Any]:
    """A list of one is that one, as RO-Crate recommends."""
    alone = {name for name, one in entity.items() if isinstance(one, list) and len(one) == 1}
    return {name: one[0] if name in alone else one for name, one in entity.items()}


class _Graph:
    def __init__(self, contents: Contents) -> None:
        self._given = contents
        self._crate = ROCrate(version=VERSION)
        self._crate.metadata.extra_contexts.append(_TERMS)
        self._crate.metadata.extra_terms["creditText"] = "http://schema.org/creditText"
        self._entities = Entities(self._crate)
        self._own = self._entities.licence(contents.licence)
        self._images = self._entities.collections(contents.images)
        self._licences = {shard: self._of_shard(shard) for shard in ["", *self._images]}

    def _of_shard(self, shard: str) -> list[Reference]:
        """Licences of the images of a shard, or of all."""
        shown = [one for one in self._given.images if shard in ("", one.shard)]
        return [self._entities.licence(one) for one in licences(shown)]

    def finished(self) -> dict[str, Any]:
        self._root()
        files = [self._file(path, sha256) for path, sha256 in self._given.files.items()]
        self._attribution()
        images = list(self._images.values())
        workflow = add_workflow(self._crate, self._entities, self._given)
        results = [one for one in files if one != {"@id": CONFIG}]
        action = add_run(self._entities, self._given, workflow, images, results)
        self._crate.root_dataset.append_to("mentions", [action, *images])
        found: dict[str, Any] = self._crate.metadata.generate()
        return {**found, "@graph": [_compact(one) for one in found["@graph"]]}

    def _root(self) -> None:
        given, root = self._given, self._crate.root_dataset
        pixels = self._entities.add(
            "#pixels", "CreativeWork", name="Pixels of the input images", description=PIXELS
        )
        properties = {
            "name": given.name,
            "description": given.description,
            "datePublished": given.date,
            "identifier": f"sha256 of {CHECKSUMS}: {given.files[CHECKSUMS]}",
            "license": [self._own, *(one for one in self._licences[""] if one != self._own)],
            "author": [self._entities.author(one) for one in given.authors],
            "usageInfo": pixels,
            "conformsTo": self._profiles(),
        }
        for name, value in properties.items():
            root[name] = value

    def _profiles(self) -> list[Reference]:
        names = {_PROCESS: "Process Run Crate"}
        if self._given.root is not None:
            names |= {_RUN: "Workflow Run Crate", _WORKFLOW: "Workflow RO-Crate"}
        return [self._entities.profile(url, name) for url, name in names.items()]

    def _file(self, path: str, sha256: str) -> Reference:
        about = described(path)
        of = [self._images[about.shard]] if about.shard else list(self._images.values())
        properties = {
            "name": path,
            "description": about.description,
            "encodingFormat": about.encoding,
            "contentSize": str((self._given.run.folder / path).stat().st_size),
            "sha256": sha256,
            "license": self._licences[about.shard] if about.pixels else [self._own],
            **({"isBasedOn": of} if about.pixels else {}),
        }
        return {"@id": self._crate.add_file(dest_path=path, properties=properties).id}

    def _attribution(self) -> None:
        content = self._given.attribution.encode()
        properties = {
            "name": ATTRIBUTION,
            "description": "The input images, their authors, licences and sources, for people.",
            "encodingFormat": encoding(ATTRIBUTION),
            "contentSize": str(len(content)),
            "sha256": hashlib.sha256(content).hexdigest(),
            "license": [self._own],
        }
        self._crate.add_file(dest_path=ATTRIBUTION, properties=properties)
