"""What stands below the tables of the page scale.md."""

from typing import Any

from scale_forecast import CHECKING, CORES, IMAGES, PILOTS
from scale_hashing import sha256_rate
from scale_runs import PICTURES
from scale_shards import VARIATION

#: What profiles/slurm asks for by default.
ASKED_MB = 4000
#: Photographs of the run that is multiplied.
FEW = 6
MEMORY, SECONDS = "Peak memory of the single jobs, MiB", "Processor time of the single jobs, s"
LOGIN = "Files, and what is hashed"
RUN = f"A run of {IMAGES:,} images"
NODES = f"{IMAGES:,} images on nodes of {CORES} cores"
CHECK = f"A forecast compared with a run of {PILOTS[0]} photographs"
MEMORY_TEXT = """\
By number of images, of the jobs' own processes, as `python benchmarks/scale.py {largest}` measures
it. A single job is not for a shard; `checksums` reads all files. The profile for SLURM asks for
{asked:,} MB a job, and `overlap` for more where there are many images.

The tables are made of those of a run of {few} photographs. Ids, positions and labels are the run's
own, every other number and every cell of a small map is reduced by a random share of up to
{variation:.0%}, and null stays null. Left out, since no single job looks at them: gradients,
perturbations, and pictures of images that are neither on a contact sheet nor in the explorer, which
has {pictures} with pictures here and not 500. Of explanations of pixels, a sixteenth of the cells
is kept; a job reads them shard by shard.
"""
SECONDS_TEXT = """\
Of one core, with other work on the machine.
"""
LOGIN_TEXT = """\
Bytes are those of tables with all their pictures: of each kind of table, what the run of {few}
photographs stores per image. A table's log, and Snakemake's record of it, are a file each.

Snakemake computes the checksum of every input of every finished job, once for each of the job's
outputs, in the process that plans the run: on a cluster, on the login node. That is "hashed by
Snakemake alone". Of a table, it now reads the footer, which holds a hash of all values. "Read by
Snakemake here" is all that it reads while the jobs of {images:,} images are recorded as finished,
its own program included, which is most of it; that takes {recording:.0f} s. Planning the finished
run takes {planning:.0f} s and {peak:.0f} MiB, and reads {read:.0f} MB.

Each job still hashes its inputs, on its node; a core hashes {rate:.2g} GB/s here. On a slower file
system, the jobs that read all attack tables (`summary`, `figures`, `figure_attacks`, `checksums`)
take as long as reading these tables once.
"""
RUN_TEXT = """\
Forecast for config/imagenet.yaml from pilots of {pilots} photographs with MobileNetV2 on these
cores, by what `ssimball forecast` computes. Hours are processor time. Its memory is left out:
of jobs on all images it is that of the pilots. The tables above have what was measured.
"""
NODES_TEXT = """\
Shards divide the work, but take no less than the longest; the single jobs follow one by one.
Waiting in queues is not counted.
"""
CHECK_TEXT = """\
The forecast of {first} photographs from runs of {pilots}; processor time, the largest first.
"""


def texts(kept: dict[str, Any], images: int, largest: int) -> dict[str, str]:
    """Return what stands below the tables.

    Args:
        kept: what is stored and read.
        images: number of images of the run that it is of.
        largest: number of images of the largest run.
    """
    recording, planning = kept["recording"], kept["planning"]
    login = LOGIN_TEXT.format(
        few=FEW,
        images=images,
        recording=recording["seconds"],
        planning=planning["seconds"],
        peak=planning["peak"],
        read=planning["read"],
        rate=sha256_rate(),
    )
    measured = {"largest": largest, "asked": ASKED_MB, "few": FEW}
    measured |= {"variation": VARIATION, "pictures": PICTURES}
    first, last = (" and ".join(map(str, runs)) for runs in (PILOTS, CHECKING))
    return {
        MEMORY: MEMORY_TEXT.format(**measured),
        SECONDS: SECONDS_TEXT,
        LOGIN: login,
        RUN: RUN_TEXT.format(pilots=first),
        NODES: NODES_TEXT,
        CHECK: CHECK_TEXT.format(first=PILOTS[0], pilots=last),
    }
