"""``ssimball manifest``: list the photographs of class folders; docs/tutorial.md."""

from pathlib import Path

import click

from ssimball.cli.options import FILE, examples

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
    from ssimball.datasets.class_folders import manifest_of
    from ssimball.storage.atomic import replacing

    text = manifest_of(folder)
    if output is None:
        click.echo(text, nl=False)
        return
    output.parent.mkdir(parents=True, exist_ok=True)
    with replacing(output) as temporary:
        temporary.write_text(text, encoding="utf-8")
    click.echo(f"{output}: {text.count(chr(10)) - 1} photographs", err=True)
