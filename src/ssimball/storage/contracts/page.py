"""docs/formats.md, generated from the contracts: ``python -m ssimball.storage.contracts.page``."""

import sys

from ssimball.storage.contracts.columns import VERSION, Column, Contract
from ssimball.storage.contracts.registry import CONTRACTS

INTRODUCTION = f"""\
# Stored formats

Generated from `src/ssimball/storage/contracts/` by `make formats`; a test fails when the two drift.
Version {VERSION} of the formats.

All tables of a run lie in `results/<run>/`. They are Parquet files compressed with zstd, each
readable on its own with pandas; images inside are lossless PNG bytes, maps are Arrow
`fixed_shape_tensor` columns. Every image has a row at every stage, with a `status` that says what
became of it; columns that do not apply are null. Floats are never NaN or infinite.

```python
import io, pandas, PIL.Image
table = pandas.read_parquet("results/demo/attacks/ssim_ball/00000.parquet")
PIL.Image.open(io.BytesIO(table.adversarial_png[0])).show()
```

Beside the tables lie `config.yaml` (the effective configuration, every default filled in),
`answer.txt`, `causal.txt` and `sensitivity.txt` (what is printed), `figures/` (each as PDF, PNG and
the table that it was drawn from), `report/` ([the explorer](explorer.md), made of the tables),
`logs/` (one file per job), and `checksums.sha256`, the sha256 of every file but the logs, by which
[the audit](audit.md) begins. Tables of other networks that the sensitivity sweep looks at lie under
`networks/<name>/`.

## Metadata

The Parquet schema of each file carries the key `ssimball`, a JSON object:

| key | meaning |
|---|---|
| `contract`, `version` | which table this is, and the version of the formats |
| `stage` | everything of the configuration the file depends on, with hashes in place of paths |
| `code` | sha256 over the syntax trees of the source files behind it |
| `inputs` | content hash of each input table, by its path in the run's folder |
| `device` | `cpu` or `cuda` |
| `packages` | versions of the packages that can change a number |
| `content_sha256` | sha256 over all of the above and the values of all columns but timings |

Seeds are part of `stage`. Nothing in it depends on time or place, so two equal runs have equal
content hashes. The key `ssimball.session` holds, outside of that hash, the sha256 of the bytes of
each input file (`input_files`).

Files are written under a temporary name and renamed, so a file that exists is whole. When a whole
table is read, types, nulls and the content hash are checked; when a few columns are read, types and
the checksums of the pages.

## Checking a certificate

For the SSIM ball, with `x` from `clean`, `stage["settings"]` from the metadata of the attack's
file, and a row of it as a mapping, tensors as arrays:

```python
from ssimball.attacks.ball_settings import recheck
from ssimball.attacks.registry import settings_of
inside, primal, dual, gap = recheck(x, settings_of(stage["settings"]), row)
```

`recheck` builds the ball from `x`, the radius and the window, and evaluates the bound of
`ssimball.ball.certificate` from `gradient`, `perturbation`, `multiplier` and, where they are not
null, `tangent` and `window_multipliers`. With `refreeze` the ball is frozen at the
perturbation itself.
The radius is the row's `budget`, which the comparison of attacks may have chosen. The stored values
of model Q come from compiled code that sums in another order: they agree to 1e-9.

No perturbation in the ball has a larger product with `gradient` than `dual`. With several
Frank-Wolfe steps the record is that of the last linear problem, whose solution is averaged into
the image; the gap is not a statement about the network's loss, which is not concave.
"""


def page() -> str:
    """The whole page, Markdown."""
    return INTRODUCTION + "".join(_section(contract) for contract in CONTRACTS)


def _section(contract: Contract) -> str:
    rows = "".join(
        f"| `{column.name}` | {_type(column)} | {'yes' if column.nullable else ''} "
        f"| {column.meaning.replace('|', chr(92) + '|')} |\n"
        for column in contract.columns
    )
    return (
        f"\n## `{contract.path}`\n\nOne row: {contract.row}.\n\n"
        f"| column | type | may be null | meaning |\n|---|---|---|---|\n{rows}"
    )


def _type(column: Column) -> str:
    shape = f" ({', '.join(column.dims)})" if column.dims else ""
    return f"{column.type}{shape}"


if __name__ == "__main__":
    sys.stdout.write(page())
