"""The description of a run as RO-Crate 1.1: the crate as a whole, and its files."""

import hashlib
from typing import Any

from rocrate.rocrate import ROCrate

from ssimball.runs.crate.contents import Contents
from ssimball.runs.crate.entities import Entities, Reference
from ssimball.runs.crate.execution import add_run, add_workflow
from ssimball.runs.crate.files import describe_file, encoding
from ssimball.runs.crate.images import licences
from ssimball.runs.crate.names import ATTRIBUTION
from ssimball.runs.opening import CONFIG
from ssimball.storage.checksums import CHECKSUMS

VERSION = "1.1"
#: The context of Workflow Run Crate defines sha256; that of RO-Crate 1.1 does not.
_CONTEXT = "https://w3id.org/ro/terms/workflow-run/context"
_PROCESS = "https://w3id.org/ro/wfrun/process/0.5"
_RUN = "https://w3id.org/ro/wfrun/workflow/0.5"
_WORKFLOW = "https://w3id.org/workflowhub/workflow-ro-crate/1.0"
PIXELS = (
    "Tables, contact sheets and the example hold the input images, cut to the network's input, and "
    "versions of them that were changed on purpose (adversarial images and controls). They are "
    "under the licences of these images. ATTRIBUTION.md names the authors, who have endorsed "
    "nothing."
)


def metadata(contents: Contents) -> dict[str, Any]:
    """Return the content of ro-crate-metadata.json, which depends on the contents alone."""
    return _Graph(contents).finished()


def _compact(entity: dict[str, Any]) -> dict[str, Any]:
    """Replace lists of one item by the item, as RO-Crate recommends."""
    return {
        name: value[0] if isinstance(value, list) and len(value) == 1 else value
        for name, value in entity.items()
    }


class _Graph:
    """The entities of a crate, added step by step."""

    def __init__(self, contents: Contents) -> None:
        """Add the input images and the licences, which files refer to."""
        self._contents = contents
        self._crate = ROCrate(version=VERSION)
        self._crate.metadata.extra_contexts.append(_CONTEXT)
        self._crate.metadata.extra_terms["creditText"] = "http://schema.org/creditText"
        self._entities = Entities(self._crate)
        self._results_licence = self._entities.licence(contents.publication.licence)
        self._images = self._entities.collections(contents.images)
        #: Licences of the images of a shard, by its name; of all images under the empty name.
        self._licences = {shard: self._licences_of(shard) for shard in ["", *self._images]}

    def _licences_of(self, shard: str) -> list[Reference]:
        shown = [image for image in self._contents.images if shard in ("", image.shard)]
        return [self._entities.licence(licence) for licence in licences(shown)]

    def finished(self) -> dict[str, Any]:
        """Add everything else and return the crate as JSON-LD."""
        self._root()
        files = [self._file(path, sha256) for path, sha256 in self._contents.files.items()]
        self._attribution()
        images = list(self._images.values())
        workflow = add_workflow(self._crate, self._entities, self._contents)
        results = [file for file in files if file != {"@id": CONFIG}]
        action = add_run(self._entities, self._contents, workflow, images, results)
        self._crate.root_dataset.append_to("mentions", [action, *images])
        crate: dict[str, Any] = self._crate.metadata.generate()
        return {**crate, "@graph": [_compact(entity) for entity in crate["@graph"]]}

    def _root(self) -> None:
        publication, root = self._contents.publication, self._crate.root_dataset
        own = self._results_licence
        pixels = self._entities.add(
            "#pixels", "CreativeWork", name="Pixels of the input images", description=PIXELS
        )
        properties = {
            "name": publication.name,
            "description": publication.description,
            "datePublished": publication.date,
            "identifier": f"sha256 of {CHECKSUMS}: {self._contents.files[CHECKSUMS]}",
            "license": [own, *(licence for licence in self._licences[""] if licence != own)],
            "author": [self._entities.author(author) for author in publication.authors],
            "usageInfo": pixels,
            "conformsTo": self._profiles(),
        }
        for name, value in properties.items():
            root[name] = value

    def _profiles(self) -> list[Reference]:
        names = {_PROCESS: "Process Run Crate"}
        if self._contents.code.root is not None:
            names |= {_RUN: "Workflow Run Crate", _WORKFLOW: "Workflow RO-Crate"}
        return [self._entities.profile(url, name) for url, name in names.items()]

    def _file(self, path: str, sha256: str) -> Reference:
        about = describe_file(path)
        properties: dict[str, Any] = {
            "name": path,
            "description": about.text,
            "encodingFormat": about.encoding,
            "contentSize": str((self._contents.run.folder / path).stat().st_size),
            "sha256": sha256,
            "license": self._licences[about.shard] if about.pixels else [self._results_licence],
        }
        if about.pixels:
            shards = [about.shard] if about.shard else list(self._images)
            properties["isBasedOn"] = [self._images[shard] for shard in shards]
        return {"@id": self._crate.add_file(dest_path=path, properties=properties).id}

    def _attribution(self) -> None:
        content = self._contents.attribution.encode()
        properties = {
            "name": ATTRIBUTION,
            "description": "The input images, their authors, licences and sources, for people.",
            "encodingFormat": encoding(ATTRIBUTION),
            "contentSize": str(len(content)),
            "sha256": hashlib.sha256(content).hexdigest(),
            "license": [self._results_licence],
        }
        self._crate.add_file(dest_path=ATTRIBUTION, properties=properties)
