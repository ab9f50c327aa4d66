"""The program `pypcp`: finds the command, runs it, and turns what went wrong into a line and an exit code."""

from __future__ import annotations

import os
import sys

import click

import pypcp
from pypcp.errors import PypcpError
from pypcp_cli import exits, index
from pypcp_cli.console import Console, visible_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

ENVIRONMENT = {
    "PYPCP_HOST": "host of pgpool, or the directory of its socket",
    "PYPCP_PORT": "its PCP port",
    "PYPCP_USERNAME": "PCP user",
    "PYPCP_CLUSTER": "cluster of the configuration file",
    "PYPCP_CONFIG": "the configuration file, instead of ~/.config/pypcp/config.toml",
    "PCPPASSFILE": "the password file, instead of ~/.pcppass",
    "NO_COLOR": "no colours",
}


class LazyGroup(click.Group):
    """A group that imports a command only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(index.COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in index.COMMANDS:
            return None
        from importlib import import_module

        command: click.Command = import_module(index.module_of(cmd_name)).command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if not args[0].startswith("-") and args[0] not in index.COMMANDS:
            raise click.UsageError(_unknown(args[0]), ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        width = max(map(len, index.COMMANDS))
        for section, commands in index.SECTIONS.items():
            with formatter.section(section):
                formatter.write_dl([(name.ljust(width), text) for name, text in commands.items()])

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Environment"):
            formatter.write_dl(list(ENVIRONMENT.items()))
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(code), meaning) for code, meaning in exits.MEANINGS.items()])


def _unknown(name: str) -> str:
    import difflib

    known = list(index.COMMANDS)
    near = difflib.get_close_matches(name.removeprefix("pcp_").replace("_", "-"), known, n=3, cutoff=0.5)
    near = near or [other for other in known if other.startswith(name)]
    hint = f"; did you mean {' or '.join(near)}?" if near else ""
    return f"there is no command {visible_line(name)!r}{hint}"


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["--help"]})
@click.option("--cluster", metavar="NAME", help="A cluster of the configuration file; commands take it, too.")
@click.version_option(pypcp.__version__, "-V", "--version", message="pypcp %(version)s")
@click.pass_obj
def program(console: Console, cluster: str | None) -> None:
    """Look at, operate and repair a PostgreSQL pair behind Pgpool-II.

    \b
    pypcp node-info -h bak -U pgadmin     the nodes, as pgpool on bak sees them
    pypcp attach -n 0 -h bak -U pgadmin   take node 0 back into service
    """
    console.cluster = cluster


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program. Returns the exit code; never raises what a user has caused."""
    console = Console()
    try:
        code = program.main(arguments, "pypcp", standalone_mode=False, obj=console)
        sys.stdout.flush()
    except BrokenPipeError:
        return _reader_left()
    except click.exceptions.NoArgsIsHelpError as nothing:
        console.say(nothing.format_message())
        return exits.WRONG_USAGE
    except click.ClickException as wrong:
        console.complain(_told(wrong))
        return exits.WRONG_USAGE
    except (click.Abort, KeyboardInterrupt):
        console.say("")
        console.complain("interrupted" + (f": {console.state}" if console.state else ""))
        return exits.INTERRUPTED
    except PypcpError as error:
        console.complain(str(error))
        return exits.exit_code(error)
    except Exception as bug:
        return _report(bug, console)
    return code if isinstance(code, int) else exits.DONE


def _told(wrong: click.ClickException) -> str:
    message = wrong.format_message().rstrip(".")
    context = getattr(wrong, "ctx", None)
    return f"{message}\nTry: {context.command_path} --help" if context else message


def _reader_left() -> int:
    """Whoever read our output has seen enough (`| head`). Python must not try to write the rest when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return exits.DONE


def _report(bug: Exception, console: Console) -> int:
    if console.debug:
        import traceback

        console.say(traceback.format_exc())
    kind = f"{type(bug).__name__}: {visible_line(str(bug))}"
    if isinstance(bug, OSError):
        console.complain(kind.partition(": ")[2])
        return exits.FAILED
    console.complain(f"this is a bug in pypcp {pypcp.__version__}: {kind}")
    console.say("Run it again with --debug, and report what it prints together with the command that you typed.")
    return exits.FAILED


if __name__ == "__main__":
    sys.exit(main())
