"""The page of a finished run: texts, tables and figures with their hashes, but no paths."""

import pandas as pd
import pytest
import yaml

from ssimball.errors import ArtifactError
from ssimball.report.catalogue import FIGURES, TABLES
from ssimball.report.study_page import write_page
from ssimball.storage.tables import stored_content


@pytest.fixture(scope="module")
def page(small_run, tmp_path_factory):
    target = tmp_path_factory.mktemp("page")
    write_page(small_run.folder / "results" / "small", target, "Small", "make small")
    return target


def test_texts_tables_and_figures_are_those_of_the_run(page, small_run):
    run, text = small_run.folder / "results" / "small", (page / "README.md").read_text()
    for words in ("answer.md", "causal.txt", "sensitivity.txt", "comparison.md", "details.md"):
        assert (run / words).read_text().rstrip() in text
    for name in TABLES:
        assert stored_content(run / f"{name}.parquet") in text
        copied, own = (pd.read_parquet(at / f"{name}.parquet") for at in (page, run))
        pd.testing.assert_frame_equal(copied, own)
    for name in FIGURES:
        drawn = (run / "figures" / f"{name}.png").exists()
        assert (page / f"figure_{name}.parquet").exists() == drawn
        assert (page / f"{name}.png").exists() == (f"({name}.png)" in text) == drawn
    assert not list(page.glob("sheet*"))


def test_no_path_of_this_machine_is_on_it(page, small_run, tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    for path in (small_run.folder / "results" / "small").glob("*.*"):
        (run / path.name).write_bytes(path.read_bytes())
    settings = yaml.safe_load((run / "config.yaml").read_text())
    settings["dataset"]["manifest"]["path"] = "/somewhere/on/this/labels.csv"
    (run / "config.yaml").write_text(yaml.safe_dump(settings))
    write_page(run, tmp_path / "page", "Small", "make small")
    text = (tmp_path / "page" / "README.md").read_text()
    assert "path: labels.csv" in text and "somewhere" not in text


def test_a_folder_without_results_is_refused(tmp_path):
    with pytest.raises(ArtifactError, match=r"there is no summary\.parquet; finish the run first"):
        write_page(tmp_path, tmp_path / "page", "None", "make none")
