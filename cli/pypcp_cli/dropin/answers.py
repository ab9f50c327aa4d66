"""For each tool: what it asks of pgpool, and what it prints of the answer."""

from __future__ import annotations

from pypcp.commands import Command, Reply, Request, number
from pypcp.errors import MalformedReply

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pypcp.commands import Ask, Talk
    from pypcp_cli.dropin.arguments import Arguments

    Read = Callable[[Reply], str]
    Era = tuple[int, int]

NO_NODE = "No node information available\n\n"
SINCE_3_7, SINCE_4_0, SINCE_4_2 = (3, 7), (4, 0), (4, 2)


def command(arguments: Arguments, era: Era) -> Command[str]:
    """The command whose result is the text to print.

    ``era`` is the pgpool that is expected, (0, 0) for any. It says what a reply does not: 3.6 to 4.2 send the same
    process infos, 3.6 to 4.1 the same watchdog infos, and their tools print them differently.
    """
    name = arguments.tool.name
    if name in ORDERS:
        request = ORDERS[name](arguments)
        read: Read = lambda reply: _done(arguments)  # noqa: E731
    else:
        request, read = QUESTIONS[name](arguments, era)

    def talk(ask: Ask) -> Talk[str]:
        return read((yield from ask(request)))

    return Command(name, talk, changes=name in ORDERS)


def _done(arguments: Arguments) -> str:
    """What they print for an answer without data."""
    return f"{arguments.tool.name} -- Command Successful\n"


def _node(arguments: Arguments) -> bytes:
    return b"%d\0" % (arguments.node or 0)


def _promote(arguments: Arguments) -> Request:
    # Always the payload of 4.3, which older servers read just as well: see pypcp.commands.promote.
    payload = b"%d \0" % (arguments.node or 0) + (b"s" if arguments.is_switchover else b"n")
    return Request(b"j" if arguments.is_graceful else b"J", payload, answer=b"d")


def _stop(arguments: Arguments) -> Request:
    return Request(b"t" if arguments.scope == "cluster" else b"T", arguments.mode[:1].encode(), answer=b"t")


ORDERS: dict[str, Callable[[Arguments], Request]] = {
    "pcp_attach_node": lambda each: Request(b"C", _node(each)),
    "pcp_detach_node": lambda each: Request(b"d" if each.is_graceful else b"D", _node(each), answer=b"d"),
    "pcp_promote_node": _promote,
    "pcp_recovery_node": lambda each: Request(b"O", _node(each), answer=b"c"),
    "pcp_stop_pgpool": _stop,
    "pcp_reload_config": lambda each: Request(b"Z", each.scope[:1].encode()),
    "pcp_log_rotate": lambda each: Request(b"V", each.scope[:1].encode()),
    "pcp_invalidate_query_cache": lambda each: Request(b"G"),
}


def _node_count(arguments: Arguments, era: Era) -> tuple[Request, Read]:
    def read(reply: Reply) -> str:
        count = number(_first(reply))
        return f"Node Count\n____________\n {count}\n" if arguments.is_verbose else f"{count}\n"

    return Request(b"L"), read


def _node_info(arguments: Arguments, era: Era) -> tuple[Request, Read]:
    def read(reply: Reply) -> str:
        from pypcp_cli.dropin import node_info

        line = node_info.verbose if arguments.is_verbose else node_info.plain
        rows = reply.rows("NodeInfo")
        if not rows and reply.fields:  # up to 4.2 the node is in the last frame
            return line(reply.fields, node_info.OLD_ROLES if (0, 0) < era < SINCE_4_2 else ())
        return "".join(line(row) for row in rows if row[0] or arguments.wants_all) or NO_NODE

    return Request(b"I", b"-1\0" if arguments.node is None else _node(arguments)), read


def _health_check_stats(arguments: Arguments, era: Era) -> tuple[Request, Read]:
    def read(reply: Reply) -> str:
        from pypcp_cli.dropin import health_check_stats

        return health_check_stats.text(reply.fields, is_verbose=arguments.is_verbose)

    return Request(b"H", _node(arguments)), read


def _proc_count(arguments: Arguments, era: Era) -> tuple[Request, Read]:
    def read(reply: Reply) -> str:
        _first(reply)
        pids = [number(pid) for pid in reply.fields[1:]]
        if not arguments.is_verbose:
            return "".join(f"{pid} " for pid in pids) + "\n"
        lines = "".join(f"{at} \t | \t {pid}\n" for at, pid in enumerate(pids))
        return f"No \t | \t PID\n_____________________\n{lines}\nTotal Processes:{len(pids)}\n"

    return Request(b"N"), read


def _proc_info(arguments: Arguments, era: Era) -> tuple[Request, Read]:
    def read(reply: Reply) -> str:
        from pypcp_cli.dropin import proc_info

        rows = reply.rows("ProcessInfo")
        if not rows:
            return _done(arguments)
        return proc_info.text(
            rows,
            is_verbose=arguments.is_verbose,
            wants_all=arguments.wants_all,
            hides_ids=(0, 0) < era < SINCE_4_0,
        )

    return Request(b"P", b"%d\0" % (arguments.process or 0)), read


def _pool_status(arguments: Arguments, era: Era) -> tuple[Request, Read]:
    def read(reply: Reply) -> str:
        from pypcp_cli.dropin import pool_status

        rows = reply.rows("ProcessConfig")
        if rows and min(map(len, rows)) < 3:
            raise MalformedReply("read the pool status", "a parameter with less than 3 fields")
        return pool_status.text([(row[0], row[1], row[2]) for row in rows], is_verbose=arguments.is_verbose)

    return Request(b"B"), read


def _watchdog_info(arguments: Arguments, era: Era) -> tuple[Request, Read]:
    def read(reply: Reply) -> str:
        import json

        from pypcp_cli.dropin import watchdog_info

        try:
            document = json.loads("\0".join(reply.fields))
        except (ValueError, RecursionError) as error:
            raise MalformedReply("read the watchdog info", f"it is not the JSON that pgpool sends ({error})") from None
        escalated = watchdog_info.VIP_UP if (0, 0) < era < SINCE_3_7 else watchdog_info.ESCALATED
        return watchdog_info.text(document, is_verbose=arguments.is_verbose, escalated=escalated)

    return Request(b"W", b"-1\0" if arguments.node is None else _node(arguments)), read


def _first(reply: Reply) -> str:
    if not reply.fields:
        raise MalformedReply("read from pgpool", "the reply has no number")
    return reply.fields[0]


QUESTIONS: dict[str, Callable[[Arguments, Era], tuple[Request, Read]]] = {
    "pcp_node_count": _node_count,
    "pcp_node_info": _node_info,
    "pcp_health_check_stats": _health_check_stats,
    "pcp_proc_count": _proc_count,
    "pcp_proc_info": _proc_info,
    "pcp_pool_status": _pool_status,
    "pcp_watchdog_info": _watchdog_info,
}
