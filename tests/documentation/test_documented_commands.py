"""What README and pages tell people to type: every command is run here, or it is said where else.

Fences of ``sh`` are typed, those of ``python`` in RUN_PYTHON too; a ``diff`` is applied where it
stands; a fence that begins with the name of a file in ``my/`` is that file. ``tables.py`` says
which commands are run on what, which only as dry runs, and which elsewhere. Pictures are scenes of
the demo, as photographs that a user brings.
"""

import os
import re
import subprocess
import time

import pytest

from .pages import all_pages, everything, fences, steps
from .tables import DRY, EDITS, ELSEWHERE, NOT_DRY, PAGES, ROOT, SUBSTITUTIONS
from .visitor import VENV, Visitor, apply

#: Pages to go through, for who has little time.
ASKED = os.environ.get("SSIMBALL_PAGES", "").split() or PAGES
LANGUAGES = {"", "sh", "python", "yaml", "csv", "diff", "text"}
_COMMAND = re.compile(r"^(make|git|cd|\.venv/bin/\w+|ssimball|snakemake|pip|python) ", re.MULTILINE)


def test_what_is_typed_stands_in_fences_of_sh():
    for page in all_pages():
        for language, content in fences(page):
            assert language in LANGUAGES, (page, language)
            if language in ("", "text"):
                assert not _COMMAND.search(content), (page, content)
        assert page in PAGES or not list(steps(page)), f"{page} has commands; add it to PAGES"


def test_no_entry_of_the_tables_is_out_of_date():
    typed = [step.text for step in everything() if step.kind == "sh"]
    assert set(ELSEWHERE) <= set(typed)
    for part in (*DRY, *NOT_DRY):
        assert any(part in command for command in typed), part
    for number, (old, _) in enumerate(SUBSTITUTIONS):
        seen = typed
        for before, new in SUBSTITUTIONS[:number]:
            seen = [re.sub(before, new, command) for command in seen]
        assert any(re.search(old, command) for command in seen), old


@pytest.mark.parametrize("command", ELSEWHERE)
def test_what_is_run_elsewhere_is_run_there(command):
    place, words = ELSEWHERE[command]
    assert words in (ROOT / place).read_text()


def test_targets_of_make_that_are_named_exist():
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    for page in all_pages():
        text = (ROOT / page).read_text(encoding="utf-8")
        named = re.findall(r"`make ([a-z-]+)", text)
        named += [
            word for step in steps(page) for word in re.findall(r"^make ([a-z-]+)", step.text)
        ]
        assert set(named) <= targets, page


def test_diffs_apply_to_the_code_as_it_is(tmp_path):
    paths = subprocess.check_output(["git", "ls-files", "src", "tests"], cwd=ROOT, text=True)
    for path in filter(str.strip, paths.splitlines()):
        if path.endswith(".py") and (ROOT / path).is_file():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_bytes((ROOT / path).read_bytes())
    for step in everything():
        if step.kind == "diff":
            apply(step.text, tmp_path)
    for edits in EDITS.values():
        for path, old, _ in edits:
            assert old in (ROOT / path).read_text(), (path, old)


@pytest.mark.long
@pytest.mark.skipif(
    not (VENV / "ready").exists(), reason="needs the environment that make sets up: make setup"
)
def test_every_command_does_what_it_says(tmp_path):
    visitor, failures = Visitor(tmp_path), []
    begun = time.monotonic()
    for page in ASKED:
        visitor.prepare(page)
        failures += [failure for step in steps(page) if (failure := visitor.follow(step))]
        took = time.monotonic() - begun
        print(f"{page}: done after {took:.0f} s")
    assert not failures, "\n\n".join(failures)
