"""Is it the right directory of the right cluster, and could everything be looked at."""

from __future__ import annotations

from pypcp.hosts.shell import quote
from pypcp.postgres.eras import era_of
from pypcp.rejoin.facts import Facts, NodeFacts
from pypcp.rejoin.refusals import BASEBACKUP, Refusal

WHERE_IT_SHOULD_BE = "Compare with pgpool's backend_data_directory: pypcp pool-status"


def target_could_be_looked_at(facts: Facts) -> Refusal | None:
    """Host, directory and privileges, with what was answered."""
    target = facts.target
    if target.instance:
        return None
    if target.missing:
        return Refusal("no-data-directory", f"{target.pool.label}: {target.trouble}", WHERE_IT_SHOULD_BE)
    return Refusal(
        "target-unreachable" if target.unreachable else "no-data-directory",
        f"{target.pool.label} could not be looked at: {target.trouble}",
        f"The way there must work without a question, then root or sudo: {_way_to(target)}"
        if target.unreachable
        else WHERE_IT_SHOULD_BE,
    )


def source_could_be_looked_at(facts: Facts) -> Refusal | None:
    """Every other node that pgpool has in service must be seen: one that is not might be a second primary."""
    hidden = [node for node in facts.others if node.pool.in_service and not node.instance]
    hidden += [node for node in facts.others if node.instance and node.instance.pid and not node.instance.server]
    if not hidden:
        return None
    told = "; ".join(f"{n.pool.label}: {n.trouble or (n.instance.server_error if n.instance else '')}" for n in hidden)
    return Refusal(
        "node-unreachable",
        f"could not ask {told}",
        "The way there must work without a question, and there psql as the owner of the data directory: "
        + "; ".join(_way_to(node) for node in hidden),
    )


def _way_to(node: NodeFacts) -> str:
    return quote(["ssh", "-o", "BatchMode=yes", "--", node.pool.hostname, "true"])


def target_has_programs(facts: Facts) -> Refusal | None:
    """A directory with PG_VERSION, and PostgreSQL's programs of that version, or nothing is touched."""
    instance = facts.target.instance
    if not instance:
        return None
    if not instance.version or ("PG_VERSION" not in instance.files and not instance.vacant):
        return Refusal(
            "not-a-data-directory",
            f"{instance.data_directory} on {instance.host} is no data directory: it has no PG_VERSION",
            WHERE_IT_SHOULD_BE,
        )
    if not instance.bindir:
        return Refusal(
            "no-programs",
            f"the programs of PostgreSQL {instance.version} were not found on {instance.host}",
            f"Install them (Debian: postgresql-{instance.version}), or say where they are: --bindir",
        )
    return None


def target_is_a_data_directory(facts: Facts) -> Refusal | None:
    """With a control file that can be read."""
    instance = facts.target.instance
    if not instance or not instance.bindir or (instance.control and not instance.vacant):
        return None
    if instance.vacant:
        return Refusal(
            "vacant",
            f"{instance.data_directory} on {instance.host} is missing or empty",
            "Should a file system be mounted there, mount it. To put a copy of the primary there: --method basebackup",
        )
    return Refusal(
        "no-control-data",
        f"pg_controldata cannot read {instance.data_directory} on {instance.host}: {instance.control_error}",
        f"The directory is damaged; {BASEBACKUP}",
    )


def target_answers_when_it_runs(facts: Facts) -> Refusal | None:
    """A running server that cannot be asked might be a primary."""
    instance = facts.target.instance
    if not instance or not instance.pid or instance.server:
        return None
    return Refusal(
        "target-silent",
        f"a server runs in {instance.data_directory} on {instance.host} (pid {instance.pid}) but cannot be asked: "
        f"{instance.server_error}",
        f"Make psql work there as {instance.owner} without a password prompt, or stop the server.",
    )


def same_cluster(facts: Facts) -> Refusal | None:
    """The system identifier is given once, at initdb."""
    source = facts.source
    target = facts.target.instance
    if not (source and source.instance and source.instance.server and target and target.control):
        return None
    theirs, ours = source.instance.server.system_identifier, target.control.system_identifier
    if theirs == ours:
        return None
    return Refusal(
        "other-cluster",
        f"{facts.target.pool.label} and {source.pool.label} belong to different clusters: "
        f"system identifiers {ours} and {theirs}",
        "Compare host, port and data directory with pgpool's settings: pypcp pool-status",
    )


def same_major_version(facts: Facts) -> Refusal | None:
    """Neither streaming nor rewinding works across major versions."""
    source, target = facts.source, facts.target.instance
    if not (source and source.instance and target and target.version) or target.version == source.instance.version:
        return None
    return Refusal(
        "other-version",
        f"{facts.target.pool.label} is PostgreSQL {target.version}, {source.pool.label} is {source.instance.version}",
        "They cannot be a pair; the directory that pgpool names may be that of an older version.",
    )


def known_version(facts: Facts) -> Refusal | None:
    """From 9.5 on pg_rewind is part of PostgreSQL, and scripts and settings are known."""
    target = facts.target.instance
    if not target or not target.version or era_of(target.version):
        return None
    return Refusal(
        "version-not-supported",
        f"{facts.target.pool.label} is PostgreSQL {target.version}; rejoin handles 9.5 and later",
        "Rejoin it by hand, then: pypcp attach",
    )


def source_is_not_target(facts: Facts) -> Refusal | None:
    """Two of pgpool's nodes may, by mistake, name the same directory."""
    source, target = facts.source, facts.target.instance
    if not (source and source.instance and target):
        return None
    if source.instance.identity != target.identity:
        return None
    return Refusal(
        "same-instance",
        f"{facts.target.pool.label} and {source.pool.label} are the same data directory, {target.real_directory}",
        "Correct backend_data_directory in pgpool.conf.",
    )


def port_is_pgpools(facts: Facts) -> Refusal | None:
    """The directory must be that of the server that pgpool means."""
    target = facts.target.instance
    if not target:
        return None
    port = target.port if target.pid else int(target.settings.get("port") or 0)
    if not port or port == facts.target.pool.port:
        return None
    return Refusal(
        "other-port",
        f"{target.data_directory} on {target.host} belongs to port {port}, not to pgpool's {facts.target.pool.port}",
        "Wrong node, or wrong backend_data_directory: pypcp pool-status",
    )


def history_is_known(facts: Facts) -> Refusal | None:
    """Without the histories of both nothing can be said about what would be lost."""
    target, source = facts.target.instance, facts.source
    if not (target and target.control and source and source.instance):
        return None
    if facts.fork:
        return None
    return Refusal(
        "no-common-history",
        f"the timeline history of {facts.target.pool.label} and {source.pool.label} cannot be compared: "
        f"{facts.history_trouble or 'they share no timeline'}",
        f"A {BASEBACKUP[2:]}",
    )
