"""``ssimball networks``: compare runs of the same photographs on several networks."""

from pathlib import Path

import click

from ssimball.cli.foreign import reading
from ssimball.cli.options import (
    RUN,
    as_configured_option,
    examples,
    folder_option,
    json_option,
    print_json,
)
from ssimball.cli.output import say
from ssimball.cli.progress import progress

#: The command that makes runs and page.
COMMAND = "make networks DATA=path/to/folder WEIGHTS=path/to/folder"
EPILOG = f"""\
Exit codes: 0 compared, 2 the runs cannot be compared.

{examples("ssimball networks results/network_a results/network_b --output results/networks")}
"""


@click.command(short_help="Compare runs on several networks.", epilog=EPILOG)
@click.argument("runs", type=RUN, nargs=-1, required=True)
@folder_option("networks")
@as_configured_option()
@json_option()
def command(
    runs: tuple[Path, ...], output: Path | None, as_configured: bool, as_json: bool
) -> None:
    """Compare finished RUNS of the same photographs, each on another network.

    Prints how many networks agree on each statement. Writes a page with figures and tables. The
    networks themselves judge each other's images, so all their weights must be here; those in
    files are read with --as-configured.
    """
    from ssimball.report.networks.page import answer_json, write_page
    from ssimball.report.networks.text import answer_text
    from ssimball.runs.local_files import LocalFiles
    from ssimball.runs.networks.comparing import compare_networks
    from ssimball.runs.networks.opening import open_networks
    from ssimball.runs.networks.publishing import provenance_of, write_judged
    from ssimball.runs.networks.transfer import transfer

    folder = Path("networks") if output is None else output
    with reading(*runs):
        networks = open_networks(runs, LocalFiles(as_configured=as_configured))
        judged = [row for rows in progress(transfer(networks), "pairs") for row in rows]
        comparison = compare_networks(networks, judged)
    provenance = provenance_of(networks)
    write_judged(folder, judged, provenance)
    write_page(comparison, folder, provenance, COMMAND)
    if as_json:
        print_json(answer_json(comparison))
    else:
        say(f"{answer_text(comparison)}\nPage: {folder / 'README.md'}")
