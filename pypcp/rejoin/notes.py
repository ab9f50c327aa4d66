"""What an operator should know before a rejoin, though it does not stand against it."""

from __future__ import annotations

from pypcp.postgres import synchronous
from pypcp.postgres.unit import not_of
from pypcp.rejoin.facts import Facts


def notes(facts: Facts) -> tuple[str, ...]:
    """Each in one line, for people."""
    return tuple(
        note for ask in (_commits_wait, _archive_has_a_dead_branch, _systemd_has_a_unit) if (note := ask(facts))
    )


def _commits_wait(facts: Facts) -> str:
    """Commits on the primary that wait for standbys which are not there. pypcp itself commits nothing there."""
    source = facts.source
    if not (source and source.instance and source.instance.server):
        return ""
    server = source.instance.server
    try:
        wanted = synchronous.parse(server.settings.get("synchronous_standby_names") or "")
    except ValueError:
        return ""
    there = [sender.application_name for sender in server.senders if sender.state == "streaming"]
    lacking = wanted.lacks(there) if wanted else 0
    if not wanted or not lacking:
        return ""
    waits = f"commits on the primary {source.pool.label} wait: its synchronous_standby_names asks for "
    waits += f"{wanted.number} of {', '.join(wanted.names)}, and {wanted.number - lacking} stream"
    own = facts.stream.values.get("application_name", "") if facts.stream else ""
    if not own and "*" not in wanted.names:  # it calls itself by its cluster_name then, or walreceiver
        return f"{waits}; that ends when this node streams only if it is one of them"
    if lacking == 1 and wanted.takes(own):
        return f"{waits}; that ends when this node streams"
    return f"{waits}; that does not end with this node (application_name {own!r}): change the setting, and reload"


def _archive_has_a_dead_branch(facts: Facts) -> str:
    """What the target archived after the fork, where the primary may use the same archive."""
    divergence, source = facts.divergence, facts.source
    if not (divergence and divergence.archived and source and source.instance):
        return ""
    if divergence.archive_command != source.instance.settings.get("archive_command", ""):
        return ""
    first, last = divergence.archived[0], divergence.archived[-1]
    which = first if first == last else f"{first} to {last}"
    return (
        f"{facts.target.pool.label} has archived WAL from after the fork ({which}), and the primary has the same "
        "archive_command: if that is one archive, this WAL stays there, of a history that nobody goes on with. Leave "
        "recovery_target_timeline at latest wherever that archive is restored from"
    )


def _systemd_has_a_unit(facts: Facts) -> str:
    """The unit that surely is the target's, when it is going to be started without it."""
    target = facts.target.instance
    if not target or target.pid or facts.request.service:
        return ""
    # Debian's are told by their name alone: what starts them there is pg_ctlcluster.
    own = [each.name for each in facts.units if each.directory or each.name.startswith("postgresql@")]
    fitting = [each.name for each in facts.units if each.name in own and not not_of(target, each)]
    if not fitting:
        return ""
    return (
        f"the server will be started outside of systemd, which has the unit {fitting[0]} for it and will not know that "
        f"it runs: --service {fitting[0]} starts it as that"
    )
