"""The watchdog's members: each host apart up to 4.1, the same numbered list on every host from 4.2 on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from pypcp.pgpool.conf import ConfError
from pypcp.pgpool.parameters import number_of

_PORTS = {"wd_port": "9000", "port": "9999", "heartbeat": "9694"}  # pool_config_variables.c


@dataclass(frozen=True, order=True)
class Member:
    """One pgpool of the watchdog; where its heartbeat is listened for, and through which devices it is sent there."""

    hostname: str
    pgpool_port: str
    wd_port: str = _PORTS["wd_port"]
    heartbeat_hostnames: tuple[str, ...] = ()
    heartbeat_port: str = _PORTS["heartbeat"]
    heartbeat_devices: tuple[str, ...] = ()


def listed(settings: Mapping[str, str]) -> tuple[list[Member], int]:
    """All members in an order that is the same on every host, and the number of this one.

    ``settings`` are those of a pgpool.conf of 3.6 to 4.1. Hosts are in order of name and port, so that the files of all
    hosts, each migrated by itself, agree. Raises ConfError where they do not say who this host is, or which heartbeat
    goes to whom.
    """
    if not (hostname := settings.get("wd_hostname")):
        raise ConfError(
            "number the watchdog's members", "wd_hostname is not set", "Set it to this host's name in the file first."
        )
    own = Member(
        hostname,
        settings.get("port", _PORTS["port"]),
        settings.get("wd_port", _PORTS["wd_port"]),
        (hostname,),
        settings.get("wd_heartbeat_port", _PORTS["heartbeat"]),
    )
    members = sorted([own, *_with_heartbeats(_others(settings), settings)])
    return members, members.index(own)


def settings_of(members: list[Member]) -> dict[str, str]:
    """The members as 4.2 and later have them; several destinations of a heartbeat are one, with semicolons."""
    found: dict[str, str] = {}
    for number, member in enumerate(members):
        found |= {
            f"hostname{number}": member.hostname,
            f"wd_port{number}": member.wd_port,
            f"pgpool_port{number}": member.pgpool_port,
            f"heartbeat_hostname{number}": ";".join(member.heartbeat_hostnames),
            f"heartbeat_port{number}": member.heartbeat_port,
            f"heartbeat_device{number}": ";".join(member.heartbeat_devices),
        }
    return found


def _others(settings: Mapping[str, str]) -> list[Member]:
    return [
        Member(
            value,
            settings.get(f"other_pgpool_port{number}", _PORTS["port"]),
            settings.get(f"other_wd_port{number}", _PORTS["wd_port"]),
        )
        for name, value in settings.items()
        if name.startswith("other_pgpool_hostname") and (number := number_of(name)) is not None and value
    ]


def _with_heartbeats(others: list[Member], settings: Mapping[str, str]) -> list[Member]:
    """Each with the destinations that are its own: by their host's name, or because there is one other host only."""
    found = {other: other for other in others}
    for number, (host, port, device) in enumerate(_destinations(settings)):
        owner = next((other for other in others if other.hostname == host), None)
        if owner is None and len(others) != 1 and number < len(others):
            owner = others[number]
        if owner is None and len(others) != 1:
            said = f"it is not clear to which host heartbeat_destination{number} belongs"
            raise ConfError("number the watchdog's members", said, "Name the hosts alike in the file first.")
        owner = owner or others[0]
        had = found[owner]
        found[owner] = replace(
            had,
            heartbeat_hostnames=(*had.heartbeat_hostnames, host),
            heartbeat_port=port,
            heartbeat_devices=(*had.heartbeat_devices, device) if device else had.heartbeat_devices,
        )
    return [
        member if member.heartbeat_hostnames else replace(member, heartbeat_hostnames=(member.hostname,))
        for member in found.values()
    ]


def _destinations(settings: Mapping[str, str]) -> list[tuple[str, str, str]]:
    numbers = (number_of(name) for name in settings if name.startswith("heartbeat_destination") and "port" not in name)
    return [
        (
            host,
            settings.get(f"heartbeat_destination_port{number}", _PORTS["heartbeat"]),
            settings.get(f"heartbeat_device{number}", ""),
        )
        for number in sorted(number for number in numbers if number is not None)
        if (host := settings.get(f"heartbeat_destination{number}"))
    ]
