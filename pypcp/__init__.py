"""PCP, the control protocol of Pgpool-II, and workflows for a PostgreSQL pair behind it.

>>> import pypcp
>>> with pypcp.connect("bak", username="pgadmin") as pcp:  # doctest: +SKIP
...     pcp.node_count()
2
"""

from __future__ import annotations

__version__ = "0.1.0"

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pypcp import aio as aio
    from pypcp import errors as errors
    from pypcp.client import Client as Client
    from pypcp.client import connect as connect
    from pypcp.errors import AuthenticationFailed as AuthenticationFailed
    from pypcp.errors import ConnectionBroken as ConnectionBroken
    from pypcp.errors import ConnectionFailed as ConnectionFailed
    from pypcp.errors import DeadlinePassed as DeadlinePassed
    from pypcp.errors import MalformedReply as MalformedReply
    from pypcp.errors import OperationFailed as OperationFailed
    from pypcp.errors import PypcpError as PypcpError
    from pypcp.errors import RefusedForSafety as RefusedForSafety
    from pypcp.errors import ServerRefused as ServerRefused
    from pypcp.errors import WrongUsage as WrongUsage

# The public names and where they live. A module is imported when one of its names is first used: a command that asks
# for a number must not pay for all that pypcp can do.
_HOMES = {
    "Client": "client",
    "connect": "client",
    "AuthenticationFailed": "errors",
    "ConnectionBroken": "errors",
    "ConnectionFailed": "errors",
    "DeadlinePassed": "errors",
    "MalformedReply": "errors",
    "OperationFailed": "errors",
    "PypcpError": "errors",
    "RefusedForSafety": "errors",
    "ServerRefused": "errors",
    "WrongUsage": "errors",
}
_MODULES = ("aio", "errors")

__all__ = ["__version__", *_HOMES, *_MODULES]


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name in _MODULES:
        return import_module(f"pypcp.{name}")
    if name in _HOMES:
        return getattr(import_module(f"pypcp.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'pypcp' has no attribute {name!r}")
