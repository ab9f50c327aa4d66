"""Every PCP command as a typed method, the same for both clients.

At run time a method is found by its name: ``client.node_count`` is the function ``node_count`` of
``pypcp/commands/node_count.py``, imported when it is first used. For type checkers the same is said here, one line
for each command; a test sees that none is missing.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any, Generic, ParamSpec, TypeVar, overload

    from pypcp.aio import AsyncClient
    from pypcp.client import Client
    from pypcp.commands import Command
    from pypcp.commands.attach import attach
    from pypcp.commands.detach import detach
    from pypcp.commands.health_check_stats import health_check_stats
    from pypcp.commands.invalidate_query_cache import invalidate_query_cache
    from pypcp.commands.log_rotate import log_rotate
    from pypcp.commands.node_count import node_count
    from pypcp.commands.node_info import node_info
    from pypcp.commands.node_infos import node_infos
    from pypcp.commands.pool_status import pool_status
    from pypcp.commands.proc_count import proc_count
    from pypcp.commands.proc_info import proc_info
    from pypcp.commands.promote import promote
    from pypcp.commands.recover import recover
    from pypcp.commands.reload_config import reload_config
    from pypcp.commands.set_parameter import set_parameter
    from pypcp.commands.stop_pgpool import stop_pgpool
    from pypcp.commands.watchdog_info import watchdog_info

    P = ParamSpec("P")
    T = TypeVar("T")

    class Method(Generic[P, T]):
        """The function that makes a command, seen from a client that runs it."""

        def __init__(self, build: Callable[P, Command[T]]) -> None: ...
        @overload
        def __get__(self, client: Client, owner: object) -> Callable[P, T]: ...
        @overload
        def __get__(self, client: AsyncClient, owner: object) -> Callable[P, Coroutine[Any, Any, T]]: ...
        def __get__(self, client: Any, owner: object) -> Any: ...

    class Methods:
        """The commands."""

        attach = Method(attach)
        detach = Method(detach)
        health_check_stats = Method(health_check_stats)
        invalidate_query_cache = Method(invalidate_query_cache)
        log_rotate = Method(log_rotate)
        node_count = Method(node_count)
        node_info = Method(node_info)
        node_infos = Method(node_infos)
        pool_status = Method(pool_status)
        proc_count = Method(proc_count)
        proc_info = Method(proc_info)
        promote = Method(promote)
        recover = Method(recover)
        reload_config = Method(reload_config)
        set_parameter = Method(set_parameter)
        stop_pgpool = Method(stop_pgpool)
        watchdog_info = Method(watchdog_info)

else:

    class Methods:
        """The commands: see :mod:`pypcp.commands`."""

        def __getattr__(self, name):
            build = _command_named(name)

            def method(self, *args, **kwargs):
                return self.run(build(*args, **kwargs))

            method.__name__, method.__doc__ = name, build.__doc__
            setattr(Methods, name, method)  # found without this function from now on
            return getattr(self, name)

        def __dir__(self):
            return [*super().__dir__(), *command_names()]


def command_names() -> list[str]:
    """The names of all commands, from the modules that are there."""
    import pkgutil

    from pypcp import commands

    return sorted(module.name for module in pkgutil.iter_modules(commands.__path__))


def _command_named(name: str) -> Callable[..., Command[Any]]:
    from importlib import import_module

    if name.startswith("_"):
        raise AttributeError(name)
    module = f"pypcp.commands.{name}"
    try:
        build: Callable[..., Command[Any]] = getattr(import_module(module), name)
    except ModuleNotFoundError as error:
        if error.name != module:
            raise
        raise AttributeError(f"there is no PCP command {name!r}; there are {', '.join(command_names())}") from None
    return build
