"""The program ``ssimball``, also ``python -m ssimball``."""

from difflib import get_close_matches
from importlib import import_module

import click

from ssimball.cli.output import say
from ssimball.errors import SsimballError
from ssimball.runtime.environment import require_home, use_own_settings
from ssimball.runtime.processes import is_program, refuse_settings_here, restart_in_utf8

#: All commands, in the order of ``--help``.
COMMANDS = (
    "attack",
    "show",
    "manifest",
    "forecast",
    "reruns",
    "audit",
    "compare",
    "confirm",
    "networks",
    "crate",
    "doctor",
    "fetch",
    "compile",
)
# Former names, which work until version 0.2.
RENAMED = {"plan": "forecast", "why": "reruns", "warm-up": "compile"}
EPILOG = """\
Exit codes: 0 done; 1 a finding, such as a failed audit; 2 nothing could be done, for example
because of wrong options or a missing file.
"""


def _module(command: str) -> str:
    return f"ssimball.cli.commands.{command.replace('-', '_')}"


def _unimported(error: ImportError) -> str:
    """Return a sentence for a package that is missing, or that another one hides."""
    from ssimball.cli.doctor.project import shadowed  # which only a failure needs

    if taken := shadowed():
        place = taken[0] if len(taken) == 1 else f"{taken[0]} and {len(taken) - 1} more"
        return f"PYTHONPATH: {place} hides an installed package ({error}); unset PYTHONPATH"
    remedy = "install again: remove .venv and run make setup, or pip install ."
    return f"{error}; a package is missing or damaged; {remedy}"


class UnusableError(click.ClickException):
    """The input of a command cannot be used."""

    exit_code = 2

    def show(self, file: object = None) -> None:
        """Print the message in the same form as the workflow does."""
        say(f"ssimball: {self.message}", err=True)


class Commands(click.Group):
    """A group that imports a command when it is called, and reports user errors in one line."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, in the order of ``COMMANDS``."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command; None if there is no command of that name."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(_module(cmd_name)).command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that is called, by its present name, or name the most similar one."""
        if new := RENAMED.get(args[0]):
            say(f"ssimball: {args[0]} is now called {new}; the old name ends with 0.2", err=True)
            args = [new, *args[1:]]
        if args[0] not in COMMANDS and (near := get_close_matches(args[0], COMMANDS, 1)):
            ctx.fail(f"there is no command {args[0]!r}. Did you mean {near[0]!r}?")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; turn a user's error into a message without a traceback."""
        try:
            if is_program("ssimball"):
                restart_in_utf8()
            use_own_settings()
            require_home()
            refuse_settings_here()
            return super().invoke(ctx)
        except BrokenPipeError:  # the reader of a pipe has closed it; click ends quietly
            raise
        except SsimballError as error:
            raise UnusableError(str(error)) from None
        except ImportError as error:
            raise UnusableError(_unimported(error)) from None
        except OSError as error:
            file = f"{error.filename}: " if error.filename else ""
            raise UnusableError(f"{file}{error.strerror or error}") from None


@click.group(cls=Commands, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="ssimball", prog_name="ssimball")
def main() -> None:
    """Certified adversarial perturbations inside an SSIM ball, and where they lie.

    The commands attack and show work on one image. All others work on runs of the pipeline, which
    Snakemake makes (make demo): they forecast what a run takes, fetch what it needs, explain why it
    would run again, audit it, compare two runs, and prepare one for publication.
    """
