"""Before a base backup: whether it can take the place of the data directory, and what goes with the old one."""

from __future__ import annotations

from pypcp.rejoin.facts import Facts
from pypcp.rejoin.refusals import Refusal
from pypcp.rejoin.states import has_another_past, went_its_own_way


def target_can_be_replaced(facts: Facts) -> Refusal | None:
    """The new copy is made beside the data directory, and takes its name; or in it, and takes the place of the rest."""
    target = facts.target.instance
    if not target or target.replaceable or target.writable:
        return None
    return Refusal(
        "cannot-be-replaced",
        f"{target.owner} may write neither in {target.data_directory} on {target.host} nor in the directory above",
        "Make it, and give it to that user." if target.vacant else "Give that user the right to.",
    )


def nothing_is_mounted_in_the_directory(facts: Facts) -> Refusal | None:
    """It would stay with the old directory, and the copy would have no disk of its own for that."""
    target = facts.target.instance
    if not target or not target.mounts:
        return None
    return Refusal(
        "mounted-inside",
        f"in {target.data_directory} on {target.host} other file systems are mounted: "
        f"{', '.join(map(repr, target.mounts))}",
        "Mount them elsewhere, and link to a directory there; or make the copy by hand with pg_basebackup.",
    )


def half_a_swap_was_not_started(facts: Facts) -> Refusal | None:
    """Of a data directory that was about to be replaced: what has been written to it since was not looked at."""
    target = facts.target.instance
    if not target or not target.pid:
        return None
    return Refusal(
        "swap-began",
        f"a new copy was taking the place of {target.data_directory} on {target.host} when that was interrupted, and a "
        "server was started there since",
        "Stop it, then run this again. What it has written is kept under another name, but not looked at.",
    )


def nobody_is_in_its_place(facts: Facts) -> Refusal | None:
    """Where a server answers, its data directory is another one than pgpool says."""
    pool, target = facts.target.pool, facts.target.instance
    if not target or not facts.is_taken:
        return None
    return Refusal(
        "port-taken",
        f"{target.data_directory} on {target.host} is missing or empty, but a server answers as {pool.label}: it "
        "runs from another directory",
        "Compare that with pgpool's backend_data_directory: pypcp pool-status. If it is another server, stop it.",
    )


def a_new_node_has_its_configuration(facts: Facts) -> Refusal | None:
    """Either one of its own, as Debian's packages make it, or the primary's, which comes with the copy."""
    source, target = facts.source, facts.target.instance
    if not (source and source.instance and target) or target.is_configured_outside:
        return None
    if source.instance.is_configured_outside:
        return Refusal(
            "no-configuration",
            f"{facts.target.pool.label} would have no postgresql.conf: {target.host} has none that names "
            f"{target.data_directory}, and that of {source.pool.label} does not come with a copy "
            f"({source.instance.config_file})",
            f"Make it, with pg_hba.conf: {source.instance.config_file} on {target.host} as on {source.instance.host}.",
        )
    if target.era.has_recovery_conf and source.instance.port != facts.target.pool.port:
        return Refusal(
            "other-port",
            f"{facts.target.pool.label} would have the primary's configuration, with port {source.instance.port}; "
            f"pgpool expects {facts.target.pool.port}",
            "Make the copy by hand with pg_basebackup, and set its port.",
        )
    return None


def a_new_node_listens_where_pgpool_looks(facts: Facts) -> Refusal | None:
    """With the primary's configuration it would listen on the primary's addresses, which are not its own."""
    source, target, hostname = facts.source, facts.target.instance, facts.target.pool.hostname
    if not (source and source.instance and source.instance.server and target) or target.is_configured_outside:
        return None
    listed = source.instance.server.settings.get("listen_addresses", "*")
    addresses = {each.strip() for each in listed.split(",")}
    if not hostname or hostname.startswith("/") or addresses & {"*", "0.0.0.0", "::", hostname}:
        return None
    return Refusal(
        "listens-elsewhere",
        f"{facts.target.pool.label} would have the primary's configuration, and listen on {listed!r}, where "
        f"pgpool does not find it as {hostname}",
        f"Set listen_addresses on {source.pool.label} to '*', or make the copy by hand with pg_basebackup.",
    )


def its_wal_can_be_replaced(facts: Facts) -> Refusal | None:
    """Where pg_wal leads elsewhere, the new copy's WAL is made beside that, and then takes its name."""
    target = facts.target.instance
    if not target or not target.wal_link or target.wal_replaceable:
        return None
    return Refusal(
        "wal-elsewhere",
        f"the WAL of {target.data_directory} on {target.host} lies elsewhere, in {target.wal_link!r}, which cannot be "
        f"replaced by another directory: it is a mount point, or {target.owner} may not write in the directory above, "
        "or that is not there",
        "Give the owner that right, or mount what is missing there; or make the copy by hand with pg_basebackup "
        "--waldir.",
    )


def its_tablespaces_are_its_own(facts: Facts) -> Refusal | None:
    """The copy's tablespaces are made at the same paths as the primary's, in the place of what is there."""
    source, target = facts.source, facts.target.instance
    if not (source and source.instance and target and source.instance.tablespaces):
        return None
    paths = [each.path for each in source.instance.tablespaces]
    inside = (f"{target.data_directory}/", f"{target.real_directory}/")
    odd = [path for path in paths if not path.isprintable() or f"{path}/".startswith(inside)]
    if source.instance.machine != target.machine and not odd:
        return None
    why = f"those of {source.pool.label} are on the same host"
    if odd:
        why = f"{odd[0]!r} lies in the data directory, or has characters that cannot be printed"
    return Refusal(
        "tablespaces",
        f"a copy's tablespaces would have the primary's paths, which cannot be: {why}",
        "Make the copy by hand with pg_basebackup --tablespace-mapping.",
    )


def what_is_lost_is_known(facts: Facts) -> Refusal | None:
    """When the WAL cannot be read, the target may have committed transactions that no other node has."""
    target = facts.target.instance
    if not target or target.pid or facts.request.discard_diverged:
        return None
    if has_another_past(facts):
        return Refusal(
            "loss-unknown",
            f"{facts.target.pool.label} was written to on the primary's own timeline; what of it the primary never got "
            "cannot be told",
            "The old directory will be kept under another name. To go on without knowing: --discard-diverged",
        )
    is_measured = facts.divergence.counted if facts.divergence else not went_its_own_way(facts)
    if facts.fork and target.wal_end is not None and is_measured and not target.journal.rewind_began:
        return None
    return Refusal(
        "loss-unknown",
        f"it cannot be told whether {facts.target.pool.label} has transactions that no other node has: its WAL or its "
        "history cannot be read",
        "The old directory will be kept under another name. To go on without knowing: --discard-diverged",
    )
