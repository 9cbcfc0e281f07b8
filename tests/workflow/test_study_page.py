"""The page of a finished run: the answer and its figure first, and nothing of the machine."""

import pandas as pd
import pytest
import yaml

from ssimball.errors import ArtifactError
from ssimball.report.answer.page import findings_markdown, read_answer, rows_markdown
from ssimball.report.catalogue import FIGURES, TABLES
from ssimball.report.study_page.page import LINES, write_page
from ssimball.storage.tables import stored_content


@pytest.fixture(scope="module")
def run(small_run):
    return small_run.folder / "results" / "small"


@pytest.fixture(scope="module")
def page(run, tmp_path_factory):
    target = tmp_path_factory.mktemp("page")
    write_page(run, target, "Small", "make small", None)
    return target


def test_it_is_short_and_begins_with_the_answer_and_its_figure(page, run):
    text, answer = (page / "README.md").read_text(), read_answer(run / "answer.json")
    assert len(text.splitlines()) <= LINES
    found = findings_markdown(answer)
    assert text.startswith(f"# Small\n\n{found}\n![{FIGURES['evidence'].title}](evidence.png)\n")
    assert rows_markdown(answer) in text
    assert read_answer(page / "answer.json") == answer
    assert (run / "answer.md").read_text() == f"{found}\n{rows_markdown(answer)}"


def test_texts_tables_and_figures_are_those_of_the_run(page, run):
    text, details = ((page / name).read_text() for name in ("README.md", "details.md"))
    table = (run / "comparison.md").read_text().partition("\n\n")[0]
    titles, _, *rows = ([cell.strip() for cell in row.split("|")] for row in table.splitlines())
    shown = ("attack", "smallest local SSIM", "l2", "l∞ × 255", "gradients", "seconds (median)")
    for row in rows:
        assert " | ".join(row[titles.index(title)] for title in shown) in text
    for words in ("causal.txt", "sensitivity.txt"):
        assert (run / words).read_text().rstrip() in details
    for name in TABLES:
        assert stored_content(run / f"{name}.parquet") in text
        copied, own = (pd.read_parquet(at / f"{name}.parquet") for at in (page, run))
        pd.testing.assert_frame_equal(copied, own)
    for name in FIGURES:
        numbers = run / "figures" / f"{name}.parquet"
        drawn = numbers.exists() and len(pd.read_parquet(numbers)) > 0
        assert (page / f"figure_{name}.parquet").exists() == drawn
        assert (page / f"{name}.png").exists() == (f"({name}.png)" in text) == drawn
    assert not list(page.glob("sheet*"))


def test_no_path_of_this_machine_is_on_it(run, tmp_path):
    copy = tmp_path / "run"
    copy.mkdir()
    for path in run.glob("*.*"):
        (copy / path.name).write_bytes(path.read_bytes())
    settings = yaml.safe_load((copy / "config.yaml").read_text())
    settings["dataset"]["manifest"]["path"] = "/somewhere/on/this/labels.csv"
    (copy / "config.yaml").write_text(yaml.safe_dump(settings))
    write_page(copy, tmp_path / "page", "Small", "make small", None)
    made = [path for path in (tmp_path / "page").iterdir() if path.suffix in (".md", ".yaml")]
    texts = "".join(path.read_text() for path in made)
    assert "path: labels.csv" in texts
    assert "somewhere" not in texts and str(tmp_path) not in texts


def test_a_folder_without_results_is_refused(tmp_path):
    with pytest.raises(ArtifactError, match=r"answer\.json: no such file; finish the run first"):
        write_page(tmp_path, tmp_path / "page", "None", "make none", None)
