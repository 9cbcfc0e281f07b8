"""The comparison of two runs reports every change, its size and its row, and nothing else."""

import math
import shutil
import zlib

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from ssimball.overlap.metric import SPEARMAN_CAM, TOP_SHARE_CAM
from ssimball.runs.compare.findings import DIFFERENT, EQUAL, WITHIN
from ssimball.runs.compare.keys import KEYS, Matched
from ssimball.runs.compare.runs import compare_runs
from ssimball.runs.compare.tolerances import EXACT, tolerance_of
from ssimball.storage.contracts.attacks import ATTACKS
from ssimball.storage.contracts.maps import EXPLANATIONS
from ssimball.storage.contracts.overlap import COMPARISONS, SUMMARY
from ssimball.storage.contracts.registry import CONTRACTS
from ssimball.storage.images import encode_png
from ssimball.storage.provenance import Provenance
from ssimball.storage.tables import KEY, write_table

STAGE = {"stage": "attack", "settings": {"epsilon": 0.5, "steps": 3}}
CODE = "0" * 64
FGSM = "attacks/fgsm/00000.parquet"
CAM = "explanations/cam/00000.parquet"
IMAGE = np.arange(20 * 50 * 3, dtype=np.uint8).reshape(20, 50, 3) // 2
GRID = np.arange(49, dtype=np.float32).reshape(7, 7) - 8


def attack_rows():
    one = {"status": "attacked", "label": 3, "margin": -1.5, "mean_ssim": 0.99, "predicted": 4}
    more = {"success": True, "step_gaps": [0.5, 0.25], "seconds": 1.0}
    image = {"adversarial_png": encode_png(IMAGE)}
    rows = [{"image_id": name, **one, **more, **image} for name in "abc"]
    return [*rows, {"image_id": "d", "status": "skipped: misclassified", "label": 0}]


def cam_rows():
    asked = {"status": "ok", "label": 3, "image": "clean", "class_index": 3, "logit": 2.0}
    return [
        {"image_id": name, **asked, "explained": explained, "bias": 0.5, "map": GRID}
        for name in "ab"
        for explained in ("label", "predicted")
    ]


def summary_rows():
    return [
        {"attack": "fgsm", **metric.columns(), "n": 3, "n_missing": 0, "mean": 0.25, "p_null": 0.5}
        for metric in (SPEARMAN_CAM, TOP_SHARE_CAM)
    ]


CONTENT = {
    FGSM: (ATTACKS, attack_rows),
    CAM: (EXPLANATIONS, cam_rows),
    "summary.parquet": (SUMMARY, summary_rows),
    "comparisons.parquet": (COMPARISONS, list),
}


@pytest.fixture
def runs(tmp_path):
    """Two equal runs of different names, and ``rewrite`` for a table of the second."""
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.yaml").write_text(f"run: {name}\n")
        for path, (contract, rows) in CONTENT.items():
            write_table(tmp_path / name / path, contract, rows(), origin())

    class Runs:
        first, second = tmp_path / "first", tmp_path / "second"

        def rewrite(self, path, rows=None, **changed):
            contract, unchanged_rows = CONTENT[path]
            rows = rows or unchanged_rows()
            write_table(self.second / path, contract, rows, origin(**changed))

        def compared(self, **options):
            return {one.path: one for one in compare_runs(self.first, self.second, **options)}

        def findings(self, path):
            """Return the findings about a table, and require all other tables to be equal."""
            tables = self.compared()
            assert {name for name in tables if tables[name].findings} <= {path}
            return tables[path].findings

    return Runs()


def origin(**changed):
    return Provenance(**{"stage": STAGE, "code": CODE, **changed})


def changed_rows(path, number, **values):
    rows = CONTENT[path][1]()
    rows[number] |= values
    return rows


def test_names_and_timings_of_equal_runs_do_not_matter(runs, ssimball, capsys):
    runs.rewrite(FGSM, changed_rows(FGSM, 0, seconds=7.0), input_files={"x": "y"})
    assert [one.verdict(exact=True) for one in runs.compared().values()] == [EQUAL] * 4
    assert list(runs.compared()) == [FGSM, CAM, "summary.parquet", "comparisons.parquet"]
    assert ssimball("compare", runs.first, runs.second, "--exact") == 0
    printed = capsys.readouterr().out
    assert printed == "4 tables: 4 equal, 0 within tolerance, 0 different.\n"


@pytest.mark.parametrize(
    ("margin", "excess", "code"), [(-1.502, 0.002 / 0.0025, 0), (-1.504, 0.004 / 0.0025, 1)]
)
def test_a_number_is_within_tolerance_or_different(runs, ssimball, capsys, margin, excess, code):
    """The tolerance of -1.5 is 1e-3 + 1e-3 * 1.5 = 0.0025."""
    runs.rewrite(FGSM, changed_rows(FGSM, 1, margin=margin))
    (found,) = runs.findings(FGSM)
    assert (found.kind, found.what, found.row) == ("numbers", "margin", "b")
    assert (found.cells, found.compared, found.beyond) == (1, 4, code)
    assert found.absolute == pytest.approx(-1.5 - margin)
    assert found.relative == pytest.approx((-1.5 - margin) / -margin)
    assert found.excess == pytest.approx(excess)
    assert found.sides == ("-1.5", str(margin))
    assert ssimball("compare", runs.first, runs.second) == code
    printed = capsys.readouterr().out
    assert (DIFFERENT if code else WITHIN) in printed.splitlines()[2]
    assert "numbers margin 0.00" in printed
    assert ssimball("compare", runs.first, runs.second, "--exact") == 1


def test_the_largest_absolute_and_relative_differences_have_their_own_rows(runs):
    first, second = (
        [{**row, "l1": value} for row, value in zip(attack_rows(), values, strict=True)]
        for values in ((100.0, 1.0, 2.0, None), (101.0, 1.5, 2.0, None))
    )
    write_table(runs.first / FGSM, ATTACKS, first, origin())
    runs.rewrite(FGSM, second)
    (found,) = runs.findings(FGSM)
    assert (found.row, found.absolute) == ("a", 1.0)
    assert (found.relative_row, found.relative) == ("b", pytest.approx(1 / 3))
    assert found.cells == 2


def test_a_changed_pixel_is_reported_in_grey_levels(runs):
    other = IMAGE.copy()
    other[3, 4, 1] += 5
    other[3, 4, 2] += 2
    runs.rewrite(FGSM, changed_rows(FGSM, 2, adversarial_png=encode_png(other)))
    (found,) = runs.findings(FGSM)
    assert (found.kind, found.what, found.row) == ("images", "adversarial_png", "c")
    assert (found.cells, found.parts, found.absolute) == (1, 1, 5.0)
    # One of 1000 pixels may differ.
    assert found.excess == pytest.approx(1)
    other[0, 0] += 1
    runs.rewrite(FGSM, changed_rows(FGSM, 2, adversarial_png=encode_png(other)))
    (found,) = runs.findings(FGSM)
    assert (found.parts, found.verdict(exact=False)) == (2, DIFFERENT)


def test_equal_pixels_in_another_encoding_are_within_tolerance(runs):
    same = encode_png(IMAGE)
    end = same.index(b"IEND") - 4
    comment = b"tEXta\x00b"
    text = (3).to_bytes(4, "big") + comment + zlib.crc32(comment).to_bytes(4, "big")
    runs.rewrite(FGSM, changed_rows(FGSM, 0, adversarial_png=same[:end] + text + same[end:]))
    (found,) = runs.findings(FGSM)
    assert (found.kind, found.cells, found.parts, found.absolute) == ("images", 1, 0, 0.0)
    assert found.verdict(exact=False) == WITHIN


def test_images_of_another_size_and_bytes_that_are_no_image_are_different(runs):
    small = encode_png(IMAGE[:10])
    rows = changed_rows(FGSM, 0, adversarial_png=small)
    rows[1]["adversarial_png"] = b"no image"
    runs.rewrite(FGSM, rows)
    (found,) = runs.findings(FGSM)
    assert (found.cells, found.excess) == (2, math.inf)
    assert found.sides == ("20 x 50", "10 x 50")


def test_maps_and_lists_are_compared_number_by_number(runs):
    """A map may differ by a hundredth of its largest magnitude, 40."""
    other = GRID.copy()
    other[0, 0] += 0.25
    other[6, 6] -= 0.5
    runs.rewrite(CAM, changed_rows(CAM, 3, map=other))
    (found,) = runs.findings(CAM)
    assert (found.kind, found.what, found.row) == ("maps", "map", "b, clean, predicted")
    assert (found.cells, found.parts, found.absolute) == (1, 2, 0.5)
    assert found.excess == pytest.approx(0.5 / 0.4)
    runs.rewrite(CAM)
    runs.rewrite(FGSM, changed_rows(FGSM, 0, step_gaps=[0.5, 0.25, 0.125]))
    (found,) = runs.findings(FGSM)
    assert (found.kind, found.what, found.excess) == ("lists", "step_gaps", math.inf)
    assert found.sides == ("2 numbers", "3 numbers")


def test_words_truth_values_and_nulls_are_counted(runs):
    rows = changed_rows(FGSM, 0, status="failed: x", success=None, margin=None)
    rows[1] |= {"status": "failed: y", "success": False}
    runs.rewrite(FGSM, rows)
    found = {one.what: one for one in runs.findings(FGSM)}
    assert found.keys() == {"status", "success", "margin"}
    assert (found["status"].cells, found["status"].sides) == (2, ("attacked", "failed: x"))
    assert (found["success"].cells, found["success"].sides) == (2, ("True", "null"))
    assert (found["margin"].sides, found["margin"].excess) == (("-1.5", "null"), math.inf)


def test_classes_have_no_tolerance(runs):
    runs.rewrite(FGSM, changed_rows(FGSM, 0, predicted=5))
    (found,) = runs.findings(FGSM)
    assert (found.what, found.absolute, found.excess) == ("predicted", 1.0, math.inf)


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


def test_every_contract_has_keys_and_its_floats_a_tolerance():
    assert KEYS.keys() == {contract.name for contract in CONTRACTS}
    for contract in CONTRACTS:
        names = {column.name for column in contract.columns}
        assert names >= set(KEYS[contract.name])
        for column in contract.columns:
            exact = tolerance_of(contract.name, column.name, "float" in column.type) == EXACT
            image = column.name.endswith("_png") or column.name == "l0"
            assert exact == ("float" not in column.type and not image), column.name
