"""The command line: help, completion, exit codes, and the commands that ask Snakemake."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from click.shell_completion import BashComplete
from click.testing import CliRunner

from ssimball.cli.doctor import extras, project, registry
from ssimball.cli.doctor.interface import Check, Finding, State
from ssimball.cli.main import COMMANDS, main
from ssimball.pipeline import reruns
from ssimball.pipeline.reruns import Job
from ssimball.pipeline.usage import JobUsage

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(name):
    done = CliRunner().invoke(main, [name, "--help"])
    assert done.exit_code == 0
    assert f"ssimball {name}" in done.output.partition("Examples:")[2]
    page = (ROOT / "docs" / "command_line.md").read_text()
    for option in main.get_command(None, name).params:
        long_names = [text for text in option.opts if text.startswith("--")]
        assert not long_names or f"`{long_names[0]}" in page, (name, long_names)


def test_help_does_not_import_slow_packages():
    code = "import sys\nfrom ssimball.cli.main import main\ntry:\n    main(['--help'])\nfinally:\n"
    code += "    slow = {'torch', 'numpy', 'pandas', 'pyarrow', 'pydantic'} & set(sys.modules)\n"
    code += "    assert not slow, slow\n"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert all(name in done.stdout for name in COMMANDS)


def test_the_package_runs_as_a_program(tmp_path):
    command = [sys.executable, "-m", "ssimball", "show", str(tmp_path), "x"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"ssimball: {tmp_path}: holds no results")


def completed(words, incomplete):
    completion = BashComplete(main, {}, "ssimball", "_SSIMBALL_COMPLETE")
    return [item.value for item in completion.get_completions(words, incomplete)]


def test_commands_attacks_checks_and_runs_are_completed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("one", "other"):
        (tmp_path / "results" / name / "attacks" / "fgsm").mkdir(parents=True)
        (tmp_path / "results" / name / "config.yaml").touch()
    assert completed([], "c") == ["compare", "confirm", "crate", "compile"]
    assert completed(["attack", "x.png", "--attack"], "ssim_b") == [
        *("ssim_ball", "ssim_ball_fw", "ssim_ball_conic", "ssim_ball_control"),
    ]
    assert completed(["audit", "results/one", "--checks"], "co") == [
        *("complete", "configuration", "content"),
    ]
    assert completed(["audit"], "results/o") == ["results/one", "results/other"]
    assert completed(["show", "results/one", "x", "--attack"], "") == ["fgsm"]
    assert completed(["show", "--attack"], "") == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_click_prints_the_completion_script_of_a_shell(shell, ssimball, monkeypatch, capsys):
    monkeypatch.setenv("_SSIMBALL_COMPLETE", f"{shell}_source")
    assert ssimball() == 0
    assert "_SSIMBALL_COMPLETE" in capsys.readouterr().out


@pytest.fixture
def planned(monkeypatch, tmp_path):
    """A project folder with a replaced dry run; returns the arguments that it is called with."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / reruns.PROFILE).mkdir(parents=True)
    calls = []
    job = Job("overlap", {}, "Missing output files: results/x/overlap.parquet", 0)

    def dry_run(arguments):
        calls.append(list(arguments))
        return (3, "no such target\n", []) if "nothing" in arguments else (0, "", [job])

    monkeypatch.setattr(reruns, "dry_run", dry_run)
    return calls


def test_reruns_passes_arguments_on_and_prints_reasons(planned, ssimball, capsys):
    given = ["overlap", "--config", "seed=1", "-c2", "--configfile", "x.yaml"]
    assert ssimball("reruns", *given) == 0
    assert planned == [given]
    assert capsys.readouterr().out == "overlap: it has not been made yet\n"
    assert ssimball("reruns", "nothing") == 3
    assert "no such target" in capsys.readouterr().err


def test_forecast_reads_the_pilot_and_passes_the_rest_on(planned, tmp_path, ssimball, capsys):
    logs = tmp_path / "pilot" / "logs"
    logs.mkdir(parents=True)
    (logs / "a.log").write_text(JobUsage("overlap", {}, 0, 60.0, 100.0, 1.0, "cpu").log_line())
    given = ["--configfile", "x.yaml", "--config", "seed=1"]
    assert ssimball("forecast", "pilot", *given, "--cores", 2) == 0
    assert planned == [given]
    assert "About 0 minutes on 2 otherwise idle cores" in capsys.readouterr().out
    assert ssimball("forecast", "pilot", "--json") == 0
    (forecast,) = json.loads(capsys.readouterr().out)["jobs"]
    assert (forecast["rule"], forecast["seconds"]) == ("overlap", 60)
    assert ssimball("forecast", "pilot", "--runtimes", "minutes.yaml") == 0
    minutes = yaml.safe_load(Path("minutes.yaml").read_text())["execution"]["runtimes"]
    assert minutes == {"overlap": 15}
    assert ssimball("forecast", "gone") == 2
    assert "no log of a finished job" in capsys.readouterr().err


def test_options_of_snakemake_do_not_stand_for_the_pilot(planned, tmp_path, ssimball, capsys):
    assert ssimball("forecast", "--configfile", "config/demo.yaml", tmp_path) == 2
    assert "'--configfile' is an option; name the results folder first" in capsys.readouterr().err
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "cut.log").write_text('ssimball: usage {"rule":')
    assert ssimball("forecast", tmp_path) == 2
    assert f"ssimball: {tmp_path}" in capsys.readouterr().err


def test_the_most_similar_command_is_named(ssimball, capsys):
    assert ssimball("audti") == 2
    assert "Did you mean 'audit'?" in capsys.readouterr().err


def test_former_names_work_and_say_the_present_one(planned, ssimball, capsys):
    assert ssimball("why", "overlap") == 0
    printed = capsys.readouterr()
    assert printed.out == "overlap: it has not been made yet\n"
    assert "why is now called reruns" in printed.err


def test_commands_about_snakemake_need_the_project_folder(tmp_path, monkeypatch, ssimball, capsys):
    monkeypatch.chdir(tmp_path)
    assert ssimball("reruns") == 2
    assert "run this command in the project's folder" in capsys.readouterr().err


def test_the_doctor_fails_only_for_what_the_demo_needs(monkeypatch, ssimball, capsys):
    def broken():
        raise ImportError("no such package")

    disk = Check("disk", lambda: Finding(State.OK, "1 GiB"), is_needed=True)
    monkeypatch.setattr(registry, "CHECKS", (disk, Check("SLURM", broken)))
    assert ssimball("doctor", "--json") == 0
    findings = json.loads(capsys.readouterr().out)
    assert [(finding["name"], finding["state"]) for finding in findings] == [
        ("disk", "ok"),
        ("SLURM", "not needed"),
    ]
    assert "ImportError: no such package" in findings[1]["found"]
    monkeypatch.setattr(registry, "CHECKS", (Check("disk", broken, is_needed=True),))
    assert ssimball("doctor") == 1
    assert capsys.readouterr().out.startswith("disk      missing     cannot be checked")


def test_the_doctor_compares_packages_with_the_lock(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "envs").mkdir()
    pins = ("click==0.0.1", 'numpy==0.0.2 ; python_version < "3"', "nosuchpackage==1")
    lock = "".join(f"{pin} \\\n    --hash=sha256:00\n" for pin in pins)
    (tmp_path / "envs" / "requirements.lock").write_text(lock)
    finding = project.packages()
    assert finding.state == State.OK
    assert finding.found.startswith("0 as in envs/requirements.lock")
    assert "click " in finding.found and "(0.0.1)" in finding.found
    assert "numpy" not in finding.found
    assert "not needed to run: nosuchpackage" in finding.found
    assert project.project_folder().state == State.MISSING


def test_a_package_that_cannot_be_imported_is_one_sentence(monkeypatch, tmp_path, ssimball, capsys):
    """As where modules of a cluster set PYTHONPATH to the packages of another Python."""
    monkeypatch.setenv("PYTHONPATH", "")
    monkeypatch.setitem(sys.modules, "ssimball.cli.commands.show", None)
    assert ssimball("show") == 2
    assert "package is missing or damaged; install again: remove .venv" in capsys.readouterr().err
    (tmp_path / "numpy").mkdir()
    monkeypatch.setenv("PYTHONPATH", f"{ROOT / 'src'}{os.pathsep}{tmp_path}")
    assert ssimball("show") == 2
    refusal = f"ssimball: PYTHONPATH: {tmp_path}/numpy hides an installed package"
    assert capsys.readouterr().err.startswith(refusal)
    assert f"PYTHONPATH has {tmp_path}/numpy: unset PYTHONPATH" in project.packages().found


def test_the_doctor_does_not_wait_for_a_controller_that_does_not_answer(monkeypatch, tmp_path):
    for name in ("sbatch", "squeue", "sinfo", "scontrol", "sacct"):
        (tmp_path / name).write_text("#!/bin/sh\nexec sleep 60\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(extras, "SLURM_TIMEOUT", 0.2)
    finding = extras.slurm()
    assert finding.state == State.NOT_NEEDED
    assert "does not answer within 0.2 s" in finding.found
