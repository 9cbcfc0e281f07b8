"""The tests of faults with many more kills: ``python benchmarks/faults.py [kills]``.

``make benchmark`` writes benchmarks/faults.md and faults.parquet. Run it as root, since some tests
mount small disks.
"""

import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from common import Rows, write

ROOT = Path(__file__).resolve().parent.parent
TESTS = ROOT / "tests" / "workflow" / "test_faults.py"
#: Number of kills where the command line names none.
KILLS = 50
TEXT = """Each test ends with the same tables, by content hash, as an undisturbed run. After a
kill the workflow makes no complete table again, except those of the jobs that the kill hit:
Snakemake had not recorded that they had finished. Each of the {kills} kills ends the whole
process group, at a time drawn uniformly from 0.5 to 20 s after the start.
"""


def main(kills: int) -> None:
    """Run the tests and write their times and outcomes."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "faults.xml"
        command = [sys.executable, "-m", "pytest", "-q", "-m", "long", str(TESTS)]
        environment = {**os.environ, "SSIMBALL_KILLS": str(kills)}
        subprocess.run([*command, f"--junitxml={report}"], env=environment, cwd=ROOT, check=True)
        rows: Rows = [
            {
                "test": case.attrib["name"].removeprefix("test_").replace("_", " "),
                "s": float(case.attrib["time"]),
                "outcome": "skipped" if case.find("skipped") is not None else "passed",
            }
            for case in ElementTree.parse(report).iter("testcase")
        ]
    write("faults", "Faults", {"Tests": rows}, {"Tests": TEXT.format(kills=kills)})


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else KILLS)
