"""A run as RO-Crate: it describes the files that exist, and images keep their licences."""

import json
import zipfile
from datetime import date

import numpy as np
import pytest
import yaml
from click.testing import CliRunner
from rocrate.rocrate import ROCrate

from ssimball.cli.main import main
from ssimball.config.model import ModelConfig, PreprocessingConfig
from ssimball.config.stages.images import CleanStage
from ssimball.config.study import effective, load_study
from ssimball.runs.audit.findings import FAILED
from ssimball.runs.audit.registry import CHECKS, audit
from ssimball.runs.crate.collecting import Given, collect
from ssimball.runs.crate.graph import metadata
from ssimball.runs.crate.licences import NOT_STATED, licence
from ssimball.runs.crate.sources import Author, Sources
from ssimball.runs.run import Run
from ssimball.runtime.fingerprint import SOURCE_ROOT, fingerprint
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
ANSWER = """\
table
Verdict. The overlap was set against
two nulls.
  above every null: fgsm
    (+0.2)
Attacks above: none
"""
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
    (folder / "config.yaml").write_text(yaml.safe_dump(effective(study)))
    (folder / "answer.txt").write_text(ANSWER)
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
    (folder / CHECKSUMS).write_text(checksums_text(folder, names))
    return folder


@pytest.fixture
def run(tmp_path):
    return write_run(tmp_path / "mine", MANIFEST)


@pytest.fixture
def entities(run):
    """The entities of the crate written into the run's folder, by id."""
    return export(run)


def export(run, *options):
    done = CliRunner().invoke(main, ["crate", str(run), "--date", "2026-01-31", *options])
    assert done.exit_code == 0, done.output
    graph = json.loads((run / METADATA).read_text())["@graph"]
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


def test_the_root_states_the_verdict_and_the_licences_of_the_pixels(run, entities):
    root = entities["./"]
    assert root["description"].endswith(
        "Verdict. The overlap was set against two nulls. above every null: fgsm (+0.2)"
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


def test_missing_licences_and_authors_are_reported(run, ssimball, capsys):
    assert ssimball("crate", run) == 0
    printed = capsys.readouterr().err
    assert "the licence of 1 of 3 images is not stated" in printed
    assert "the author of 1 of 3 images is not stated" in printed
    assert "1 of 3 images are under licences that do not allow to share changed versions" in printed
    assert "the sources at hand did not make 7 of 7 tables" in printed
    page = (run / ATTRIBUTION).read_text()
    assert "Note: the licence of 1 of 3 images" in page
    assert rf"| a/one.png |  | Frédéric \| B. | [CC BY 2.0]({BY}) | https://x/1 |" in page
    assert f"| b two.png | Two | Ann | [CC BY-NC-ND 4.0]({BY_NC_ND}) | shelf 3 |" in page
    assert "| c.png |  | not stated | Licence not stated |  |" in page


def test_the_audit_accepts_the_files_of_a_crate(run):
    def failures():
        checks = [one for one in CHECKS if one.name in ("checksums", "complete")]
        return [one for one in audit(Run(run), checks) if one.verdict == FAILED]

    before = failures()
    export(run)
    assert failures() == before


def read(folder):
    """Return the bytes of all files, by path."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_equal_exports_have_equal_bytes_and_hold_the_run(run, tmp_path, ssimball):
    for name in ("one", "two"):
        for target in (tmp_path / name, tmp_path / f"{name}.zip"):
            options = ["--date", "2026-01-31", "--output", str(target)]
            assert ssimball("crate", run, *options) == 0
    contents = [read(tmp_path / name) for name in ("one", "two")]
    assert contents[0] == contents[1]
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    assert not (run / METADATA).exists()
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        assert archive.testzip() is None
        files = {name: archive.read(name) for name in archive.namelist()}
    assert files == contents[0]
    graph = json.loads(files[METADATA])["@graph"]
    check_files(tmp_path / "one", {one["@id"]: one for one in graph})
    assert ROCrate(tmp_path / "one.zip").root_dataset["name"] == "ssimball run mine"


def test_a_crate_can_be_written_again(run):
    first = export(run)
    (run / "workflow" / "old.txt").write_text("of an earlier version")
    assert export(run) == first
    assert not (run / "workflow" / "old.txt").exists()


def test_the_publisher_can_state_name_authors_and_licence(run):
    entities = export(run, "--author", "A. Person", "--license", "cc-by-4.0", "--name", "Mine")
    root, by = entities["./"], "https://creativecommons.org/licenses/by/4.0/"
    assert (root["name"], ids(root["license"])[0]) == ("Mine", by)
    assert ids(entities["answer.txt"]["license"]) == [by]
    (author,) = ids(root["author"])
    assert entities[author] == {"@id": author, "@type": "Person", "name": "A. Person"}
    assert ids(entities["#run"]["agent"]) == [author]
    assert ids(entities["workflow/Snakefile"]["license"]) == [MIT]


def test_scenes_of_the_demo_are_described_as_generated(tmp_path, capsys):
    settings = {"dataset": {"kind": "demo"}, "model": {}}
    run = write_run(tmp_path / "demo", {"demo-1": {}, "demo-2": {}}, **settings)
    entities = export(run)
    assert "not stated" not in capsys.readouterr().err
    scene = entities["#image-demo-1"]
    assert "Generated by ssimball" in scene["description"]
    assert ids(scene["license"]) == ids(entities["./"]["license"]) == [MIT]
    assert "generated by ssimball; no photograph was used" in (run / ATTRIBUTION).read_text()


def test_without_sources_it_is_a_process_run(run, tmp_path):
    contents, warnings = collect(run, Given("2026-01-31"), Sources(tmp_path))
    graph = {one["@id"]: one for one in metadata(contents)["@graph"]}
    assert any("the sources of the workflow are not at hand" in one for one in warnings)
    assert ids(graph["./"]["conformsTo"]) == ["https://w3id.org/ro/wfrun/process/0.5"]
    assert ids(graph["#run"]["instrument"]) == ["#workflow"]
    assert not any(id_.startswith("workflow/") for id_ in graph)


def test_tables_of_this_code_are_recognised_by_their_fingerprints(run):
    sources, path = Sources(), "attacks/fgsm/00000.parquet"
    script = SOURCE_ROOT.parent / "workflow" / "scripts" / "attack_shard.py"
    made = Provenance(stage={}, code=fingerprint(script, ["ssimball.attacks.methods.fgsm"]))
    rows = [{"image_id": "a", "status": "failed: x", "label": 0}]
    write_table(run / path, ATTACKS, rows, made)
    tables = [path, "attacks/fgsm/00001.parquet"]
    assert sources.unknown_origin(Run(run), tables) == tables[1:]


def test_authors_are_those_of_the_citation_file(tmp_path):
    (tmp_path / "Snakefile").touch()
    person = {"family-names": "Doe", "given-names": "Jo", "orcid": "https://orcid.org/0-1"}
    cited = {"authors": [person, {"name": "A group"}], "license": "Apache-2.0"}
    (tmp_path / "CITATION.cff").write_text(yaml.safe_dump(cited))
    sources = Sources(tmp_path)
    assert sources.authors == [Author("Jo Doe", "https://orcid.org/0-1", True), Author("A group")]
    assert sources.licence == "Apache-2.0"


@pytest.mark.parametrize(
    ("text", "id_", "name"),
    [
        ("http://www.creativecommons.org/licenses/BY/2.0", BY, "CC BY 2.0"),
        ("https://creativecommons.org/licenses/by/2.0/legalcode", BY, "CC BY 2.0"),
        (f"{BY}de/", f"{BY}de/", "CC BY 2.0 DE"),
        ("cc by-nc-nd 4.0", BY_NC_ND, "CC BY-NC-ND 4.0"),
        ("CC-BY-NC-ND-4.0", BY_NC_ND, "CC BY-NC-ND 4.0"),
        ("CC0", "https://creativecommons.org/publicdomain/zero/1.0/", "CC0 1.0"),
        ("CC0-1.0", "https://creativecommons.org/publicdomain/zero/1.0/", "CC0 1.0"),
        ("MIT", MIT, "MIT License"),
        ("https://x.org/a b", "https://x.org/a%20b", "https://x.org/a b"),
        ("CC BY", "#licence-CC%20BY", "CC BY"),  # without a version there is no text
        ("ask me", "#licence-ask%20me", "ask me"),
        (" ", NOT_STATED.id, NOT_STATED.name),
    ],
)
def test_licences_are_recognised_or_taken_as_written(text, id_, name):
    found = licence(text)
    assert (found.id, found.name) == (id_, name)
    assert found.forbids_changes == ("ND" in name)


def damage(run, how):
    if how == "unfinished":
        (run / CHECKSUMS).unlink()
    elif how == "missing":
        (run / "answer.txt").unlink()
    elif how == "changed":
        (run / "answer.txt").write_text("another answer")


@pytest.mark.parametrize(
    ("how", "options", "message"),
    [
        ("unfinished", [], "no such file; it is written at the end of a run"),
        ("missing", [], f"answer.txt: no such file, but {CHECKSUMS} lists it"),
        ("changed", [], f"answer.txt: is not the file that {CHECKSUMS} lists; audit the run"),
        ("", ["--output", "full"], "full: is not empty"),
        ("", ["--output", "mine/crate"], "mine/crate: lies in the run's folder"),
        ("", ["--output", "file.txt"], "file.txt: is a file; name a folder"),
        ("", ["--date", "yesterday"], "'yesterday' is not a date like 2026-01-31"),
    ],
)
def test_a_crate_that_cannot_be_written_is_refused(
    run, tmp_path, monkeypatch, capsys, ssimball, how, options, message
):
    monkeypatch.chdir(tmp_path)
    damage(run, how)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    (tmp_path / "file.txt").touch()
    assert ssimball("crate", "mine", *options) == 2
    assert message in capsys.readouterr().err
    assert not (run / METADATA).exists()


def test_a_folder_that_is_no_run_is_refused(tmp_path, ssimball, capsys):
    assert ssimball("crate", tmp_path / "gone") == 2
    assert "gone: there is no such folder" in capsys.readouterr().err
