"""Single parts of the audit; tests/workflow/test_audit.py audits a whole run."""

import numpy as np
import pytest

from ssimball.cli.commands.audit import CHECKS as CHECK_NAMES
from ssimball.config.study import load_study
from ssimball.errors import ArtifactError, ImpossibleError
from ssimball.runs.audit.findings import FAILED, OK, Tally
from ssimball.runs.audit.interface import Check
from ssimball.runs.audit.registry import CHECKS, audit
from ssimball.runs.audit.report import kind_of, summary
from ssimball.runs.layout import artifact_of, table_paths
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


def verdicts(folder, checks):
    return [finding.verdict for finding in audit(Run(folder), checks)]


def test_any_flipped_byte_of_the_list_is_found(listed):
    good = (listed / CHECKSUMS).read_bytes()
    checks = [check for check in CHECKS if check.name == "checksums"]
    assert verdicts(listed, checks) == [OK, OK, OK]
    for offset in range(len(good)):
        for bits in (1, 2, 32, 128, 255):
            bad = bytearray(good)
            bad[offset] ^= bits
            (listed / CHECKSUMS).write_bytes(bad)
            assert FAILED in verdicts(listed, checks), (offset, bits)


def test_a_list_with_lines_as_on_windows_is_one_failure(listed):
    path = listed / CHECKSUMS
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    checks = [check for check in CHECKS if check.name == "checksums"]
    (found,) = [one for one in audit(Run(listed), checks) if one.verdict == FAILED]
    assert (found.artifact, found.what) == (CHECKSUMS, "ends of lines")


def test_a_list_that_is_cut_off_or_names_files_outside_the_run_is_refused(listed):
    good = (listed / CHECKSUMS).read_bytes()
    line = good[: good.index(b"\n") + 1]
    for bad in (good[:-1], good + line, b"", line.replace(b"a/c", b"../c"), good + b"\n"):
        if bad:
            with pytest.raises(ArtifactError):
                parse_checksums(bad)
    assert parse_checksums(good).keys() == {"a/c.txt", "b.txt"}


def test_numbers_that_are_not_close_fail_with_their_index():
    tally = Tally("check", "file")
    tally.close("a", "x", 1.0, 1.0 + 1e-10, 1e-9)
    tally.close("a", "x", None, None, 1e-9)
    tally.close("a", "x", np.zeros((2, 2)), np.zeros((2, 2), np.float32), 0.0)
    assert [finding.verdict for finding in tally.findings()] == [OK]
    wrong = np.zeros((2, 2))
    wrong[1, 0] = np.nan
    tally.close("b", "y", np.zeros((2, 2)), wrong, 1e-9)
    tally.close("c", "z", None, 1.0, 1e-9)
    tally.close("d", "w", np.zeros(2), np.zeros(3), 1e-9)
    tally.equal("e", "v", True, 1)
    found = [(f.row, f.what) for f in tally.findings()]
    assert found == [("b", "y at (1, 0)"), ("c", "z"), ("d", "w"), ("e", "v")]


def test_rows_of_which_few_are_in_memory_are_compared_and_counted():
    tally = Tally("check", "file")
    derived, stored = iter([{"x": 1.0}, {"x": 2.0}, {}]), iter([{"x": 1.5}, {"x": 2.0}])
    tally.rows(["x"], derived, stored, 1e-9)
    found = [(f.row, f.what, f.expected, f.found) for f in tally.findings()]
    assert found == [("", "rows", "3", "2"), ("0", "x", "1", "1.5")]


def test_an_exception_is_a_failure_and_a_missing_network_is_not(listed):
    def examine(run, artifact, tally):
        raise {"a": ImpossibleError("no network"), "b": KeyError("column")}[artifact]

    findings = list(audit(Run(listed), [Check("mine", "", lambda run: ["a", "b"], examine)]))
    assert [finding.verdict for finding in findings] == ["not possible", FAILED]
    assert findings[1].reason == "KeyError: 'column'"


def test_the_configuration_determines_the_tables_of_a_run():
    study = load_study({"attacks": ["fgsm", "ssim_ball"], "explanations": ["cam"]})
    paths = table_paths(study, ["00000", "00001"])
    assert len(paths) == len(set(paths))
    assert "attacks/fgsm/00001.parquet" in paths
    assert "causal_summary.parquet" in paths
    assert "sensitivity.parquet" not in paths
    assert {"figures/gaps.parquet", "figures/sheet_fgsm.parquet"} <= set(paths)
    assert "figures/sensitivity.parquet" not in paths
    artifact = artifact_of("networks/other/explanations_attacked/fgsm/cam/00001.parquet")
    assert artifact.contract == EXPLANATIONS_ATTACKED
    assert artifact.sibling(SSIM) == "networks/other/ssim/fgsm/00001.parquet"
    assert kind_of(artifact.path).startswith("networks/<network>/explanations_attacked/<attack>/")
    with pytest.raises(ArtifactError):
        artifact_of("secret.parquet")


def test_the_command_line_offers_all_checks():
    assert tuple(check.name for check in CHECKS) == CHECK_NAMES


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["gone"], "there is no such folder"),
        (["empty"], "holds no results of ssimball"),
        (["empty", "--checks", "sim"], "'sim' is not one of"),
        (["empty", "--output", "x.txt"], "must end in .csv or .parquet"),
        (["empty", "--weights", "x.pth"], "'x.pth' does not exist"),
        (["listed", "--checks", "checksums", "--artifacts", "none*"], "no file of the run matches"),
        (["unfolded"], r"holds a file 'attacks\\fgsm', whose name holds folders"),
        (["listed", "--expect", "f876bbef62ec"], "'f876bbef62ec' is not 64 digits"),
        (["listed", "--weights", "other=listed/a.txt"], "the run has no other network 'other'"),
    ],
)
def test_invalid_arguments_are_refused(tmp_path, monkeypatch, capsys, ssimball, options, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "listed").mkdir()
    (tmp_path / "listed" / "a.txt").write_text("a")
    (tmp_path / "listed" / "config.yaml").write_text("seed: 0")
    (tmp_path / "listed" / CHECKSUMS).write_text(checksums_text(tmp_path / "listed", ["a.txt"]))
    (tmp_path / "unfolded").mkdir()
    for name in ("config.yaml", r"attacks\fgsm"):
        (tmp_path / "unfolded" / name).write_text("seed: 0")
    assert ssimball("audit", *options) == 2
    assert message in capsys.readouterr().err


def test_a_configuration_that_cannot_be_read_fails_every_check_of_tables(listed):
    (listed / "config.yaml").write_text("run: [")
    findings = list(audit(Run(listed)))
    failures = [f for f in findings if f.artifact == "config.yaml" and f.verdict == FAILED]
    assert {"configuration", "content", "chain", "ssim", "statistics"} <= {
        f.check for f in failures
    }
    assert "FAILED" in summary(findings, 1.0)
