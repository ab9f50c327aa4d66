"""From the verdict to the plan: which steps, in which order, with which arguments."""

from __future__ import annotations

import re
from dataclasses import replace

from pypcp.hosts.shell import quote
from pypcp.postgres import archive, configfile, conninfo, lsn, slots
from pypcp.postgres.instance import Instance, Tablespace
from pypcp.postgres.postmaster import former_options
from pypcp.postgres.recovery import StandbyConf, as_first_standby, as_standby
from pypcp.rejoin.facts import Facts
from pypcp.rejoin.notes import notes
from pypcp.rejoin.plan import SOURCE, TARGET, Action, Plan, PoolRequest, Step
from pypcp.rejoin.states import is_crashed
from pypcp.rejoin.verdict import Verdict

AGAIN = (Verdict.STOP, Verdict.SWAP, Verdict.FETCH)  # after which the facts are others
DEBIAN = re.compile(r"/etc/postgresql/(.+)/([^/]+)/postgresql\.conf")
COPYING = ("-c", "fast", "-P", "-w")
DAY = 24 * 3600.0  # for what grows with the database: it must end some time, and is not waited for in vain


def plan_for(facts: Facts, verdict: Verdict, timeout: float = 300.0) -> Plan:
    """The plan that the verdict asks for. ``timeout`` is for each wait, in seconds."""
    assert facts.source
    steps = tuple(_steps(_Steps(facts, timeout), facts, verdict))
    label, source = facts.target.pool.label, facts.source.pool.label
    return Plan(verdict, label, source, steps, again=verdict in AGAIN, notes=notes(facts) if steps else ())


def own_slot(facts: Facts) -> str:
    """The replication slot that the target streams through, by its own configuration; empty when there is none."""
    name = facts.target.instance.settings.get("primary_slot_name", "") if facts.target.instance else ""
    return name if slots.NAME.fullmatch(name) else ""


def _steps(make: _Steps, facts: Facts, verdict: Verdict) -> list[Step]:
    """The chain for each verdict, in the order in which it is run."""
    if verdict is Verdict.NOTHING:
        return []
    if verdict is Verdict.ATTACH:
        return [make.follow(), make.attach()]
    detach = [make.detach()] if facts.target.pool.in_service else []
    if verdict in AGAIN:
        first = {Verdict.STOP: make.stop, Verdict.SWAP: make.swap, Verdict.FETCH: make.fetch}[verdict]
        return [*detach, first()]
    start = [make.configure(), *make.slot(), make.start(), make.follow(), make.attach()]
    if verdict is Verdict.START:
        return [*detach, *start]
    if verdict is Verdict.BASEBACKUP:
        copy = [make.basebackup(), make.adopt(), make.configure(make.new), make.swap()]
        return [*detach, *copy, *start[1:]]
    if verdict is Verdict.CREATE:
        return [*detach, make.basebackup(), make.configure_first(), make.swap(), *start[1:]]
    if verdict is Verdict.FINISH:
        return [*detach, *([make.restore()] if make.target.journal.saved else []), *start, make.close()]
    rewind = [make.checkpoint(), make.rewind(), make.restore()]
    if verdict is Verdict.RESUME:
        return [*detach, *rewind, *start, make.close()]
    recover = [make.recover()] if is_crashed(facts) else []
    return [*detach, make.save(), *recover, *rewind, *start, make.close()]


class _Steps:
    """Makes each step from the facts of both ends."""

    def __init__(self, facts: Facts, timeout: float) -> None:
        assert facts.target.instance and facts.source and facts.source.instance
        self.facts, self.timeout = facts, timeout
        self.target: Instance = facts.target.instance
        self.source: Instance = facts.source.instance
        self.state = self.target.journal.directory
        self.new = self.target.new_copy
        self.seconds = f"{max(timeout, 1):.0f}"  # as the programs take it

    # --- pgpool ---

    def detach(self) -> Step:
        return self._pool("detach", "take it out of service in pgpool")

    def attach(self) -> Step:
        return self._pool("attach", "attach it and wait until pgpool has it in service")

    def _pool(self, word: str, title: str) -> Step:
        node_id = self.facts.target.pool.id
        request = PoolRequest(word, node_id, self.timeout)
        return Step(word, title, "pgpool", (request,), f"pypcp {word} -n {node_id}")

    # --- the source ---

    def checkpoint(self) -> Step:
        title = "checkpoint the primary, so that its control file tells its timeline"
        action = self._on_source("checkpoint")
        return Step("checkpoint", title, self.source.host, (action,), "psql -c CHECKPOINT", after="")

    def slot(self) -> list[Step]:
        """The slot that the target names in its configuration. One that is there now may be gone by then."""
        name = own_slot(self.facts)
        if not name:
            return []
        command = quote(["psql", "-c", f"SELECT pg_create_physical_replication_slot('{name}', true)"])
        return [Step("slot", "create its slot", self.source.host, (self._on_source("slot", name),), command)]

    # --- the target ---

    def stop(self) -> Step:
        name, value = self.target.era.keeps_wal
        action = self._on_target("stop", f"{name} = '{value}'", self.seconds, timeout=self.timeout + 60)
        command = [f"{self.target.bindir}/pg_ctl", "stop", "-D", self.target.data_directory, "-m", "fast", "-w"]
        return self._step("stop", "stop it, with its WAL kept", action, [*command, "-t", self.seconds])

    def fetch(self) -> Step:
        assert self.facts.archived and self.target.control
        segments, control = self.facts.archived.segments, self.target.control
        limits = (self.seconds, str(control.segment_size), str(control.system_identifier))
        args, stdin = (self.state, self.target.config_file, *limits, *segments), archive.command(self.target)
        action = replace(self._on_target("fetch", *args, stdin=stdin, timeout=DAY), log=f"{self.state}/fetch.log")
        number = "1 segment" if len(segments) == 1 else f"{len(segments)} segments"
        title = f"bring {number} of WAL back from the archive into its pg_wal"
        command = f"restore_command, for {', '.join(sorted(segments))}"
        return Step("fetch", self.target.era.spelled(title), self.target.host, (action,), command)

    def save(self) -> Step:
        divergence, control = self.facts.divergence, self.target.control
        assert divergence and divergence.redo is not None and control
        first = lsn.segment_name(0, divergence.redo, control.segment_size)
        lost = "".join(f"{line}\n" for line in self.facts.losses.lines()) if self.facts.losses else ""
        stdin = lost.encode("utf-8", "surrogateescape")
        action = self._on_target("save", self.state, first, *divergence.stretches, stdin=stdin, timeout=DAY)
        title = "save its configuration files and the WAL that only it has"
        what = self.target.era.spelled(f"its own files, global/pg_control, pg_wal from {first[8:]} of any timeline on")
        shown = f"cp -a of {quote([self.target.data_directory])}: {what}, to {quote([f'{self.state}/saved'])}"
        return Step("save", title, self.target.host, (action,), shown)

    def recover(self) -> Step:
        setting = "=".join(self.target.era.keeps_wal)
        action = self._on_target("recover", self.target.config_file, setting, self.state, timeout=DAY)
        command = [f"{self.target.bindir}/postgres", "--single", "-D", self.target.data_directory]
        for each in (f"config_file={self.target.config_file}", setting, "restart_after_crash=off"):
            command += ["-c", each]
        shown = f"{quote([*command, 'template1'])} </dev/null"
        return Step("recover", "end its crash recovery, with its WAL kept", self.target.host, (action,), shown)

    def rewind(self) -> Step:
        attempt = self.facts.rewind
        assert attempt
        source, password = conninfo.apart(attempt.values)
        action = self._on_target("rewind", self.state, source, str(self.source.timeline), stdin=password, timeout=DAY)
        action = replace(action, log=f"{self.state}/rewind.log")
        command = [f"{self.target.bindir}/pg_rewind", f"--target-pgdata={self.target.data_directory}"]
        title = "rewind it to the fork, with what the primary has changed since"
        return self._step("rewind", title, action, [*command, f"--source-server={source}", "--progress"])

    def restore(self) -> Step:
        divergence, control = self.facts.divergence, self.target.control
        fork = lsn.segment_name(0, divergence.fork, control.segment_size)[8:] if divergence and control else ""
        action = self._on_target("restore", self.state, "slots" if self.target.era.leaves_slots else "", fork)
        command = ["cp", "-a", f"{self.state}/saved/data/.", self.target.data_directory]
        return self._step("restore", "give it back its own configuration files", action, command)

    def basebackup(self) -> Step:
        attempt = self.facts.stream
        assert attempt
        source, password = conninfo.apart(attempt.values)
        wal = f"{self.target.wal_link}.pypcp-new" if self.target.wal_link else ""
        spaces = self.source.tablespaces
        mapped = [word for each in spaces for word in (str(each.oid), self._beside(each), self._mapping(each))]
        args = (self.state, source, str(self.source.timeline), self.new, wal, *mapped)
        copy = self._on_target("basebackup", *args, stdin=password, timeout=DAY)
        copy = replace(copy, log=f"{self.state}/backup.log")
        command = [f"{self.target.bindir}/pg_basebackup", "-D", self.new, "-d", source, "-X", "stream", *COPYING]
        command += [self.target.era.spelled(f"--waldir={wal}")] if wal else []
        command += [word for each in spaces for word in ("-T", self._mapping(each))]
        title = "make a new copy of the primary beside its data directory"
        if self.target.vacant:
            title = f"make a copy of the primary, which will belong to {self.target.owner}"
        return Step("basebackup", title, self.target.host, (self._on_source("size"), copy), quote(command))

    def _beside(self, tablespace: Tablespace) -> str:
        """Where a tablespace of the new copy is made. With the node's number: the source must not see it."""
        return f"{tablespace.path}/.pypcp-new-{self.facts.target.pool.id}"

    def _mapping(self, tablespace: Tablespace) -> str:
        """For pg_basebackup's --tablespace-mapping, where = ends the first path."""
        return "=".join(path.replace("=", "\\=") for path in (tablespace.path, self._beside(tablespace)))

    def adopt(self) -> Step:
        shown = f"cp -a of {quote([self.target.data_directory])}: its own files, to {quote([self.new])}"
        title = "give the copy the node's own files"
        return Step("adopt", title, self.target.host, (self._on_target("adopt", self.new),), shown)

    def swap(self) -> Step:
        config = self.target.config_file if self.target.is_configured_outside else ""
        action = self._on_target("swap", self.state, str(self.facts.target.pool.port), config, self.new)
        command = ["mv", self.new, self.target.data_directory]
        title = "put the copy in the place of the old directory, which is kept"
        title = "put the copy in its place" if self.target.vacant else title
        made = [self._beside(each) for each in self.source.tablespaces]
        actions = (*([self._on_source("apart", *made)] if made else []), action)
        return Step("swap", title, self.target.host, actions, quote(command))

    def configure(self, directory: str = "") -> Step:
        assert self.facts.stream
        conf = as_standby(self.target, conninfo.write(self.facts.stream.values))
        return self._configure(conf, directory or self.target.data_directory)

    def configure_first(self) -> Step:
        """Of a copy that has no former self."""
        assert self.facts.stream
        wanted, has = self.facts.target.pool.port, self.source.port
        port = None if self.target.is_configured_outside or wanted == has else wanted
        return self._configure(as_first_standby(self.source, conninfo.write(self.facts.stream.values), port), self.new)

    def _configure(self, conf: StandbyConf, directory: str) -> Step:
        attempt = self.facts.stream
        assert attempt
        args = (self.target.bindir, directory, conf.name)
        stdin = conf.text.encode("utf-8", "surrogateescape")
        action = Action(TARGET, "configure", args, stdin, era=self.target.era)
        files = " and ".join(dict.fromkeys((self.target.era.standby_marker, conf.name)))
        command = f"{files}: primary_conninfo = {configfile.quoted(attempt.shown)}"
        return Step("configure", "make it a standby of the primary", self.target.host, (action,), command)

    def start(self) -> Step:
        options = former_options(self.target.options, self.target.config_file)
        args = (self.state, self.target.config_file, self.seconds, options)
        action = self._on_target("start", *args, timeout=self.timeout + 60)
        if service := self.facts.request.service:
            by_unit = replace(self._on_target("service", service, timeout=self.timeout + 60), user=None)
            see = self._on_target("start", *args, service, timeout=self.timeout + 60)
            actions = (self._on_target("ready", self.state), by_unit, see)
            return Step("start", "start it", self.target.host, actions, quote(["systemctl", "start", service]))
        return self._step("start", "start it", action, self._start_command(options))

    def _start_command(self, options: str) -> list[str]:
        """As start.sh does it: the cluster of Debian's layout by pg_ctlcluster, which knows its options itself."""
        waiting = ["-w", "-t", self.seconds]
        if debian := DEBIAN.fullmatch(self.target.config_file):
            return ["pg_ctlcluster", "--skip-systemctl-redirect", *debian.groups(), "start", "--", *waiting]
        command = [f"PGDATA={self.target.data_directory}", f"{self.target.bindir}/pg_ctl", "start", *waiting]
        return ["env", *command, "-l", f"{self.state}/start.log", *(["-o", options] if options else [])]

    def follow(self) -> Step:
        name = self.facts.stream.values.get("application_name", "") if self.facts.stream else ""
        listed = self._on_source("listed", self.seconds, name)
        follow = self._on_target("follow", str(self.source.timeline), self.seconds, timeout=self.timeout + 60)
        follow = replace(follow, watches=True)
        actions = (self._on_source("position"), follow)
        title = "wait until it has replayed what the primary has written by now"
        command = self.target.era.spelled("pg_last_wal_replay_lsn() here >= pg_current_wal_lsn() there")
        return Step("follow", title, self.target.host, actions, command, beside=(listed,))

    def close(self) -> Step:
        action = self._on_target("close", self.state)
        command = ["mv", f"{self.state}/saved", f"{self.state}/saved-TIME"]
        return replace(self._step("close", "put the saved files aside", action, command), after="follow")

    # --- how they are made ---

    def _on_target(self, script: str, *args: str, stdin: bytes = b"", timeout: float = 120.0) -> Action:
        where = (self.target.bindir, self.target.data_directory)
        return Action(TARGET, script, (*where, *args), stdin, timeout, self.target.era)

    def _on_source(self, script: str, *args: str) -> Action:
        where = (self.source.bindir, self.source.data_directory)
        return Action(SOURCE, script, (*where, *args), timeout=max(self.timeout, 120.0), era=self.source.era)

    def _step(self, key: str, title: str, action: Action, command: list[str]) -> Step:
        return Step(key, title, self.target.host, (action,), quote(command))
