"""Parts of the audit by themselves; the audit of a run is in tests/workflow/test_audit.py."""

import numpy as np
import pytest

from ssimball.cli.commands.audit import CHECKS
from ssimball.config.study import load_study
from ssimball.errors import ArtifactError, ImpossibleError
from ssimball.runs.audit.findings import FAILED, OK, Tally
from ssimball.runs.audit.interface import Check
from ssimball.runs.audit.registry import audit
from ssimball.runs.audit.report import kind_of, summary
from ssimball.runs.layout import artifact_of, tables
from ssimball.runs.run import Run
from ssimball.storage.checksums import CHECKSUMS, checksums_text, parse_checksums
from ssimball.storage.contracts.maps import EXPLANATIONS_ATTACKED, SSIM


@pytest.fixture
def listed(tmp_path):
    for name in ("b.txt", "a/c.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    text = checksums_text(tmp_path, ["b.txt", "a/c.txt"])
    (tmp_path / CHECKSUMS).write_text(text)
    return tmp_path


def test_any_flipped_byte_of_the_list_is_found(listed):
    good = (listed / CHECKSUMS).read_bytes()
    checks = [check for check in _checks() if check.name == "checksums"]
    assert [one.verdict for one in audit(Run(listed), checks)] == [OK, OK, OK]
    for place in range(len(good)):
        for bits in (1, 2, 32, 128, 255):
            bad = bytearray(good)
            bad[place] ^= bits
            (listed / CHECKSUMS).write_bytes(bad)
            assert FAILED in [one.verdict for one in audit(Run(listed), checks)], (place, bits)


def _checks():
    from ssimball.runs.audit.registry import CHECKS

    return CHECKS


def test_a_list_that_was_cut_or_leads_out_of_the_run_is_refused(listed):
    good = (listed / CHECKSUMS).read_bytes()
    line = good[: good.index(b"\n") + 1]
    for bad in (good[:-1], good + line, b"", line.replace(b"a/c", b"../c"), good + b"\n"):
        if bad:
            with pytest.raises(ArtifactError):
                parse_checksums(bad)
    assert parse_checksums(good).keys() == {"a/c.txt", "b.txt"}


def test_numbers_are_close_or_a_failure_that_says_where():
    tally = Tally("check", "file")
    tally.close("a", "x", 1.0, 1.0 + 1e-10, 1e-9)
    tally.close("a", "x", None, None, 1e-9)
    tally.close("a", "x", np.zeros((2, 2)), np.zeros((2, 2), np.float32), 0.0)
    assert [one.verdict for one in tally.findings()] == [OK]
    wrong = np.zeros((2, 2))
    wrong[1, 0] = np.nan
    tally.close("b", "y", np.zeros((2, 2)), wrong, 1e-9)
    tally.close("c", "z", None, 1.0, 1e-9)
    tally.close("d", "w", np.zeros(2), np.zeros(3), 1e-9)
    tally.equal("e", "v", True, 1)
    found = [(one.row, one.what) for one in tally.findings()]
    assert found == [("b", "y at (1, 0)"), ("c", "z"), ("d", "w"), ("e", "v")]


def test_what_a_check_raises_is_a_failure_and_what_is_missing_here_is_none(listed):
    def examine(run, artifact, tally):
        raise {"a": ImpossibleError("no network"), "b": KeyError("column")}[artifact]

    found = list(audit(Run(listed), [Check("mine", "", lambda run: ["a", "b"], examine)]))
    assert [one.verdict for one in found] == ["not possible", FAILED]
    assert found[1].reason == "KeyError: 'column'"


def test_a_run_has_the_tables_that_its_configuration_asks_for():
    study = load_study({"attacks": ["fgsm"], "explanations": ["cam"]})
    found = tables(study, ["00000", "00001"])
    assert len(found) == len(set(found))
    assert "attacks/fgsm/00001.parquet" in found
    assert "causal_summary.parquet" in found
    assert "sensitivity.parquet" not in found
    assert {"figures/gaps.parquet", "figures/sheet_fgsm.parquet"} <= set(found)
    assert "figures/sensitivity.parquet" not in found
    one = artifact_of("networks/other/explanations_attacked/fgsm/cam/00001.parquet")
    assert one.contract == EXPLANATIONS_ATTACKED
    assert one.beside(SSIM) == "networks/other/ssim/fgsm/00001.parquet"
    assert kind_of(one.path).startswith("networks/<network>/explanations_attacked/<attack>/")
    with pytest.raises(ArtifactError):
        artifact_of("secret.parquet")


def test_the_command_line_knows_the_checks():
    assert tuple(check.name for check in _checks()) == CHECKS


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["gone"], "there is no such folder"),
        (["empty"], "holds no results of ssimball"),
        (["empty", "--checks", "sim"], "'sim' is not one of"),
        (["empty", "--output", "x.txt"], "ends neither in .csv"),
        (["empty", "--weights", "x.pth"], "'x.pth' does not exist"),
    ],
)
def test_a_wrong_call_is_refused(tmp_path, monkeypatch, capsys, ssimball, options, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    assert ssimball("audit", *options) == 2
    assert message in capsys.readouterr().err


def test_a_configuration_that_cannot_be_read_fails_every_check_of_tables(listed):
    (listed / "config.yaml").write_text("run: [")
    found = list(audit(Run(listed)))
    named = {one.check for one in found if one.artifact == "config.yaml" and one.verdict == FAILED}
    assert {"configuration", "content", "chain", "ssim", "statistics"} <= named
    assert "FAILED" in summary(found)
