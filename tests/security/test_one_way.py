"""Each dangerous thing is done in one module, where its rule is kept."""

import ast
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "src" / "ssimball"
ALL = sorted(PACKAGE.rglob("*.py"))
#: Calls by the end of their dotted name, and the modules that may make them: first the one that
#: keeps the rule, then those that touch files of this package or of this process only.
ONE_WAY = {
    ("yaml.load", "yaml.safe_load", "yaml.full_load", "yaml.unsafe_load"): ["storage/yaml_files"],
    (
        *("pq.read_table", "pq.read_schema", "pq.read_metadata", "pq.ParquetFile"),
        *("pd.read_parquet", "pandas.read_parquet"),
    ): ["storage/parquet_files"],
    ("Image.open",): [
        *("storage/images", "datasets/decoding"),
        "attacks/methods/corruption",  # what it has just encoded
    ],
    ("torch.load", "pickle.load", "pickle.loads"): [
        "models/checkpoints",
        "runtime/compiling_process",
    ],
    ("os.system", "os.popen", "eval", "exec"): [],
    (".write_text", ".write_bytes"): [
        *("storage/atomic", "runtime/memory", "runtime/compiled_before"),
    ],
    ("shutil.copyfile", "shutil.copy", "shutil.copytree", "shutil.move"): ["storage/atomic"],
    ("click.echo", "click.secho"): ["cli/output"],
    (".read_bytes", ".read_text"): [
        "storage/regular_files",
        # Files of installed packages, of this project, of the system, and logs of an own run.
        *(
            "models/weights",
            "models/names",
            "models/robust_training",
            "report/explorer/contents",
            "report/explorer/layout",
        ),
        *("report/explorer/datatables", "report/study_page/quote", "runtime/fingerprint"),
        *(
            "runtime/memory",
            "runtime/compiled_before",
            "cli/doctor/lock",
            "cli/doctor/project",
            "pipeline/usage",
        ),
        "pipeline/fork_server/server",
        *("pipeline/run_log/closing", "pipeline/run_log/job_logs"),
    ],
}
#: Modules that start other programs, and those that start Python, which go through
#: runtime.processes.
OTHERS = {"cli/doctor/extras", "pipeline/submission_limit", "runs/crate/sources"}
STARTERS = OTHERS | {
    *("runtime/compiling_process", "pipeline/fork_server/start", "pipeline/network_trial"),
    "pipeline/reruns",
}


def name_of(module):
    return module.relative_to(PACKAGE).with_suffix("").as_posix()


@cache
def calls(module):
    """Return the calls of a module, by the dotted name of what is called."""
    nodes = ast.walk(ast.parse(module.read_text("utf-8")))
    return [(ast.unparse(node.func), node) for node in nodes if isinstance(node, ast.Call)]


def does(called, name):
    if name in ("eval", "exec"):  # not the methods of that name
        return called == name
    if name.startswith("."):
        return called.endswith(name) and not called.startswith("package.")
    return called == name or (called.endswith(f".{name}") and "safetensors" not in called)


@pytest.mark.parametrize("names", ONE_WAY, ids=lambda names: names[0])
def test_only_the_module_that_keeps_the_rule_does_it(names):
    others = [
        f"{name_of(module)}: {called}"
        for module in ALL
        if name_of(module) not in ONE_WAY[names]
        for called, _ in calls(module)
        if any(does(called, name) for name in names)
    ]
    assert others == []


def test_python_is_started_without_the_current_folder():
    started = {
        name_of(module): ast.unparse(node)
        for module in ALL
        for called, node in calls(module)
        if called.startswith("subprocess.") or called in ("os.execvp", "os.spawnv")
    }
    assert set(started) == STARTERS | {"pipeline/fork_server/client"}
    for name in STARTERS - OTHERS:
        assert "env=" in started[name], name
        text = (PACKAGE / f"{name}.py").read_text("utf-8")
        assert "python_command(" in text and "python_environment(" in text, name


def test_text_written_as_html_by_the_explorer():
    scripts = (PACKAGE / "report" / "explorer" / "static").glob("*.js")
    found = {
        path.name: count
        for path in scripts
        if (count := sum(path.read_text().count(name) for name in ("innerHTML", "outerHTML")))
    }
    # The function that escapes, and headings made of elements.
    assert found == {"20_text.js": 1, "71_list_columns.js": 1}
