"""From what was seen on the hosts to a description, as far as it can be told; what is missing is asked. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pypcp.setup.discover import Cluster, Seen

Document = dict[str, Any]
_SAMPLED = {  # what the package of that system has built in, as its own sample shows it
    "socket_directory": ("unix_socket_directories", "socket_dir"),
    "pid_file": ("pid_file_name",),
    "state_directory": ("work_dir", "logdir"),
}


def propose(seen: Sequence[Seen], addresses: Mapping[str, str]) -> Document:
    """A document of a pair, without what is not told; ``addresses`` are those that the hosts' names stand for."""
    first = seen[0]
    clusters = [each.clusters[0] for each in seen if len(each.clusters) == 1]
    clients = [role for cluster in clusters for role in cluster.clients if not cluster.in_recovery]
    follows_as = next((cluster.follows_as for cluster in clusters if cluster.follows_as), "")
    owner = clusters[0].owner if clusters else "postgres"
    if any(cluster.application_name == _short(each.host) for each in seen for cluster in each.clusters):
        seen = [_named(each) for each in seen]
    prefix = next((prefix for each in seen for _, at, prefix in each.addresses if at == addresses.get(each.host)), None)
    document: Document = _told(
        {
            "hosts": [_host(each, addresses.get(each.host, "")) for each in seen],
            "pgpool": {"version": first.version, "unit": first.unit, "user": owner, **_pgpool(first)},
            "virtual_ip": {"prefix": prefix, **{name: first.paths.get(name) for name in ("ip", "arping", "sudo")}},
            "watchdog": {"trusted_servers": list(dict.fromkeys(each.gateway for each in seen if each.gateway))},
            "users": {
                "postgres": owner,
                "replication": follows_as,
                "clients": [role for role in clients if role != "pgpool"],
                "operators": list(dict.fromkeys(["root", owner])),
            },
        }
    )
    return document


def _short(host: str) -> str:
    return host.partition(".")[0]


def _named(seen: Seen) -> Seen:
    """With each standby-to-be named as the ones that are: by the first part of its host's name."""
    clusters = (replace(each, application_name=each.application_name or _short(seen.host)) for each in seen.clusters)
    return replace(seen, clusters=tuple(clusters))


def _told(part: Any) -> Any:
    """Without what is empty."""
    if isinstance(part, dict):
        return {key: _told(value) for key, value in part.items() if value not in ("", None, [], {})}
    return [_told(each) for each in part] if isinstance(part, list) else part


def _host(seen: Seen, address: str) -> Document:
    cluster = seen.clusters[0] if len(seen.clusters) == 1 else Cluster("", 0, "", False)
    interface = next((name for name, at, _ in seen.addresses if at == address), "")
    return {
        "name": seen.host,
        "data_directory": cluster.data_directory,
        "port": cluster.port or None,
        "application_name": cluster.application_name,
        "interface": interface,
    }


def _pgpool(seen: Seen) -> Document:
    paths = {name: seen.paths.get(name, "") for name in ("program", "directory", "pypcp")}
    sampled = {name: _sampled(seen.sample, settings) for name, settings in _SAMPLED.items()}
    state = sampled["state_directory"]
    return {**paths, **sampled, "log_file": f"{state}/pgpool.log" if state else ""}


def _sampled(sample: str, names: Sequence[str]) -> str:
    """The path that a sample shows for the first of these settings, commented out or not."""
    found = (re.search(rf"^#?[ \t]?{name}[ \t]*=[ \t]*'(/[^']*)'", sample, re.MULTILINE) for name in names)
    return next((match[1].rstrip("/") for match in found if match), "")


def merged(*documents: Mapping[str, Any]) -> Document:
    """The documents in one; a later one wins, also in each table, and in each host of the same name."""
    whole: Document = {}
    for document in documents:
        for key, value in document.items():
            if key == "hosts" and key in whole:
                whole[key] = _merged_hosts(whole[key], value)
            elif isinstance(value, Mapping):
                whole[key] = {**whole.get(key, {}), **value}
            else:
                whole[key] = value
    return whole


def _merged_hosts(before: Sequence[Document], after: Sequence[Document]) -> list[Document]:
    known = {host.get("name"): host for host in before}
    return [{**known.get(host.get("name"), {}), **host} for host in after]
