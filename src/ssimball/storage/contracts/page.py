"""Generate docs/formats.md: ``python -m ssimball.storage.contracts.page > docs/formats.md``."""

import sys

from ssimball.storage.contracts.columns import VERSION, Column, Contract
from ssimball.storage.contracts.registry import CONTRACTS, OF_NETWORKS

INTRODUCTION = f"""\
# Stored formats

Generated from `src/ssimball/storage/contracts/` by `make formats`; a test fails when the two drift.
Version {VERSION} of the formats.

All tables of a run lie in `results/<run>/`. They are Parquet files compressed with zstd, each
readable on its own with pandas; images inside are lossless PNG bytes, maps are Arrow
`fixed_shape_tensor` columns. PNGs are compressed by run lengths and Huffman codes alone: 224 x 224
photographs take about 5 % more bytes than with zlib's default, and a seventh of the time. Every
image has a row at every stage, with a `status` that says whether it was processed, skipped or
failed, and why. Columns that do not apply are null. Floats are never NaN or infinite.

```python
import io, pandas, PIL.Image
table = pandas.read_parquet("results/demo/attacks/ssim_ball/00000.parquet")
PIL.Image.open(io.BytesIO(table.adversarial_png[0])).show()
```

The other files of a run:

| file | content |
|---|---|
| `config.yaml` | the effective configuration, with every default filled in |
| `answer.txt`, `answer.md`, `answer.json` | [the answer](answer.md) |
| `details.md`, `comparison.md` | means by attack: overlap, quality, cost |
| `causal.txt`, `sensitivity.txt` | the curves and the sensitivity sweep as text |
| `figures/` | each figure as PDF, as PNG and as the table it was drawn from |
| `report/` | [the explorer](explorer.md), made from the tables |
| `logs/` | one file per job |
| `checksums.sha256` | the sha256 of every file but the logs; [the audit](audit.md) starts from it |
| `networks/<name>/` | the same tables for another network of the sensitivity sweep |

## Metadata

The Parquet schema of each file carries the key `ssimball`, a JSON object:

| key | meaning |
|---|---|
| `contract`, `version` | which table this is, and the version of the formats |
| `stage` | everything of the configuration the file depends on, with hashes in place of paths |
| `code` | sha256 over the syntax trees of the source files that made it |
| `inputs` | content hash of each input table, by its path in the run's folder |
| `device` | `cpu` or `cuda` |
| `packages` | versions of the packages that can change a number |
| `content_sha256` | sha256 over all of the above and the values of all columns but timings |

Seeds are part of `stage`. Nothing in this object depends on the time or on where the run was made,
so two equal runs have equal content hashes. The key `ssimball.session` holds the sha256 of the
bytes of each input file (`input_files`); the content hash does not cover it.

Files are written under a temporary name and renamed, so a file that exists is whole. Reading a
whole table checks types, nulls and the content hash. Reading some columns checks types and the
checksums of pages.

## Checking a certificate

Take `x` from `clean`, `stage` from the metadata of the attack's file, and one of its rows as a
mapping with tensors as arrays:

```python
from ssimball.attacks.ball_settings import recheck
from ssimball.config.stages.attack import AttackStage
inside, primal, dual, gap = recheck(x, AttackStage.from_content(stage).settings, row)
```

`recheck` builds the ball from `x`, the radius and the window, and evaluates the bound of
`ssimball.ball.certificate` from `gradient`, `perturbation`, `multiplier` and, where they are not
null, `tangent` and `window_multipliers`. With `relinearise` the ball is linearised at the
perturbation itself. The radius is the row's `budget`, which the comparison of attacks may have
chosen. The stored values of model Q come from compiled code that sums in another order; they agree
to 1e-9.

With `bracket: true`, the bracket of the true ball is evaluated again likewise:

```python
from ssimball.attacks.bracketing import recheck_bracket
inside, lower, upper = recheck_bracket(x, AttackStage.from_content(stage).settings, row)
```

`lower` is the product of `gradient` and the inner point: `bracket_point` times `bracket_scale`,
clipped to the box. `inside` says whether that point has a mean SSIM of at least 1 - `budget`. No
perturbation with such an SSIM has a larger product than `upper`, which follows from
`bracket_tangent` and `bracket_multiplier` ([derivation](certificates.md)).

No perturbation in the ball has a larger product with `gradient` than `dual`. The gap says nothing
about the network's loss, which is not concave. The row says what its certificate covers: the set
(`certified_model`, `certified_boundary`), the linear problem (`certified_step` of `steps`), and
what the stored image is of the certified perturbation (`stored_as`). With several Frank-Wolfe steps
the certificate concerns the last step's problem; `iterate` is an average of all steps' solutions.

For one step, the bracket of [the radius at which the linearised margin
turns](mathematics.md#the-smallest-radius-for-the-linearised-margin) is evaluated again by

```python
from ssimball.attacks.linear_radius import recheck_radius
found = recheck_radius(x, AttackStage.from_content(stage).settings, row)
```

`found.lower` and `found.upper` follow from the row's certificate and `linear_margin`; `found` is
`None` where no perturbation in the box turns the linearised margin.

For several steps there is also a bound for the gradient at the clean image: no perturbation in the
ball has a larger product with it than `first_dual`, and `iterate` has `first_value`. The solution
behind that bound is not stored. Whoever has the network can solve that problem again: two valid
bounds of one optimum differ by no more than the gaps to which they were computed.
"""


COMPARISON = """
## A comparison of networks

`ssimball networks` writes the tables below into a folder of its own. They carry the same metadata;
`stage` names the runs by the sha256 of their list of checksums.
"""


def page() -> str:
    """Return the whole page as Markdown."""
    of_runs, of_networks = (
        "".join(map(_section, contracts)) for contracts in (CONTRACTS, OF_NETWORKS)
    )
    return INTRODUCTION + of_runs + COMPARISON + of_networks


def _section(contract: Contract) -> str:
    rows = "".join(
        f"| `{column.name}` | {_type(column)} | {'yes' if column.nullable else ''} "
        f"| {_meaning(column)} |\n"
        for column in contract.columns
    )
    return (
        f"\n## `{contract.path}`\n\nOne row: {contract.row}.\n\n"
        f"| column | type | may be null | meaning |\n|---|---|---|---|\n{rows}"
    )


def _meaning(column: Column) -> str:
    """Return what a column holds, with its possible words, as a cell of a Markdown table."""
    words = f" One of `{'`, `'.join(column.values)}`." if column.values else ""
    return (column.meaning + words).replace("|", chr(92) + "|")


def _type(column: Column) -> str:
    shape = f" ({', '.join(column.dims)})" if column.dims else ""
    return f"{column.type}{shape}"


if __name__ == "__main__":
    sys.stdout.write(page())
