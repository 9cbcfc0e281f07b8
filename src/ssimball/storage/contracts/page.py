"""Generate docs/formats.md: ``python -m ssimball.storage.contracts.page > docs/formats.md``."""

import re
import sys
from collections.abc import Sequence
from dataclasses import replace
from itertools import takewhile

from ssimball.storage.contracts.columns import VERSION, Column, Contract
from ssimball.storage.contracts.registry import CONTRACTS, OF_NETWORKS

#: Characters of a meaning that is written out again rather than linked to.
SHORT = 100

INTRODUCTION = f"""\
# Stored formats

Version {VERSION}. Generated from `src/ssimball/storage/contracts/` by `make formats`.

All tables of a run lie in `results/<run>/`, as Parquet files compressed with zstd. Images inside
are lossless PNG bytes, maps Arrow `fixed_shape_tensor` columns. Every image has a row at every
stage, with a `status` that says whether it was processed, skipped or failed, and why. Columns that
do not apply are null. Floats are never NaN or infinite.

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
| `report/` | [the explorer](explorer.md) |
| `logs/` | one file per job |
| `checksums.sha256` | the sha256 of every file but the logs; [the audit](audit.md) starts from it |
| `networks/<name>/` | the same tables for another network of the sensitivity sweep |

## Metadata

The Parquet schema of each file carries the key `ssimball`, a JSON object:

| key | meaning |
|---|---|
| `contract`, `version` | which table this is, and the version of the formats |
| `stage` | all settings the file depends on, seeds too, with hashes in place of paths |
| `code` | sha256 over the syntax trees of the source files that made it |
| `inputs` | content hash of each input table, by its path in the run's folder |
| `device` | `cpu` or `cuda` |
| `packages` | versions of the packages that can change a number |
| `content_sha256` | sha256 over all of the above and the values of all columns but timings |

Nothing here depends on the time or the place of the run, so equal runs have equal content hashes.
The key `ssimball.session` holds the sha256 of each input file (`input_files`), which the content
hash does not cover.

A file that exists is whole: it is written under a temporary name and renamed. Reading a whole table
checks types, nulls and the content hash; reading some columns, types and the checksums of pages.

## Checking a certificate

Take `x` from `clean`, `stage` from the metadata of the attack's file, and one of its rows as a
mapping with tensors as arrays:

```python
from ssimball.attacks.ball_settings import recheck
from ssimball.config.stages.attack import AttackStage
inside, primal, dual, gap = recheck(x, AttackStage.from_content(stage).settings, row)
```

No perturbation in the ball has a larger product with `gradient` than `dual`. `recheck` builds the
ball from `x`, the window and the row's `budget` as radius, and evaluates the bound of
`ssimball.ball.certificate` from `gradient`, `perturbation`, `multiplier` and, where they are not
null, `tangent` and `window_multipliers`. With `relinearise` the ball is linearised at the
perturbation itself. Stored values of model Q come from compiled code that sums in another order;
they agree to 1e-9.

The row says what the certificate covers: the set (`certified_model`, `certified_boundary`), the
linear problem (`certified_step` of `steps`), and what the stored image is of the certified
perturbation (`stored_as`). It covers nothing of [the network's
loss](mathematics.md#what-is-proved-and-what-is-not).

With `bracket: true`, [the bracket](certificates.md) of the true ball is evaluated again likewise:

```python
from ssimball.attacks.bracketing import recheck_bracket
inside, lower, upper = recheck_bracket(x, AttackStage.from_content(stage).settings, row)
```

`lower` is the product of `gradient` and the inner point: `bracket_point` times `bracket_scale`,
clipped to the box. `inside` says whether that point has a mean SSIM of at least 1 - `budget`. No
perturbation with such an SSIM has a larger product than `upper`, which follows from
`bracket_tangent` and `bracket_multiplier`.

For one step, so are the bounds on [the radius at which the linearised margin
turns](mathematics.md#the-smallest-radius-for-the-linearised-margin):

```python
from ssimball.attacks.linear_radius import recheck_radius
found = recheck_radius(x, AttackStage.from_content(stage).settings, row)
```

`found.lower` and `found.upper` follow from the row's certificate and `linear_margin`; `found` is
`None` where no perturbation in the box turns the linearised margin.

For several steps, `first_dual` bounds the product with the gradient at the clean image, and
`iterate` has `first_value`. The solution behind that bound is not stored. Whoever has the network
can solve the problem again: two valid bounds of one optimum differ by no more than their gaps.

## Reading the tables below

`float64?` may be null; other columns are not. Columns that an earlier table describes share a row
with a link to it.
"""


COMPARISON = """
## A comparison of networks

`ssimball networks` writes the tables below into a folder of its own. They carry the same metadata;
`stage` names the runs by the sha256 of their list of checksums.
"""


def page() -> str:
    """Return the whole page as Markdown."""
    known: list[Contract] = []
    sections = []
    for contract in (*CONTRACTS, *OF_NETWORKS):
        sections += [COMPARISON] if contract is OF_NETWORKS[0] else []
        sections.append(_section(contract, known))
        known.append(contract)
    return INTRODUCTION + "".join(sections)


def _section(contract: Contract, known: Sequence[Contract]) -> str:
    """Return what a table holds; columns of the ``known`` tables are not described again."""
    rows, left = [], [replace(column, volatile=False) for column in contract.columns]
    while left:
        count, earlier = _shared(left, known)
        if count > 1 or (count == 1 and len(left[0].meaning) > SHORT):
            names = ", ".join(f"`{column.name}`" for column in left[:count])
            rows.append(f"| {names} | | as in {_link(earlier)} |\n")
        else:
            count = 1
            rows.append(f"| `{left[0].name}` | {_type(left[0])} | {_meaning(left[0])} |\n")
        left = left[count:]
    return (
        f"\n## `{contract.path}`\n\nOne row: {contract.row}.\n\n"
        f"| column | type | meaning |\n|---|---|---|\n{''.join(rows)}"
    )


def _shared(columns: Sequence[Column], known: Sequence[Contract]) -> tuple[int, Contract]:
    """Return how many of the first columns a known table has, and the table with most of them."""

    def count(contract: Contract) -> int:
        theirs = {replace(column, volatile=False) for column in contract.columns}
        return sum(1 for _ in takewhile(theirs.__contains__, columns))

    best = max(known, key=count, default=None)
    return (0, CONTRACTS[0]) if best is None else (count(best), best)


def _link(contract: Contract) -> str:
    anchor = re.sub(r"[^\w-]", "", contract.path).lower()
    return f"[`{contract.path}`](#{anchor})"


def _meaning(column: Column) -> str:
    """Return what a column holds, with its possible words, as a cell of a Markdown table."""
    words = f" One of `{'`, `'.join(column.values)}`." if column.values else ""
    return (column.meaning + words).replace("|", chr(92) + "|")


def _type(column: Column) -> str:
    shape = f" ({', '.join(column.dims)})" if column.dims else ""
    return f"`{column.type}{'?' if column.nullable else ''}`{shape}"


if __name__ == "__main__":
    sys.stdout.write(page())
