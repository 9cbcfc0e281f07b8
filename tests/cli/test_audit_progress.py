"""The lines of an audit at work: a line for each check that ended, and the time that is left."""

from ssimball.cli.audit_progress import AuditProgress
from ssimball.runs.audit.findings import FAILED, Finding
from ssimball.runs.audit.interface import Check
from ssimball.runs.audit.tasks import Task

FAST, SLOW = (
    Check(name, f"it is {name}", lambda run: [], lambda run, path, tally: None, cost=cost)
    for name, cost in (("fast", 1.0), ("slow", 50.0))
)


def test_lines_and_the_time_that_is_left(capsys):
    now = [0.0]
    tasks = [Task(FAST, "a"), Task(FAST, "b"), Task(SLOW, "a"), Task(SLOW, "b")]
    progress = AuditProgress(tasks, images=1.0, processes=1, now=lambda: now[0])
    progress.begin()
    now[0] = 5.0
    progress.waiting([False] * 4)
    now[0] = 30.0
    progress.waiting([True, True, False, False])
    failure = Finding("fast", "b", "", "", "", "", FAILED)
    progress.ended([0, 1], [[], [failure]])
    now[0] = 212.0
    progress.waiting([True, True, True, False])
    progress.ended([2], [[]])
    now[0] = 400.0
    progress.waiting([True] * 4)
    progress.ended([3], [[]])
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "2 files, 2 checks; about 100 s"
    assert lines[1].startswith("   0:30  2 of 4 single checks; ")
    assert lines[2].startswith("   0:30  fast           2 files, 1 failure: it is fast; about 1")
    # 52 of 102 took 212 s, so the other 50 take about 200 s.
    assert lines[3] == "   3:32  3 of 4 single checks; about 3 min left"
    assert lines[4] == "   6:40  4 of 4 single checks; a few seconds left"
    assert lines[5] == "   6:40  slow           2 files: it is slow"
