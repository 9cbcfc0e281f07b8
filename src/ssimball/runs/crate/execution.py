"""The workflow and its run, as Workflow Run Crate describes them."""

from collections.abc import Iterator
from typing import Any

from rocrate.model.computerlanguage import ComputerLanguage
from rocrate.rocrate import ROCrate

from ssimball.runs.crate.contents import Contents
from ssimball.runs.crate.entities import Entities, Reference
from ssimball.runs.crate.names import SNAKEFILE, WORKFLOW
from ssimball.runs.crate.network_licences import network_licence
from ssimball.runs.opening import CONFIG
from ssimball.runtime.fingerprint import PACKAGE
from ssimball.storage.provenance import file_sha256

_SNAKEMAKE = "https://w3id.org/workflowhub/workflow-ro-crate#snakemake"


def add_workflow(crate: ROCrate, entities: Entities, contents: Contents) -> Reference:
    """Add the workflow: with its Snakefile and sources where they are at hand."""
    code, packages = contents.code, contents.provenance.packages
    properties: dict[str, Any] = {
        "name": "ssimball",
        "description": _code_description(contents),
        "license": entities.licence(code.licence),
        "version": ", ".join(version for name, version in packages if name == PACKAGE),
        "softwareRequirements": entities.packages(packages),
    }
    if code.root is None:
        kinds = ["SoftwareSourceCode", "ComputationalWorkflow"]
        return entities.add("#workflow", kinds, **properties)
    main = code.root / "Snakefile"
    properties |= {
        "encodingFormat": "text/plain",
        "contentSize": str(main.stat().st_size),
        "sha256": file_sha256(main),
    }
    path, language = SNAKEFILE, _language(crate)
    workflow = crate.add_workflow(dest_path=path, properties=properties, main=True, lang=language)
    folder = {
        "name": "Sources of the workflow",
        "description": f"{len(code.files)} files: Snakefile, rules, package, settings, lock.",
        "license": properties["license"],
        "hasPart": [{"@id": workflow.id}],
    }
    crate.add_dataset(dest_path=f"{WORKFLOW}/", properties=folder)
    return {"@id": workflow.id}


def _code_description(contents: Contents) -> str:
    made = "The Snakemake workflow that made this run."
    code = contents.code
    if code.root is None:
        return f"{made} Its sources were not at hand; tables carry fingerprints of the code."
    if code.unknown_origin:
        return (
            f"The Snakemake workflow, in a version that did not make {len(code.unknown_origin)} of "
            f"the {len(contents.tables)} tables: they carry the fingerprints of other code."
        )
    return f"{made} All tables carry fingerprints of this code."


def _language(crate: ROCrate) -> ComputerLanguage:
    properties = {
        "name": "Snakemake",
        "identifier": "https://doi.org/10.1093/bioinformatics/bts480",
        "url": "https://snakemake.readthedocs.io",
    }
    return crate.add(ComputerLanguage(crate, _SNAKEMAKE, properties))


def add_run(
    entities: Entities,
    contents: Contents,
    workflow: Reference,
    images: list[Reference],
    results: list[Reference],
) -> Reference:
    """Add the run: an action from configuration, weights and images to all other files.

    Args:
        entities: adds to the crate.
        contents: contents of the crate.
        workflow: the workflow that was run.
        images: collections of the input images.
        results: files that the run made.
    """
    return entities.add(
        "#run",
        "CreateAction",
        name=f"ssimball run {contents.run.study.run}",
        description=f"Computed on {' and '.join(contents.provenance.devices)}.",
        actionStatus="http://schema.org/CompletedActionStatus",
        instrument=workflow,
        object=[{"@id": CONFIG}, *_weights(entities, contents), *images],
        result=results,
        agent=[entities.author(agent) for agent in contents.publication.agents] or None,
    )


def _weights(entities: Entities, contents: Contents) -> Iterator[Reference]:
    for weights in contents.provenance.networks:
        note = "" if weights.sha256 else " Known by name; the run does not record the sha256."
        shipped = contents.code.licence if weights.is_shipped else None
        known = shipped or network_licence(weights.sha256)
        yield entities.add(
            f"#weights-{weights.network}" if weights.network else "#weights",
            "CreativeWork",
            name=weights.name,
            description=f"Weights of the network; not in the crate.{note}",
            sha256=weights.sha256,
            license=known and [entities.licence(known)],
        )
