"""Differences of rows, columns, origins and files are reported, and nothing else."""

import shutil

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from ssimball.runs.compare.findings import EQUAL, WITHIN
from ssimball.runs.compare.keys import KEYS, Matched
from ssimball.runs.compare.report import beginnings, summary
from ssimball.runs.compare.tolerances import EXACT, tolerance_of
from ssimball.storage.contracts.overlap import SUMMARY
from ssimball.storage.contracts.registry import CONTRACTS
from ssimball.storage.tables import KEY, write_table

from .example import CAM, FGSM, attack_rows, changed_rows, origin, summary_rows


def test_names_and_timings_of_equal_runs_do_not_matter(runs, ssimball, capsys):
    runs.rewrite(FGSM, changed_rows(FGSM, 0, seconds=7.0), input_files={"x": "y"})
    assert [one.verdict(exact=True) for one in runs.compared().values()] == [EQUAL] * 4
    assert list(runs.compared()) == [FGSM, CAM, "summary.parquet", "comparisons.parquet"]
    assert ssimball("compare", runs.first, runs.second, "--exact") == 0
    printed = capsys.readouterr().out
    assert printed == "4 tables: 4 equal, 0 within tolerance, 0 different.\n"


def test_rows_are_matched_by_their_keys(runs):
    rows = attack_rows()
    rows = [rows[2], {**rows[0], "margin": -2.0}, {**rows[3], "image_id": "e"}]
    runs.rewrite(FGSM, rows)
    found = {(one.kind, one.sides[0]): one for one in runs.findings(FGSM)}
    assert found.keys() == {
        ("rows", "there"),
        ("rows", "not there"),
        ("order", ""),
        ("numbers", "-1.5"),
    }
    assert found["rows", "there"].row == "b; d"
    assert (found["rows", "there"].cells, found["rows", "there"].compared) == (2, 5)
    assert found["rows", "not there"].row == "e"
    assert found["numbers", "-1.5"].row == "a"


def test_keys_that_occur_twice_and_nulls_in_keys_are_matched_in_order():
    first = pd.DataFrame({"a": ["x", "x", None], "b": [1.0, 1.0, np.nan]})
    second = pd.DataFrame({"a": [None, "x", "y"], "b": [np.nan, 1.0, 1.0]})
    found = Matched(first, second)
    assert found.pairs.tolist() == [[0, 1], [2, 0]]
    assert (found.only_first.tolist(), found.only_second.tolist()) == ([1], [2])
    assert not found.in_order
    assert found.label(2) == "-, -"


def test_other_settings_are_reported_key_by_key(runs, ssimball, capsys):
    stage = {"stage": "attack", "settings": {"epsilon": 0.25, "rounds": 3}}
    runs.rewrite(FGSM, stage=stage)
    found = {one.what: one.sides for one in runs.findings(FGSM)}
    assert found == {
        "settings.epsilon": ("0.5", "0.25"),
        "settings.steps": ("3", "not there"),
        "settings.rounds": ("not there", "3"),
    }
    assert ssimball("compare", runs.first, runs.second) == 1
    assert "settings settings.epsilon is 0.5 / 0.25 (1 table)" in capsys.readouterr().out


def test_other_code_packages_devices_and_inputs_alone_are_no_difference(runs, ssimball, capsys):
    packages = {**origin().packages, "torch": "0.0.1"}
    made = {"code": "1" * 64, "device": "cuda", "inputs": {"clean/00000.parquet": "a"}}
    runs.rewrite(FGSM, packages=packages, **made)
    found = runs.findings(FGSM)
    assert {one.kind for one in found} == {"code", "packages", "device", "inputs"}
    assert runs.compared()[FGSM].verdict() == WITHIN
    assert ssimball("compare", runs.first, runs.second) == 0
    printed = capsys.readouterr().out
    assert "other code (1 table)" in printed
    assert "device is cpu / cuda (1 table)" in printed
    assert f"packages torch is {origin().packages['torch']} / 0.0.1 (1 table)" in printed


def test_a_table_that_one_run_lacks_is_named(runs, ssimball, capsys):
    (runs.second / CAM).unlink()
    shutil.copy(runs.second / FGSM, runs.second / "summary.txt")
    (runs.first / "attacks" / "deepfool").mkdir()
    shutil.copy(runs.first / FGSM, runs.first / "attacks" / "deepfool" / "00000.parquet")
    assert ssimball("compare", runs.first, runs.second) == 1
    printed = capsys.readouterr().out
    assert f"not in the second run: attacks/deepfool/00000.parquet, {CAM}" in printed
    assert (
        "5 tables: 3 equal, 0 within tolerance, 2 different (2 of them in one run alone)."
        in printed
    )


def test_a_damaged_table_is_named(runs):
    (runs.second / CAM).write_bytes(b"PAR1")
    (found,) = runs.findings(CAM)
    assert found.kind == "file"
    assert "damaged or not Parquet" in found.what


def test_a_changed_cell_behind_an_unchanged_hash_is_found_unless_hashes_are_trusted(runs):
    table = pq.read_table(runs.second / "summary.parquet")
    means = table.column("mean").to_numpy().copy()
    means[1] = 0.75
    index = table.column_names.index("mean")
    edited = table.set_column(index, table.field(index), [means])
    assert edited.schema.metadata[KEY] == table.schema.metadata[KEY]
    pq.write_table(edited, runs.second / "summary.parquet")
    number, content = runs.findings("summary.parquet")
    assert (number.row, number.absolute) == ("fgsm, top_share, cam, deficit", 0.5)
    assert content.kind == "content"
    assert not any(one.findings for one in runs.compared(by_hash=True).values())


def test_columns_that_one_table_lacks_are_named(runs):
    table = pq.read_table(runs.second / "summary.parquet")
    pq.write_table(table.drop_columns(["median"]), runs.second / "summary.parquet")
    found = runs.findings("summary.parquet")
    assert (found[0].kind, found[0].what) == ("columns", "median")


def test_every_contract_has_keys_and_its_floats_a_tolerance():
    assert KEYS.keys() == {contract.name for contract in CONTRACTS}
    for contract in CONTRACTS:
        names = {column.name for column in contract.columns}
        assert names >= set(KEYS[contract.name])
        for column in contract.columns:
            exact = tolerance_of(contract.name, column.name, "float" in column.type) == EXACT
            image = column.name.endswith("_png") or column.name == "l0"
            assert exact == ("float" not in column.type and not image), column.name


def test_differences_begin_where_no_input_differs(runs):
    for folder, mean in ((runs.first, 0.25), (runs.second, 0.75)):
        rows = [{**row, "mean": mean} for row in summary_rows()]
        made_from = origin(inputs={FGSM: "1" * 64})
        write_table(folder / "summary.parquet", SUMMARY, rows, made_from)
    assert beginnings(list(runs.compared().values())) == ["summary.parquet"]
    runs.rewrite(FGSM, changed_rows(FGSM, 0, margin=-9.0))
    tables = list(runs.compared().values())
    assert beginnings(tables) == [FGSM]
    assert f"differences begin in: {FGSM}" in summary(tables, exact=False)
