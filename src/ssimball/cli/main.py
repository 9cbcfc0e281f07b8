"""``ssimball`` and ``python -m ssimball``."""

from importlib import import_module

import click

from ssimball.errors import SsimballError

COMMANDS = ("attack", "show", "plan", "why", "audit", "compare", "crate", "doctor")
EPILOG = """\
Exit codes: 0 done; 1 a finding, such as a failed audit; 2 nothing could be done, such as wrong
options or a file that is not there.
"""


class UnusableError(click.ClickException):
    """Nothing could be done with what was given."""

    exit_code = 2

    def show(self, file: object = None) -> None:
        """The message, as the workflow words it."""
        click.echo(f"ssimball: {self.message}", err=True)


class Commands(click.Group):
    """Imports a command when it is asked for, and tells a user's mistake without a traceback."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order of a user's way."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name, None where there is none."""
        if cmd_name not in COMMANDS:
            return None
        found: click.Command = import_module(f"ssimball.cli.commands.{cmd_name}").command
        return found

    def invoke(self, ctx: click.Context) -> object:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:  # whoever read has enough; click ends quietly
            raise
        except SsimballError as error:
            raise UnusableError(str(error)) from None
        except OSError as error:
            place = f"{error.filename}: " if error.filename else ""
            raise UnusableError(f"{place}{error.strerror or error}") from None


@click.group(cls=Commands, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="ssimball", prog_name="ssimball")
def main() -> None:
    """Certified adversarial perturbations inside an SSIM ball, and where they land.

    attack and show work on one image. The other commands work on runs of the pipeline, which
    Snakemake makes (make demo): what one will take, why it would run again, whether it holds, how
    far two agree, and how to publish one.
    """
