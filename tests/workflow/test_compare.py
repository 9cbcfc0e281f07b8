"""A finished run equals its copy; a changed cell is named."""

import json
import shutil


def test_a_run_is_equal_to_its_copy_and_a_changed_cell_is_named(
    small_run, tmp_path, ssimball, capsys, forgery
):
    run, copy = small_run.folder / "results" / "small", tmp_path / "other name"
    shutil.copytree(run, copy, ignore=shutil.ignore_patterns("logs"))
    assert ssimball("compare", run, copy, "--exact") == 0
    assert " 0 within tolerance, 0 different." in capsys.readouterr().out

    assert ssimball("compare", run, copy, "--quick", "--artifacts", "clean/*") == 0
    assert capsys.readouterr().out.endswith("tables with equal hashes were not read.\n")

    artifact = "attacks/pgd_l2/00001.parquet"
    forgery.edit(copy, artifact, 1, "margin", 12.0)
    assert ssimball("compare", run, copy) == 1
    first, *_, last = capsys.readouterr().out.strip().splitlines()[2:]
    assert artifact in first
    assert "numbers margin" in first and "/ 12.0" in first
    assert last.endswith("0 within tolerance, 1 different.")

    forgery.relink(copy, artifact)
    assert ssimball("compare", run, copy) == 1
    last = capsys.readouterr().out.strip().splitlines()[-1]
    # The tables made from that table differ in their recorded inputs alone.
    assert last.endswith(" 1 different.") and " 0 within" not in last
    assert ssimball("compare", run, copy, "--json", "--artifacts", artifact) == 1
    (margin,) = (
        one for one in json.loads(capsys.readouterr().out)["tables"] if one["what"] == "margin"
    )
    assert (margin["verdict"], margin["second"]) == ("different", "12.0")
