"""Nothing is written through a link, read from a pipe, or published that a link names."""

import re
import zipfile

import pandas as pd
import pytest
from markdown import markdown

from ssimball.errors import ArtifactError
from ssimball.report.explorer.contents import write_explorer
from ssimball.report.study_page.page import write_page
from ssimball.report.text.markdown import fenced, without_markup
from ssimball.runs.findings_file import write_findings
from ssimball.storage.atomic import copy_file, replacing, write_text

from . import folders as f

#: Places in a run's folder, whether or not a run has such a file.
LINKS = (
    *("ATTRIBUTION.md", "ro-crate-metadata.json", "workflow/LICENSE", "workflow", "clean"),
    *("config.yaml", "checksums.sha256", f.CLEAN_TABLE, "answer.json", "report", "notes"),
)
COMMANDS = (
    ("audit", "--checks", "checksums"),
    ("crate",),
    ("crate", "--output", "crate.zip"),
    ("show", "a.png"),
)


@pytest.mark.parametrize("place", LINKS)
@pytest.mark.parametrize("target", ["LICENSE", "", "missing"])
def test_a_link_is_named_and_not_followed(copy, outside, run_command, place, target):
    f.replace_by_link(copy / place, outside / target)
    for command, *options in COMMANDS:
        code, printed = run_command(command, copy, *options)
        assert code == 2 and "symbolic link" in printed, command
    assert run_command("compare", copy, copy)[0] == 2
    with pytest.raises(ArtifactError, match="symbolic link"):
        write_page(copy, copy.parent / "page", "Title", "make", None)
    assert not (copy.parent / "page").exists() and not (copy.parent / "crate.zip").exists()


@pytest.mark.parametrize("place", ["config.yaml", "checksums.sha256", f.CLEAN_TABLE, "x"])
def test_a_pipe_is_named_and_not_read(copy, outside, run_command, place):
    f.replace_by_pipe(copy / place)
    for command, *options in COMMANDS:
        code, printed = run_command(command, copy, *options)
        assert code == 2 and "a pipe" in printed, command


def test_the_name_of_a_temporary_file_cannot_be_known(tmp_path, outside):
    path, names = tmp_path / "table", set()
    for _ in range(3):
        with replacing(path) as temporary:
            names.add(temporary.name)
            assert temporary.stat().st_size == 0 and not temporary.is_symlink()
            temporary.write_text("new")
    assert len(names) == 3


@pytest.mark.parametrize("leftover", ["link", "folder"])
def test_what_is_planted_as_a_leftover_harms_nothing(tmp_path, outside, leftover):
    planted = tmp_path / ".table.1.tmp"
    if leftover == "link":
        planted.symlink_to(outside / "LICENSE")
    else:
        planted.mkdir()
    write_text(tmp_path / "table", "new")
    assert (tmp_path / "table").read_text() == "new"


def test_a_file_that_is_a_link_is_replaced_not_written(tmp_path, outside):
    (tmp_path / "findings.csv").symlink_to(outside / "LICENSE")
    write_findings(pd.DataFrame({"a": [1]}), tmp_path / "findings.csv")
    assert not (tmp_path / "findings.csv").is_symlink()


@pytest.mark.parametrize("place", ["file", "folder/file", "../outside/file"])
def test_below_the_root_no_writer_leaves_it(tmp_path, outside, place):
    root = tmp_path / "root"
    root.mkdir()
    (root / "file").symlink_to(outside / "LICENSE")
    (root / "folder").symlink_to(outside)
    source = tmp_path / "source"
    source.write_text("text")
    with pytest.raises(ArtifactError):
        write_text(root / place, "text", root)
    with pytest.raises(ArtifactError):
        copy_file(source, root / place, root)


def test_the_explorer_is_not_written_through_a_link(tmp_path, outside):
    (tmp_path / "report").symlink_to(outside)
    with pytest.raises(ArtifactError, match="symbolic link"):
        write_explorer(None, tmp_path, iter([("report/index.html", b"text")]))


def test_show_writes_into_no_folder_that_a_link_names(copy, outside, run_command):
    (copy.parent / "copy_a").symlink_to(outside)
    assert run_command("show", copy, "a.png")[0] == 2


def test_a_crate_holds_the_files_of_the_run_alone(copy, run_command):
    assert run_command("crate", copy, "--output", "crate.zip")[0] == 0
    with zipfile.ZipFile(copy.parent / "crate.zip") as archive:
        names = archive.namelist()
    assert not [name for name in names if name.startswith("/") or ".." in name.split("/")]
    assert not [name for name in names if any(p.startswith(".") for p in name.split("/"))]


def test_a_cell_stays_a_cell_and_text(tmp_path, run_command):
    cell = f"MIT\n- a line of its own | {f.MARKUP} [link](javascript:alert(1)) ![x](https://x)"
    run = f.write_run(
        tmp_path / "run", dict.fromkeys(("license", "author", "title", "source"), cell)
    )
    f.configure(run, dataset={"kind": "manifest", "manifest": {"path": "/home/me/labels.csv"}})
    code, printed = run_command("crate", run)
    text = (run / "ATTRIBUTION.md").read_text()
    assert code == 0 and "dataset.manifest.path" in printed
    assert "\n- a line" not in text and "<script" not in text
    assert "[link](" not in text and "![x]" not in text


def test_findings_hold_no_formula(tmp_path):
    cells = ["=1+1", "+cmd", "-cmd", "@x", "-1.5", "1e9", "text"]
    write_findings(pd.DataFrame({"found": cells}), tmp_path / "findings.csv")
    written = pd.read_csv(tmp_path / "findings.csv", dtype=str)["found"].tolist()
    assert written == ["'=1+1", "'+cmd", "'-cmd", "'@x", "-1.5", "1e9", "text"]


def test_markdown_of_a_run_is_published_as_text():
    text = f"| a |\n{f.MARKUP} ![x](https://x) [y](javascript:1)\n[z]: https://x"
    published = without_markup(text)
    made = markdown(f"{published}\n[y][z] [z] [y]\n\n", extensions=["tables"])
    assert not re.search("<(a|img|b|script)", made)
    assert without_markup("+0.48 [+0.43, +0.53]*") == "+0.48 [+0.43, +0.53]*"
    assert fenced("```\n# out").splitlines()[0] == "````text"
