"""``ssimball manifest``: list the photographs of class folders; docs/tutorial.md."""

from pathlib import Path

import click

from ssimball.cli.options import FILE, examples
from ssimball.cli.output import say, say_data

EPILOG = f"""\
Exit codes: 0 the manifest is written, 2 the folder cannot be used.

{examples("ssimball manifest my/photographs --output my/labels.csv")}
"""


@click.command(short_help="List photographs in class folders as a manifest.", epilog=EPILOG)
@click.argument("folder", type=FILE)
@click.option("--output", type=FILE, metavar="FILE", help="File to write.  [default: stdout]")
def command(folder: Path, output: Path | None) -> None:
    """List the photographs of FOLDER as a manifest.

    FOLDER has one folder per ImageNet class, named by WordNet ID (n02123045), index (281) or name
    (tabby).
    """
    from ssimball.config.messages import listed
    from ssimball.datasets.class_folders import manifest_of, passed_over
    from ssimball.storage.atomic import write_text

    text = manifest_of(folder)
    if others := passed_over(folder):
        found = f"no photographs that can be read, and left out: {listed(others)}"
        say(f"ssimball: {found}; convert or move them", err=True)
    if output is None:
        say_data(text, nl=False)
        return
    write_text(output, text)
    say(f"{output}: {text.count(chr(10)) - 1} photographs", err=True)
