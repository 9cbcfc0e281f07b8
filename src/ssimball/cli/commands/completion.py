"""``ssimball completion``: the script that makes a shell complete commands."""

import click

from ssimball.cli.options import examples

SHELLS = ("bash", "zsh", "fish")
EPILOG = examples(
    'eval "$(ssimball completion bash)"    # in ~/.bashrc; zsh in ~/.zshrc',
    "ssimball completion fish > ~/.config/fish/completions/ssimball.fish",
)


@click.command(short_help="Print a shell's completion script.", epilog=EPILOG)
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print the script that completes commands, options, runs, images and attacks in a SHELL."""
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    assert kind is not None
    click.echo(kind(ctx.find_root().command, {}, "ssimball", "_SSIMBALL_COMPLETE").source())
