"""The words with which pgpool calls its failover_command and its follow_primary_command."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pypcp.errors import WrongUsage

ARGUMENTS = "%d %h %p %D %m %H %M %P %r %R"
NO_NODE = -1


@dataclass(frozen=True)
class Call:
    """Who failed and who is left, as pgpool tells it (its manual, "Failover and Failback Settings").

    ``old_primary`` is NO_NODE when pgpool knew no primary; ``new_main``, the live node with the smallest id, when none
    is left: then ``new_main_host`` and ``new_main_directory`` are empty and ``new_main_port`` is 0. For a
    follow_primary_command ``failed`` is the node that shall follow, ``new_main`` the new primary.
    """

    failed: int
    failed_host: str
    failed_port: int
    failed_directory: str
    new_main: int
    new_main_host: str
    old_main: int
    old_primary: int
    new_main_port: int
    new_main_directory: str

    @property
    def failed_label(self) -> str:
        return f"node {self.failed} ({self.failed_host}:{self.failed_port})"

    @property
    def new_main_label(self) -> str:
        return f"node {self.new_main} ({self.new_main_host}:{self.new_main_port})"


def parse(words: Sequence[str]) -> Call:
    """The call of these words, in the order of ARGUMENTS; more than these are left to later versions.

    pgpool puts nothing where it has nothing to tell, and the shell then drops the word: with no node left (%m is -1)
    the three words about it are missing. Raises WrongUsage for words that are no such call.
    """
    given = list(words)
    if len(given) >= 5 and given[4] == str(NO_NODE):
        given = [*given[:5], "", *[word for word in given[5:] if word], "", "", ""]
        given[8:10] = ["0", ""]
    try:
        failed, host, port, directory, new_main, new_host, old_main, old_primary, new_port, new_directory = given[:10]
        return Call(
            failed=_node(failed),
            failed_host=host,
            failed_port=int(port),
            failed_directory=directory,
            new_main=_node(new_main),
            new_main_host=new_host,
            old_main=_node(old_main),
            old_primary=_node(old_primary),
            new_main_port=int(new_port),
            new_main_directory=new_directory,
        )
    except ValueError:
        raise WrongUsage(
            "read pgpool's call",
            f"these are not the ten words {ARGUMENTS}: {' '.join(map(repr, words))}",
            f"Set in pgpool.conf: failover_command = 'pypcp failover {ARGUMENTS}'",
        ) from None


def _node(word: str) -> int:
    number = int(word)
    if number < NO_NODE:
        raise ValueError(word)
    return number
