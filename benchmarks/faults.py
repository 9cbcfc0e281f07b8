"""The tests of faults, with many more kills: ``python benchmarks/faults.py [kills]``.

``make benchmark`` writes benchmarks/faults.md and faults.parquet. As root, to mount small disks.
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
KILLS = 50
TEXT = """Each ends with all tables of a run to which nothing happened, by content hash. After a
kill no table is made again that was whole, but for those of the jobs it hit, whose end Snakemake
had not noted. Kills are of the whole process group, 0.5 to 20 s after the start, drawn evenly;
there were {kills} of them.
"""


def main(kills: int) -> None:
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
