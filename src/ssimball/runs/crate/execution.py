"""The workflow and its run, as Workflow Run Crate describes them."""

from collections.abc import Iterator
from typing import Any

from rocrate.model.computerlanguage import ComputerLanguage
from rocrate.rocrate import ROCrate

from ssimball.runs.crate.contents import Contents
from ssimball.runs.crate.entities import Entities, Reference
from ssimball.runs.crate.provenance import weights_name
from ssimball.runs.run import CONFIG
from ssimball.runtime.fingerprint import PACKAGE
from ssimball.storage.provenance import file_sha256

#: Folder of the sources within the crate.
WORKFLOW = "workflow"
_SNAKEMAKE = "https://w3id.org/workflowhub/workflow-ro-crate#snakemake"


def add_workflow(crate: ROCrate, entities: Entities, given: Contents) -> Reference:
    """The workflow: its Snakefile where the sources are at hand, otherwise that there was one."""
    properties: dict[str, Any] = {
        "name": "ssimball",
        "description": _said_of_code(given),
        "license": entities.licence(given.code_licence),
        "version": ", ".join(one for name, one in given.made.packages if name == PACKAGE),
        "softwareRequirements": entities.packages(given.made.packages),
    }
    if given.root is None:
        kinds = ["SoftwareSourceCode", "ComputationalWorkflow"]
        return entities.add("#workflow", kinds, **properties)
    main = given.root / "Snakefile"
    properties |= {
        "encodingFormat": "text/plain",
        "contentSize": str(main.stat().st_size),
        "sha256": file_sha256(main),
    }
    place, language = f"{WORKFLOW}/Snakefile", _language(crate)
    added = crate.add_workflow(dest_path=place, properties=properties, main=True, lang=language)
    folder = {
        "name": "Sources of the workflow",
        "description": f"{len(given.copied)} files: Snakefile, rules, package, settings, lock.",
        "license": properties["license"],
        "hasPart": [{"@id": added.id}],
    }
    crate.add_dataset(dest_path=f"{WORKFLOW}/", properties=folder)
    return {"@id": added.id}


def _said_of_code(given: Contents) -> str:
    words = "The Snakemake workflow that made this run."
    if given.root is None:
        return f"{words} Its sources were not at hand; tables carry fingerprints of the code."
    if given.strangers:
        tables = sum(path.endswith(".parquet") for path in given.files)
        return (
            f"The Snakemake workflow, in a version that did not make {len(given.strangers)} of the "
            f"{tables} tables: they carry the fingerprints of other code."
        )
    return f"{words} All tables carry fingerprints of this code."


def _language(crate: ROCrate) -> ComputerLanguage:
    properties = {
        "name": "Snakemake",
        "identifier": "https://doi.org/10.1093/bioinformatics/bts480",
        "url": "https://snakemake.readthedocs.io",
    }
    return crate.add(ComputerLanguage(crate, _SNAKEMAKE, properties))


def add_run(
    entities: Entities,
    given: Contents,
    workflow: Reference,
    images: list[Reference],
    results: list[Reference],
) -> Reference:
    """The run: from configuration, weights and images to all other files."""
    return entities.add(
        "#run",
        "CreateAction",
        name=f"ssimball run {given.run.study.run}",
        description=f"Computed on {' and '.join(given.made.devices)}.",
        actionStatus="http://schema.org/CompletedActionStatus",
        instrument=workflow,
        object=[{"@id": CONFIG}, *_weights(entities, given), *images],
        result=results,
        agent=[entities.author(one) for one in given.agents] or None,
    )


def _weights(entities: Entities, given: Contents) -> Iterator[Reference]:
    for network, model in given.made.networks.items():
        known = "" if model["sha256"] else " Known by name; the run does not record the sha256."
        yield entities.add(
            f"#weights-{network}" if network else "#weights",
            "CreativeWork",
            name=weights_name(given.run, network, model),
            description=f"Weights of the network; not in the crate.{known}",
            sha256=model["sha256"],
        )
