"""The program `pypcp` as click sees it: finds the command and runs it."""

from __future__ import annotations

import sys

import click

import pypcp
from pypcp_cli import exits, index
from pypcp_cli.colour import color_option
from pypcp_cli.console import Console, visible_line
from pypcp_cli.outcome import outcome
from pypcp_cli.tab import complete_clusters

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from click.shell_completion import CompletionItem

ENVIRONMENT = {
    "PYPCP_HOST": "host of pgpool, or the directory of its socket",
    "PYPCP_PORT": "its PCP port",
    "PYPCP_USERNAME": "PCP user",
    "PYPCP_CLUSTER": "cluster of the configuration file",
    "PYPCP_CONFIG": "the configuration file, instead of ~/.config/pypcp/config.toml",
    "PCPPASSFILE": "the password file, instead of a cluster's and ~/.pcppass",
    "NO_COLOR": "no colours, unless --color says otherwise",
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

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        names = [name for name in index.COMMANDS if name.startswith(incomplete)]
        found = [CompletionItem(name, help=index.COMMANDS[name]) for name in names]
        return found + click.Command.shell_complete(self, ctx, incomplete)

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
@click.option(
    "--cluster",
    metavar="NAME",
    help="A cluster of the configuration file; commands take it, too.",
    shell_complete=complete_clusters,
)
@color_option
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
    return outcome(console, lambda: _run(console, arguments))


def _run(console: Console, arguments: Sequence[str] | None) -> object:
    stdout = sys.stdout
    try:
        return program.main(arguments, "pypcp", standalone_mode=False, obj=console)
    except click.exceptions.NoArgsIsHelpError as nothing:
        console.say(nothing.format_message())
    except click.ClickException as wrong:
        console.complain(_told(wrong))
    except click.Abort:
        raise KeyboardInterrupt from None
    except SystemExit:
        if sys.stdout is stdout:
            raise
        # click's end for a pipe whose reader left: it has put something else in the place of the streams
        sys.stdout = stdout
        raise BrokenPipeError from None
    return exits.WRONG_USAGE


def _told(wrong: click.ClickException) -> str:
    message = wrong.format_message().rstrip(".")
    context = getattr(wrong, "ctx", None)
    return f"{message}\nTry: {context.command_path} --help" if context else message


if __name__ == "__main__":
    sys.exit(main())
