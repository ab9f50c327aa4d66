"""Before the target's files are touched: what must hold for any chain that starts the target."""

from __future__ import annotations

from pypcp.postgres.instance import NOT_LESS
from pypcp.postgres.lsn import show
from pypcp.rejoin.facts import Facts
from pypcp.rejoin.interlocks.roles import fed_by
from pypcp.rejoin.refusals import BASEBACKUP, Refusal
from pypcp.rejoin.states import can_be_resumed, has_another_past, is_half_rewound, went_its_own_way


def nothing_lives_in_the_directory(facts: Facts) -> Refusal | None:
    """Backends outlive a killed postmaster by seconds, and go on writing."""
    target = facts.target.instance
    if not target or not target.strays:
        return None
    pids = ", ".join(map(str, target.strays))
    return Refusal(
        "strays",
        f"processes still live in {target.data_directory} on {target.host} without a postmaster: {pids}",
        "Wait some seconds for them to end, or end them, and run this again.",
    )


def target_can_stream(facts: Facts) -> Refusal | None:
    """Tried from the target's host, with the connection string that it will use."""
    source, target = facts.source, facts.target
    if not (source and source.instance and target.instance and target.instance.bindir) or facts.stream:
        return None
    if not facts.streaming:
        return Refusal(
            "no-replication-user",
            f"neither {source.pool.label} nor {target.pool.label} has a primary_conninfo that names a user",
            "Name it: --replication-user",
        )
    tried = "; ".join(f'"{attempt.shown}": {attempt.trouble}' for attempt in facts.streaming)
    return Refusal(
        "cannot-stream",
        f"{target.pool.label} cannot connect to {source.pool.label} for replication, tried as {target.instance.owner} "
        f"on {target.instance.host}: {tried}",
        f"It needs a line for replication in pg_hba.conf of {source.pool.label}, and the password in "
        f"~{target.instance.owner}/.pgpass on {target.instance.host}.",
    )


def streams_from_the_same_cluster(facts: Facts) -> Refusal | None:
    """What answers there, as the target sees it, must be the source: a name may mean another machine over there."""
    source, stream = facts.source, facts.stream
    if not (source and source.instance and source.instance.server and stream):
        return None
    if stream.system_identifier == source.instance.server.system_identifier:
        return None
    return Refusal(
        "other-cluster-answers",
        f'from {facts.target.pool.label}, "{stream.shown}" reaches a server with system identifier '
        f"{stream.system_identifier}, not {source.pool.label}",
        "Compare how both hosts resolve the name.",
    )


def needed_tools_are_there(facts: Facts) -> Refusal | None:
    """What the steps call on the target's host."""
    target = facts.target.instance
    if not target or not target.bindir:
        return None
    needed = {"pg_ctl", "psql", "setsid", "flock"}
    # Its stop will write a checkpoint past the fork. A standby writes none, and its control file then tells its end.
    second_primary = target.server and not target.server.in_recovery
    must_be_rewound = second_primary or went_its_own_way(facts)
    is_unknown = target.wal_end is None and not target.pid
    copied_anyway = facts.request.method == "basebackup" and facts.request.discard_diverged
    if (must_be_rewound or is_unknown) and not copied_anyway and not target.vacant:
        needed.add(target.era.spelled("pg_waldump"))
    if must_be_rewound or can_be_resumed(facts):
        needed.add("pg_rewind")
    if facts.request.method == "basebackup":
        needed = needed - {"pg_rewind"} | {"pg_basebackup"}
    missing = sorted(needed - target.tools)
    if not missing:
        return None
    return Refusal(
        "tools-missing", f"{target.host} lacks {', '.join(missing)}", f"Looked in {target.bindir} and the PATH."
    )


def nobody_else_starts_it(facts: Facts) -> Refusal | None:
    """Another manager of the same servers would start or promote the node in the middle."""
    seen = [node for node in (facts.target, facts.source) if node and node.instance and node.instance.managers]
    if not seen:
        return None
    told = "; ".join(f"{', '.join(node.instance.managers)} on {node.instance.host}" for node in seen if node.instance)
    return Refusal(
        "other-manager", f"another manager of PostgreSQL runs: {told}", "Pause or stop it, then run this again."
    )


def nobody_else_repairs_it(facts: Facts) -> Refusal | None:
    """pgpool's online recovery or somebody by hand may be writing the same files, or saving what is in them."""
    target = facts.target.instance
    if not target or not target.repairs:
        return None
    return Refusal(
        "other-repair",
        f"somebody is at work in {target.data_directory} on {target.host} already: {', '.join(target.repairs)}",
        "Wait for its end, then run this again.",
    )


def target_feeds_nobody(facts: Facts) -> Refusal | None:
    """What follows a node that went its own way has the same WAL, and cannot follow it any more afterwards."""
    server = facts.target.instance.server if facts.target.instance else None
    if not (server and server.senders and went_its_own_way(facts)) or facts.request.fence:
        return None
    return Refusal(
        "feeds-others",
        f"{facts.target.pool.label} went its own way, and feeds others with it: {fed_by(server)}",
        "They lose whom they follow: bring them to the primary first. To stop it all the same: --fence",
    )


def settings_suffice(facts: Facts) -> Refusal | None:
    """With less than the primary has, the standby's recovery stops."""
    source, target = facts.source, facts.target.instance
    if not (source and source.instance and target):
        return None
    mine, theirs = target.settings, source.instance.settings
    asked = [name for name in NOT_LESS if name != "max_wal_senders" or target.era.compares_wal_senders]
    low = [name for name in asked if int(mine.get(name) or 1 << 31) < int(theirs.get(name) or 0)]
    if not low:
        return None
    told = ", ".join(f"{name} {mine[name]} (the primary has {theirs[name]})" for name in low)
    return Refusal(
        "settings-too-low",
        f"{facts.target.pool.label} has less than the primary {source.pool.label}, and would not start: {told}",
        f"Raise it in {target.config_file} on {target.host}.",
    )


def it_will_take_queries(facts: Facts) -> Refusal | None:
    """Nobody can ask a standby without hot_standby, which is off by default up to 9.6: pgpool would have it down."""
    target = facts.target.instance
    if not target or target.settings.get("hot_standby") != "off":
        return None
    return Refusal(
        "no-hot-standby",
        f"hot_standby is off for {facts.target.pool.label}: as a standby it takes no connections, pgpool's neither",
        f"Set hot_standby = on in {target.config_file} on {target.host}.",
    )


def no_rewind_died_half_way(facts: Facts) -> Refusal | None:
    """Such a directory starts as a writable primary with mixed data."""
    target = facts.target.instance
    if not target or not is_half_rewound(facts) or can_be_resumed(facts):
        return None
    journal, source = target.journal, facts.source
    if target.pid or not journal.control_is_saved:
        why = "the directory was started or changed since"
    elif source and source.instance and journal.rewind_timeline != source.instance.timeline:
        why = f"the primary was on timeline {journal.rewind_timeline} then, and is on {source.instance.timeline} now"
    else:
        why = "what it replaces was not saved"
    return Refusal(
        "half-rewound",
        f"an earlier rewind of {target.data_directory} on {target.host} began and did not end, and {why}",
        f"Never start it: its data are mixed. Saved files are in {journal.directory}; {BASEBACKUP}. "
        f"If the directory was replaced by hand and is good, remove {journal.directory}/rewind.began",
    )


def the_places_of_tablespaces_are_there(facts: Facts) -> Refusal | None:
    """A standby has them at the primary's paths: those that it will be told of, too."""
    target, source = facts.target.instance, facts.source
    if not (target and source) or target.journal.swap_began:
        return None
    own = {each.path for each in target.tablespaces}
    if missing := [place.path for place in facts.places if not place.usable]:
        return Refusal(
            "no-place-for-tablespace",
            f"{source.pool.label} has tablespaces where {target.owner} on {target.host} has no directory to write in: "
            f"{', '.join(map(repr, missing))}",
            "Should a file system be mounted there, mount it; or make the directory, and give it to that user.",
        )
    if taken := [place.path for place in facts.places if place.taken and place.path not in own]:
        return Refusal(
            "tablespace-in-the-way",
            f"on {target.host} there are tablespaces that {target.data_directory} knows nothing of, where "
            f"{source.pool.label} has its own: {', '.join(map(repr, taken))}",
            f"Move away what is called PG_{target.version}_... there.",
        )
    return None


def no_trigger_file_lies_ready(facts: Facts) -> Refusal | None:
    """Such a file promotes a standby as soon as it is one."""
    target = facts.target.instance
    if not target or not target.triggers:
        return None
    return Refusal(
        "trigger-file",
        f"{', '.join(map(repr, target.triggers))} on {target.host} is there: it would promote "
        f"{facts.target.pool.label} as soon as it is a standby",
        "Remove it, and run this again.",
    )


def history_is_the_same(facts: Facts) -> Refusal | None:
    """Two servers may have written on one timeline: then the same place holds another record, and nothing tells it."""
    target, source = facts.target.instance, facts.source
    if not (target and target.last_record and source and has_another_past(facts)):
        return None
    return Refusal(
        "hidden-divergence",
        f"{facts.target.pool.label} and {source.pool.label} have different WAL at {show(target.last_record.start)} on "
        f"timeline {target.timeline}: both were written to as that timeline",
        f"A start would stream nothing useful and a rewind would not see it: {BASEBACKUP}",
    )


def end_of_wal_is_known(facts: Facts) -> Refusal | None:
    """Whether a stopped target can simply be started hangs on where its WAL ends."""
    target = facts.target.instance
    if not target or not target.control or target.pid or target.wal_end is not None or not target.bindir:
        return None
    return Refusal(
        "no-wal-end",
        f"the WAL of {target.data_directory} on {target.host} cannot be read from its last checkpoint on",
        f"Its segment is missing or damaged; {BASEBACKUP}",
    )
