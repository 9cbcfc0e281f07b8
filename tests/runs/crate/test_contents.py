"""A crate describes the files that exist, and images keep their licences."""

import json
from datetime import date
from pathlib import Path

import pytest
import yaml
from rocrate.rocrate import ROCrate

from ssimball.runs.crate.collecting import Given, collect
from ssimball.runs.crate.graph import metadata
from ssimball.runs.crate.licences import NOT_STATED
from ssimball.runs.crate.network_licences import network_licence
from ssimball.runs.crate.sources import Sources
from ssimball.storage.checksums import CHECKSUMS
from ssimball.storage.provenance import file_sha256

from .example import (
    ATTRIBUTION,
    BY,
    BY_NC_ND,
    MANIFEST,
    METADATA,
    MIT,
    PACKAGES,
    PIXELS,
    check_files,
    export,
    ids,
    references_in,
    write_run,
)

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The run of all tests here, which only read it."""
    return write_run(tmp_path_factory.mktemp("crate") / "mine", MANIFEST)


@pytest.fixture(scope="module")
def entities(run):
    """The entities of the crate written into the run's folder, by id."""
    return export(run)


def test_every_file_of_the_run_is_described_correctly(run, entities):
    listed = {line.split("  ")[1] for line in (run / CHECKSUMS).read_text().splitlines()}
    assert check_files(run, entities) == {*listed, CHECKSUMS, ATTRIBUTION, "workflow/Snakefile"}
    table = entities["attacks/fgsm/00001.parquet"]
    assert table["encodingFormat"] == "application/vnd.apache.parquet"
    assert "One row: one image under one attack." in table["description"]


def test_the_graph_is_flat_and_holds_what_it_refers_to(entities):
    referred = {id_ for one in entities.values() for id_ in references_in(one)}
    specification = {"https://w3id.org/ro/crate/1.1"}
    assert referred - entities.keys() == specification
    # Nothing is in the graph that nothing refers to.
    assert entities.keys() - referred == {METADATA}


def test_rocrate_reads_it_back(run, entities):
    crate = ROCrate(run)
    assert crate.root_dataset["name"] == "ssimball run mine"
    assert crate.root_dataset.datePublished.date() == date(2026, 1, 31)
    assert crate.mainEntity.id == "workflow/Snakefile"
    assert crate.mainEntity["programmingLanguage"]["name"] == "Snakemake"
    assert {one.id for one in crate.get_entities()} == entities.keys()
    assert {one.id for one in crate.get_by_type("ImageObject")} == {
        id_ for id_ in entities if id_.startswith("#image-")
    }


def test_the_root_states_the_answer_and_the_licences_of_the_pixels(run, entities):
    root = entities["./"]
    assert root["description"].endswith(
        "Place: the run has controls only, no attack. Limits: one network; tests over images."
    )
    assert root["datePublished"] == "2026-01-31"
    assert file_sha256(run / CHECKSUMS) in root["identifier"]
    assert ids(root["license"])[0] == MIT
    assert set(ids(root["license"])) == {MIT, BY, BY_NC_ND, NOT_STATED.id}
    assert "changed on purpose" in entities[ids(root["usageInfo"])[0]]["description"]
    assert [entities[one]["name"] for one in ids(root["author"])] == ["The ssimball authors"]


def test_photographs_have_author_licence_and_source(entities):
    one, two, three = (
        entities[f"#image-{name}"] for name in ("a%2Fone.png", "b%20two.png", "c.png")
    )
    assert (one["identifier"], one["sha256"]) == ("a/one.png", "0" * 64)
    assert entities[one["author"]["@id"]]["name"] == one["creditText"] == "Frédéric | B."
    assert (ids(one["license"]), one["url"]) == ([BY], "https://x/1")
    assert (two["name"], two["citation"], ids(two["license"])) == ("Two", "shelf 3", [BY_NC_ND])
    assert "url" not in two
    assert "author" not in three and ids(three["license"]) == [NOT_STATED.id]


def test_files_that_show_photographs_have_the_licences_of_these(entities):
    licences = {id_: ids(one["license"]) for id_, one in entities.items() if "File" in one["@type"]}
    for path in PIXELS:
        shown = [NOT_STATED.id] if "00001" in path else [BY_NC_ND, BY]
        assert sorted(licences.pop(path)) == sorted(shown)
        (collection,) = ids(entities[path]["isBasedOn"])
        assert len(ids(entities[collection]["hasPart"])) == (1 if "00001" in path else 2)
    assert set(licences.pop("figures/sheet_fgsm.png")) == {BY, BY_NC_ND, NOT_STATED.id}
    assert set(map(tuple, licences.values())) == {(MIT,)}


def test_the_run_is_an_action_of_the_workflow(run, entities):
    action = entities["#run"]
    assert ids(action["instrument"]) == ["workflow/Snakefile"]
    assert {"config.yaml", "#weights", "#images-00000", "#images-00001"} == set(
        ids(action["object"])
    )
    assert {*PIXELS, "answer.txt", CHECKSUMS, "figures/overview.pdf"} <= set(ids(action["result"]))
    assert "agent" not in action
    assert entities["#weights"]["name"] == "mobilenet_v2, weights net.pth"
    assert entities["#weights"]["sha256"] == "5" * 64
    needed = [entities[one] for one in ids(entities["workflow/Snakefile"]["softwareRequirements"])]
    assert {one["name"]: one["softwareVersion"] for one in needed} == PACKAGES
    assert (run / "workflow" / "workflow" / "rules" / "attack.smk").is_file()
    assert not list((run / "workflow").rglob("__pycache__"))
    assert "/home/me" not in json.dumps(list(entities.values()))


def test_scenes_are_described_as_generated(tmp_path):
    settings = {"dataset": {"kind": "demo"}, "model": {}}
    run = write_run(tmp_path / "demo", {"demo-1": {}, "demo-2": {}}, **settings)
    entities = export(run)
    scene = entities["#image-demo-1"]
    assert "Generated by ssimball" in scene["description"]
    assert ids(scene["license"]) == ids(entities["./"]["license"]) == [MIT]
    attribution = (run / ATTRIBUTION).read_text()
    assert "generated by ssimball; no photograph was used" in attribution
    assert "not stated" not in attribution


def test_photographs_of_imagenet_are_under_its_terms(tmp_path):
    settings = {"dataset": {"kind": "foolbox"}, "model": {"num_classes": 1000, "weights": "w.pth"}}
    run = write_run(tmp_path / "demo", {"imagenet_00": {}}, **settings)
    photograph = export(run)["#image-imagenet_00"]
    assert ids(photograph["license"]) == ["https://www.image-net.org/download.php"]
    assert photograph["url"] == "https://github.com/bethgelab/foolbox"
    warning = "1 of 1 images are under ImageNet's terms of access, which do not allow to pass them"
    assert warning in (run / ATTRIBUTION).read_text()


@pytest.mark.parametrize("path", sorted((ROOT / "config" / "networks").glob("*.yaml")))
def test_the_licence_of_a_network_is_that_of_its_overlay(path):
    overlay = path.read_text()
    known = network_licence(yaml.safe_load(overlay)["model"]["sha256"])
    assert known is None or f"Licence: {known.id.rpartition('/')[2]}." in overlay


def test_the_licence_of_the_demos_network_is_known():
    model = yaml.safe_load((ROOT / "config" / "demo.yaml").read_text())["model"]
    assert network_licence(model["sha256"]).id == "https://spdx.org/licenses/Apache-2.0"


def test_without_sources_it_is_a_process_run(run, tmp_path):
    contents, warnings = collect(run, Given("2026-01-31"), Sources(tmp_path))
    graph = {one["@id"]: one for one in metadata(contents)["@graph"]}
    assert any("the sources of the workflow are not at hand" in one for one in warnings)
    assert ids(graph["./"]["conformsTo"]) == ["https://w3id.org/ro/wfrun/process/0.5"]
    assert ids(graph["#run"]["instrument"]) == ["#workflow"]
    assert not any(id_.startswith("workflow/") for id_ in graph)
