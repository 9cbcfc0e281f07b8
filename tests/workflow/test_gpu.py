"""A run on a GPU is reproduced bit by bit, and passes the audit on a CPU."""

import pytest


@pytest.mark.gpu
def test_run_on_a_gpu_repeats_itself_and_the_audit_confirms_it_on_the_cpu(
    gpu, workflow_in, small, tmp_path, ssimball
):
    small["execution"]["device"] = gpu
    folders = [tmp_path / name for name in ("first", "second")]
    for folder in folders:
        folder.mkdir()
        outcome = workflow_in(folder).run(small)
        assert outcome.code == 0, outcome.text
    first, second = (folder / "results" / "small" for folder in folders)
    assert ssimball("compare", first, second, "--exact") == 0
    assert ssimball("audit", first) == 0
