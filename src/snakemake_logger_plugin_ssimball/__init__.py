"""Snakemake's logger ``ssimball``, which the profiles select: one line per finished stage.

Snakemake finds loggers by the name of their package, which is why this one lies beside the package
ssimball and not in it.
"""

from ssimball.pipeline.command_line import check_command
from ssimball.pipeline.run_log.handler import LogHandler

__all__ = ["LogHandler"]

check_command()
