"""``ssimball compare`` writes findings, chooses tables, and refuses what is no run."""

import pandas as pd
import pytest

from ssimball.runs.compare.findings import DIFFERENT, EQUAL, WITHIN

from .example import CAM, FGSM, changed_rows


def test_all_findings_go_to_a_file(runs, ssimball, tmp_path):
    runs.rewrite(FGSM, changed_rows(FGSM, 1, margin=-1.501))
    (runs.second / CAM).unlink()
    for name in ("found.csv", "found.parquet"):
        assert ssimball("compare", runs.first, runs.second, "--output", tmp_path / name) == 1
    csv, parquet = pd.read_csv(tmp_path / "found.csv"), pd.read_parquet(tmp_path / "found.parquet")
    for found in (csv, parquet):
        verdicts = dict(zip(found.table, found.verdict, strict=True))
        equal = dict.fromkeys(("summary.parquet", "comparisons.parquet"), EQUAL)
        assert verdicts == {FGSM: WITHIN, CAM: DIFFERENT, **equal}
        row = found[found.table == FGSM].iloc[0]
        assert (row.what, row.row, float(row["first"])) == ("margin", "b", -1.5)


def test_only_the_tables_asked_for_are_compared(runs):
    assert list(runs.compared(pattern="attacks/*")) == [FGSM]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["first", "gone"], "gone: there is no such folder"),
        (["empty", "first"], "empty: holds no results of ssimball"),
        (["first", "bare"], "bare: holds no tables; run the workflow first"),
        (
            ["first", "second", "--artifacts", "x*"],
            "--artifacts x*: matches no table of either run",
        ),
        (["first", "second", "--output", "x.txt"], "must end in .csv or .parquet"),
    ],
)
def test_an_input_without_comparable_tables_is_refused(
    runs, monkeypatch, capsys, ssimball, options, message
):
    monkeypatch.chdir(runs.first.parent)
    for name in ("empty", "bare"):
        (runs.first.parent / name).mkdir()
    (runs.first.parent / "bare" / "config.yaml").write_text("run: bare\n")
    assert ssimball("compare", *options) == 2
    assert message in capsys.readouterr().err
