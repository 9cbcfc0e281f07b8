"""``ssimball crate`` writes a crate, its warnings, and why it cannot."""

import json
import zipfile

import pytest
from rocrate.rocrate import ROCrate

from ssimball.runs.audit.findings import FAILED, NOT_POSSIBLE, OK, Finding
from ssimball.runs.audit.other_code import note_of_code
from ssimball.runs.audit.registry import CHECKS, audit
from ssimball.runs.run import Run
from ssimball.storage.checksums import CHECKSUMS, checksums_text, parse_checksums

from .example import ATTRIBUTION, BY, BY_NC_ND, METADATA, MIT, check_files, export, ids


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


def test_the_audit_knows_the_files_of_a_crate_and_names_others(run):
    def found():
        checks = [one for one in CHECKS if one.name in ("checksums", "crate")]
        return {(one.check, one.artifact): one for one in audit(Run(run), checks)}

    export(run)
    assert {one.verdict for one in found().values()} == {OK}
    assert ("crate", METADATA) in found()
    others = {
        ".DS_Store": (".DS_Store", "clean/.DS_Store"),
        "mine/": ("mine/a.txt", "mine/b/c.txt"),
        "report.html": ("report.html",),
        # Someone may take it for a result.
        "attacks/fgsm/mine.parquet": ("attacks/fgsm/mine.parquet",),
    }
    for name in (name for names in others.values() for name in names):
        (run / name).parent.mkdir(parents=True, exist_ok=True)
        (run / name).write_text("mine")
    (run / "logs").mkdir()
    (run / "logs" / "one.log").write_text("of a job")
    left = {artifact for (_, artifact), one in found().items() if one.verdict == NOT_POSSIBLE}
    assert left == set(others)
    assert "2 files" in found()["checksums", "mine/"].reason


def test_the_audit_notices_a_crate_of_another_run(run):
    export(run)
    (run / "answer.txt").write_text("Another answer.\n")
    listed = parse_checksums((run / CHECKSUMS).read_bytes())
    (run / CHECKSUMS).write_text(checksums_text(run, listed))
    (check,) = (one for one in CHECKS if one.name == "crate")
    failed = [one.what for one in audit(Run(run), [check]) if one.verdict == FAILED]
    assert failed == ["sha256 of answer.txt", f"sha256 of {CHECKSUMS}"]


def test_the_audit_tells_that_other_code_worded_a_text(run):
    """The tables of the example carry a fingerprint that no code has."""
    told = note_of_code(Run(run), [Finding("texts", "answer.txt", "", "", "", "", FAILED)])
    assert told.startswith("Other code than this made 7 of 7 tables.")
    assert note_of_code(Run(run), [Finding("ssim", "answer.txt", "", "", "", "", FAILED)]) == ""


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
