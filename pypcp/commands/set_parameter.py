"""Set a parameter of the connection: ``A`` (pcp_worker.c, ``process_set_configuration_parameter``)."""

from __future__ import annotations

from pypcp import wire
from pypcp.commands import Command, Request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pypcp.commands import Ask, Talk


def set_parameter(name: str, value: str) -> Command[None]:
    """Set a parameter for this connection only: of use inside ``with``. pgpool knows just ``client_min_messages``.

    A server whose own client_min_messages is ``fatal`` or ``panic`` drops its error reports, so that a refused command
    ends at its deadline; setting ``error`` here brings them back.
    """

    def talk(ask: Ask) -> Talk[None]:
        yield from ask(Request(b"A", wire.text(name, value)))

    return Command(f"set {name}", talk)
