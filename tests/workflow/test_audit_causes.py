"""One change of a run is one group of failures, under the file that was changed.

Each case audits a small run, which takes some seconds.
"""

import shutil

import pytest

from ssimball.runs.audit.causes import with_causes
from ssimball.runs.audit.registry import CHECKS, audit
from ssimball.runs.audit.report import as_json_value, groups, summary
from ssimball.runs.run import Run
from ssimball.storage.checksums import CHECKSUMS, checksums_text, parse_checksums

ATTACK, BALL, CLEAN = (
    f"{folder}/00000.parquet" for folder in ("attacks/pgd_l2", "attacks/ssim_ball", "clean")
)
HASHES = ("checksums", "complete", "chain")


@pytest.fixture
def copy(small_run, tmp_path):
    """A copy of the small run to change."""
    source = small_run.folder / "results" / "small"
    shutil.copytree(source, tmp_path / "small", ignore=shutil.ignore_patterns("logs"))
    return tmp_path / "small"


@pytest.fixture
def change(copy, forgery):
    """``change(how)``: make one change, and return the path of the file that it changes."""

    def cell(artifact, column, value):
        forgery.edit(copy, artifact, 0, column, value)
        return artifact

    def flipped():
        rows = Run(copy).rows(ATTACK)
        number = next(n for n, row in enumerate(rows) if row["success"] is not None)
        forgery.edit(copy, ATTACK, number, "success", not rows[number]["success"])
        return ATTACK

    def moved():
        perturbation = Run(copy).rows(BALL, "perturbation")[0]["perturbation"].copy()
        perturbation[0, 5, 5] += 0.05
        return cell(BALL, "perturbation", perturbation)

    def text(name, old, new):
        content = (copy / name).read_text()
        assert old in content
        (copy / name).write_text(content.replace(old, new, 1))
        return name

    def deleted(name):
        (copy / name).unlink()
        return name

    return {
        "value": flipped,
        "perturbation": moved,
        "summary": lambda: cell("summary.parquet", "ci_low", -0.9),
        "picture": lambda: cell(CLEAN, "image_png", Run(copy).rows(CLEAN)[1]["image_png"]),
        "deleted": lambda: deleted("ssim/fgsm/00000.parquet"),
        "deleted attack": lambda: deleted("attacks/fgsm/00000.parquet"),
        "configuration": lambda: text("config.yaml", "\nseed: 0", "\nseed: 1"),
        "answer": lambda: text("answer.txt", "ssim_ball", "fgsm"),
    }


def relist(folder):
    """List the files that there are."""
    path = folder / CHECKSUMS
    names = [name for name in parse_checksums(path.read_bytes()) if (folder / name).is_file()]
    path.write_text(checksums_text(folder, names))


def found(folder, checks):
    chosen = [check for check in CHECKS if check.name in checks]
    run = Run(folder)
    return with_causes(list(audit(run, chosen)), run)


@pytest.mark.parametrize("how", ["bytes", "listed again"])
@pytest.mark.parametrize(
    ("what", "further"),
    [
        ("value", ("rows",)),
        ("perturbation", ()),
        ("summary", ("texts",)),
        ("picture", ("rows",)),
        ("deleted", ("content",)),
        ("deleted attack", ("content", "rows")),
        ("configuration", ("settings",)),
        ("answer", ("texts",)),
    ],
)
def test_a_changed_file_is_the_cause_of_all_failures(copy, change, what, further, how):
    changed = change[what]()
    if how == "listed again":
        relist(copy)
    findings = found(copy, (*HASHES, *further))
    grouped = groups(findings)
    assert list(grouped) == [changed], summary(findings, 1.0)
    printed = summary(findings, 1.0)
    assert printed.startswith(f"FAILED {changed}: ")
    assert printed.splitlines()[-1].startswith("FAILED: ") and "delete" not in printed
    if how == "bytes" and what in ("value", "perturbation", "picture"):
        assert len({one.artifact for one in grouped[changed]}) > 3


@pytest.mark.parametrize(
    ("what", "checks"),
    [("value", ("rows", "statistics")), ("picture", ("sources", "references"))],
)
def test_where_all_hashes_are_made_again_the_first_file_that_fails_is_the_cause(
    copy, change, forgery, what, checks
):
    changed = change[what]()
    forgery.relink(copy, changed)
    findings = found(copy, (*HASHES, *checks))
    assert list(groups(findings)) == [changed], summary(findings, 1.0)


def test_two_changes_are_two_groups_and_the_json_has_all(copy, change):
    changed = {change["value"](), change["answer"]()}
    findings = found(copy, (*HASHES, "texts"))
    value = as_json_value(findings, 1.0, "0" * 64)
    assert set(value["causes"]) == changed and not value["passed"]
    # The published number stands for files that these are not.
    assert value["sha256"] is None
    failed = [one for one in value["findings"] if one["verdict"] == "failed"]
    assert {one["cause"] for one in failed} == changed
    assert len(failed) == sum(value["causes"].values())


def test_a_wrong_line_in_the_list_is_no_change_of_its_file(copy):
    path = copy / CHECKSUMS
    lines = path.read_text().splitlines(keepends=True)
    number = next(n for n, line in enumerate(lines) if line.endswith(f"{ATTACK}\n"))
    lines[number] = ("1" if lines[number][0] == "0" else "0") + lines[number][1:]
    path.write_text("".join(lines))
    assert list(groups(found(copy, (*HASHES, "content")))) == [CHECKSUMS]
