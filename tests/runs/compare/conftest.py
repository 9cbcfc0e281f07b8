"""Fixtures of the tests of a comparison."""

import pytest

from ssimball.runs.compare.runs import compare_runs
from ssimball.storage.tables import write_table

from .example import CONTENT, origin


@pytest.fixture
def runs(tmp_path):
    """Two equal runs of different names, and ``rewrite`` for a table of the second."""
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.yaml").write_text(f"run: {name}\n", encoding="utf-8")
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
