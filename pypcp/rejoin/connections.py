"""Which connections from the target to the source are worth a try, and what came of them."""

from __future__ import annotations

from collections.abc import Mapping

from pypcp.hosts.host import Host
from pypcp.postgres import access, conninfo, pgpass
from pypcp.postgres.instance import Instance
from pypcp.rejoin.facts import Facts

# What a node's own connection string says about its place, which is not the source's.
_OWN_PLACE = ("host", "hostaddr", "port", "application_name", "dbname", "replication")


def stream_candidates(facts: Facts) -> list[dict[str, str]]:
    """Connection strings to the source, without a place of their own: as it once followed us, as we followed it."""
    source, target = facts.source, facts.target
    assert source and source.instance and target.instance
    former = [_former(source.instance), _former(target.instance)]
    if user := facts.request.replication_user:
        former = [{**each, "user": user} for each in former if each.get("user") == user] + [{"user": user}]
    name = _former(target.instance, whole=True).get("application_name") or target.pool.application_name
    place = {"host": source.pool.hostname or source.instance.socket, "port": str(source.pool.port)}
    unique: list[dict[str, str]] = []
    for each in former:
        if not each.get("user"):
            continue
        values = {**place, **each, **({"application_name": name} if name else {})}
        if values not in unique:
            unique.append(values)
    return unique


def _former(instance: Instance, whole: bool = False) -> dict[str, str]:
    """The primary_conninfo that an instance has or had, without the place that it led to."""
    try:
        values = conninfo.parse(instance.settings.get("primary_conninfo", ""))
    except ValueError:
        return {}
    return values if whole else {name: value for name, value in values.items() if name not in _OWN_PLACE}


def rewind_candidates(facts: Facts) -> list[Mapping[str, str]]:
    """The same connections as an ordinary user: as asked, as the replication user, as postgres."""
    users = [facts.request.rewind_user] if facts.request.rewind_user else [None, "postgres"]
    found: list[Mapping[str, str]] = []
    for user in users:
        for each in stream_candidates(facts)[:1]:
            values = {name: value for name, value in each.items() if name != "application_name"}
            if user and user != values["user"]:
                values.pop("password", None)
                values["user"] = user
            values["dbname"] = "postgres"
            if values not in found:
                found.append(values)
    return found


def try_rewinding(host: Host, node: Instance, candidates: list[Mapping[str, str]]) -> tuple[access.Attempt, ...]:
    """Each candidate with the passwords of the server's owner; where none serves, with the operator's own on that host.

    A password found there is used for the rewind alone, and written nowhere.
    """
    tried = access.try_rewinding(host, node, candidates)
    if not candidates or any(not attempt.trouble for attempt in tried):
        return tried
    lines = pgpass.own_lines(host, node.owner)
    refused = [attempt.values for attempt in tried if not attempt.missing]
    found = [(each, pgpass.password(lines, each)) for each in refused]
    known = [{**each, "password": password} for each, password in found if password is not None]
    return tried + access.try_rewinding(host, node, known)
