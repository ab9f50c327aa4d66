"""The unit of systemd that starts an instance: what it is, and whether we may start it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pypcp.errors import MalformedReply, on_one_line
from pypcp.hosts import document
from pypcp.hosts.document import Item
from pypcp.hosts.host import Host
from pypcp.postgres import scripts
from pypcp.postgres.instance import Instance

NAME = re.compile(r"[A-Za-z0-9_.@:\\][A-Za-z0-9_.@:\\-]{0,250}\Z")  # systemd.unit(5), and no option
_DEBIAN = re.compile(r"/etc/postgresql/([^/]+)/([^/]+)/postgresql\.conf\Z")
_NOTHING = Item("", 1)


@dataclass(frozen=True)
class Unit:
    """A unit as ``systemctl show`` tells it; ``trouble`` says why it could not be asked, or is empty.

    ``directory`` is the data directory that it names, empty when that cannot be told; ``main_pid`` the process that it
    runs, 0 for none; ``restart`` when it starts that again by itself; ``may_not_start`` what was said when we asked for
    leave to start it, empty when we have it; ``may_not_stop`` the same of a stop, empty also when that was not asked.
    """

    name: str
    trouble: str = ""
    load: str = ""
    active: str = ""
    sub: str = ""
    main_pid: int = 0
    restart: str = ""
    directory: str = ""
    may_not_start: str = ""
    may_not_stop: str = ""


def usual_names(instance: Instance) -> list[str]:
    """What packages call the unit of this instance: Debian's, or Red Hat's."""
    debian = _DEBIAN.match(instance.config_file)
    if debian:
        return [f"postgresql@{debian[1]}-{debian[2]}"]
    return [f"postgresql-{instance.version}", "postgresql"]


def not_of(instance: Instance, unit: Unit) -> str:
    """Why this unit does not start that instance; empty when nothing speaks against it."""
    if unit.trouble:
        return unit.trouble
    if unit.load != "loaded":
        return "there is no such unit" if unit.load == "not-found" else f"it is {unit.load}"
    if unit.sub == "exited":
        return "it runs no server of its own (it is active, and its process has ended)"
    if unit.directory and unit.directory not in (instance.real_directory, instance.data_directory):
        return f"it is of {unit.directory}"
    named = usual_names(instance)[0]
    if unit.name.startswith("postgresql@") and unit.name.removesuffix(".service") != named:
        return f"this one is {named}"
    if unit.main_pid and unit.main_pid != instance.pid:
        return f"it runs another server already (pid {unit.main_pid})"
    return ""


def units(host: Host, names: Sequence[str], asked: bool, stops: bool = False) -> tuple[Unit, ...]:
    """The units of these names; none when they were not asked for and systemd does not run there.

    ``stops`` asks for leave to stop them, too.

    Raises MalformedReply for an answer that cannot be read, and what ``Host.run`` raises.
    """
    tried = f"ask systemd on {host.name}"
    script = document.ITEM + scripts.text("unit")
    answer = host.run(script, ["asked" if asked else "", "stops" if stops else "", *names])
    answer.or_fail(tried)
    try:
        items = document.parse(answer.stdout)
        return tuple(_unit(name, items) for name in names if f"shown:{name}" in items)
    except ValueError as why:
        raise MalformedReply(tried, str(why)) from None


def units_for(host: Host, instance: Instance, service: str, stops: bool = False) -> tuple[Unit, ...]:
    """The unit that the operator names, if that can be the name of one; where none is named, those of the usual names.

    ``stops`` as for ``units``, of the one that is named. Raises as ``units``.
    """
    if not service:
        return units(host, usual_names(instance), asked=False)
    return units(host, [service], asked=True, stops=stops) if NAME.match(service) else ()


def _unit(name: str, items: dict[str, Item]) -> Unit:
    shown, place = (items.get(f"{what}:{name}", _NOTHING) for what in ("shown", "place"))
    if shown.exit:
        return Unit(name, trouble=on_one_line(shown.text.strip()) or "systemctl failed")
    told = dict(line.partition("=")[::2] for line in shown.text.splitlines())
    pid = told.get("MainPID", "0")
    return Unit(
        name,
        load=told.get("LoadState", ""),
        active=told.get("ActiveState", ""),
        sub=told.get("SubState", ""),
        main_pid=int(pid) if pid.isdigit() else 0,
        restart=told.get("Restart", ""),
        directory=place.text.strip() if place.exit == 0 else "",
        may_not_start=_refused(items.get(f"start:{name}")),
        may_not_stop=_refused(items.get(f"stop:{name}")),
    )


def _refused(leave: Item | None) -> str:
    return (on_one_line(leave.text.strip()) or "sudo refuses") if leave and leave.exit else ""
