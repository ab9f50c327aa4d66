"""The lab as a whole: made, taken down, broken on purpose."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pypcp.errors import OperationFailed, WrongUsage
from pypcp.lab import pgpool, postgres, profile
from pypcp.lab.files import make_directory, write
from pypcp.lab.layout import PGPOOL_HOST, Lab, LabNode, load
from pypcp.lab.passwords import Passwords
from pypcp.lab.ports import check_ports
from pypcp.lab.processes import Runner, looking_as, undisturbed, wait_until
from pypcp.lab.programs import OLDEST_POSTGRES, Programs, find_programs, server_user
from pypcp.lab.status import Status, look
from pypcp.records import NodeRole

Report = Callable[[str], None]
READY_WITHIN = 30.0  # seconds, for a busy machine; it takes one or two


def _quiet(_step: str) -> None:
    pass


@dataclass(frozen=True)
class Workshop:
    """A lab with what is needed to work on it. ``report`` is called with the name of each step."""

    lab: Lab
    programs: Programs
    runner: Runner
    report: Report = _quiet

    @classmethod
    def of(cls, lab: Lab, report: Report = _quiet) -> Workshop:
        """Raises OperationFailed when programs or the user ``postgres`` are missing."""
        programs = find_programs()
        return cls(lab, programs, Runner(server_user(), programs.bindir, lab.directory), report)

    def look(self) -> Status:
        """The lab as it is at this moment."""
        return look(self.lab, self.runner)


def find_directory(name: str = "lab") -> Path:
    """Where the lab of that name is, as its profile says, or where it would be made."""
    return profile.directory(name) or default_directory(name)


def default_directory(name: str = "lab") -> Path:
    """Where a lab of that name is made: for root a place that the user ``postgres`` can reach."""
    if os.geteuid() == 0:
        return Path("/var/lib/pypcp") / name
    state = os.environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")
    return Path(state) / "pypcp" / name


def up(lab: Lab, report: Report = _quiet) -> Lab | None:
    """Make the lab and its cluster profile, or start the one that ``down(keep=True)`` left; None if it is up already.

    Gives the lab as it is: one that was there keeps its nodes and ports. When anything goes wrong on the way, an
    interrupt too, nothing is left behind. Raises OperationFailed, WrongUsage and DeadlinePassed.
    """
    if found := load(lab.directory):
        return _start_again(Workshop.of(found, report))
    shop = Workshop.of(lab, report)
    if shop.programs.postgres_version < OLDEST_POSTGRES:
        said = f"the newest PostgreSQL here, in {shop.programs.bindir}, is {shop.programs.postgres_version}"
        raise OperationFailed("make a lab", said, f"Install PostgreSQL {OLDEST_POSTGRES} or later.")
    profile.check(lab)
    check_ports(lab)
    is_made = False
    try:
        with undisturbed():
            _make_directory(shop)
            is_made = True
        _build(shop)
    except BaseException:
        if is_made:
            with undisturbed():
                _remove(shop.runner, lab)
        raise
    return lab


def _make_directory(shop: Workshop) -> None:
    """Make the lab's directory, empty. Only one can make it, so nobody else makes a lab there at the same time."""
    directory, user = shop.lab.directory, shop.runner.user
    tried = f"make a lab in {directory}"
    me = pwd.getpwuid(os.geteuid())
    try:
        for place in reversed([place for place in directory.parents if not place.exists()]):
            make_directory(place, me, 0o755)
        with looking_as(user):
            blocked = [place for place in directory.parents if not os.access(place, os.X_OK, effective_ids=True)]
        if blocked:
            said = f"the user {user.pw_name}, who is to run the servers, may not enter {blocked[-1]}"
            raise OperationFailed(tried, said, f"Name another place with --dir; the default is {default_directory()}.")
        # The servers' user passes through it to his own directories; root's record of the lab is not his to change.
        make_directory(directory, me, 0o711 if os.geteuid() == 0 else 0o700)
    except FileExistsError:
        raise WrongUsage(tried, "that is there already, and it is no lab", "Name another one with --dir.") from None
    except OSError as error:
        said = (error.strerror or str(error)).lower()
        raise OperationFailed(tried, said, "Name another place with --dir.") from error


def _build(shop: Workshop) -> None:
    lab, runner, version = shop.lab, shop.runner, shop.programs.postgres_version
    lab.record.write_text(lab.as_json())
    passwords = Passwords()
    write(lab.pgpass, passwords.pgpass(), runner.user)
    write(lab.pcppass, passwords.pcppass(lab), runner.user)
    primary, *standbys = lab.all_nodes
    shop.report(f"node 0 on {primary.host}:{primary.port}: primary")
    postgres.create_primary(runner, lab, primary, passwords, version)
    for node in standbys:
        shop.report(f"node {node.id} on {node.host}:{node.port}: standby")
        postgres.create_standby(runner, lab, node, primary, version)
    pgpool.configure(runner, lab, passwords, shop.programs.pgpool_version)
    _start_pgpool(shop)
    if not wait_until(lambda: shop.look().is_whole, READY_WITHIN):
        raise OperationFailed("start the lab", f"pgpool does not come to see every node up: {shop.look().summary()}")
    profile.write(lab)


def _start_pgpool(shop: Workshop) -> None:
    lab = shop.lab
    shop.report(f"pgpool on {PGPOOL_HOST}:{lab.port}, PCP on {PGPOOL_HOST}:{lab.pcp_port}")
    pgpool.start(shop.runner, lab, shop.programs.pgpool)


def _start_again(shop: Workshop) -> Lab | None:
    lab, runner = shop.lab, shop.runner
    if runner.main_process(lab.pgpool):
        return None
    if runner.processes(lab.directory) or not lab.kept.exists():
        raise OperationFailed(
            f"start the lab in {lab.directory}",
            "its pgpool does not run, and it was not stopped by `pypcp lab down --keep`",
            "Remove it, then make a new one: pypcp lab down; pypcp lab up",
        )
    profile.check(lab)
    check_ports(lab)
    try:
        # A former primary that was down stays down: started as it is, it would be a second primary.
        for node_id in map(int, lab.kept.read_text().split()):
            shop.report(f"node {node_id} on {lab.node(node_id).host}:{lab.postgres_port}")
            postgres.start(runner, lab.node(node_id))
        _start_pgpool(shop)
        lab.kept.unlink()
        profile.write(lab)
    except BaseException:
        with undisturbed():
            _stop(runner, lab)
        raise
    return lab


def down(lab: Lab, keep: bool = False) -> None:
    """Stop the lab's servers, whoever started them last, remove its profile and, unless ``keep``, its directory.

    Stops what lies in the lab's directory, and nothing else. Raises DeadlinePassed when a server cannot be ended.
    """
    # No programs are looked for: a lab is taken down even when its packages are gone.
    runner = Runner(server_user(), Path("/usr/bin"), lab.directory)
    with undisturbed():
        if not keep:
            _remove(runner, lab)
            return
        running = [node.id for node in lab.all_nodes if runner.main_process(node.data)]
        if running or not lab.kept.exists():
            write(lab.kept, "".join(f"{node_id}\n" for node_id in running), pwd.getpwuid(os.geteuid()))
        _stop(runner, lab)
        profile.remove(lab)


def _stop(runner: Runner, lab: Lab) -> None:
    # pgpool first, so that it takes no stop for a failure; the primary before its standbys, so that they have it all.
    pgpool.stop(runner, lab)
    for node in lab.all_nodes:
        postgres.stop(runner, node)
    runner.end(lab.directory, [(signal.SIGKILL, 5.0)])  # what an interrupted start has left


def _remove(runner: Runner, lab: Lab) -> None:
    _stop(runner, lab)
    profile.remove(lab)
    wait_until(lambda: _is_removed(lab.directory), 5.0)
    if lab.directory.exists():
        shutil.rmtree(lab.directory)  # to say what is wrong
    if lab.directory.parent.name == "pypcp":  # made for the first lab
        with contextlib.suppress(OSError):
            lab.directory.parent.rmdir()


def _is_removed(directory: Path) -> bool:
    # Not at once where a program that was ended still removes files of its own.
    shutil.rmtree(directory, ignore_errors=True)
    return not directory.exists()


def break_primary(shop: Workshop, kill: bool = False) -> LabNode:
    """Stop the primary in the fast way, or kill it as a crash would; pgpool finds out by itself. Gives the node.

    Raises OperationFailed when no node, or more than one, is a primary.
    """
    primary = _the_primary(shop, "stop the primary")
    (postgres.kill if kill else postgres.stop)(shop.runner, primary)
    return primary


def break_replication(shop: Workshop) -> LabNode:
    """Freeze what sends the primary's WAL, as a cut network would: what is written from now on stays there alone.

    For a minute: then the standbys give up waiting (wal_receiver_timeout) and connect anew. Gives the node; raises
    OperationFailed as :func:`break_primary`, or when no standby is connected.
    """
    primary = _the_primary(shop, "cut the replication")
    senders = postgres.sql(shop.runner, shop.lab, primary, "SELECT pid FROM pg_stat_replication").split()
    if not senders:
        raise OperationFailed("cut the replication", f"no standby streams from {primary.name}")
    for pid in set(map(int, senders)).intersection(shop.runner.processes(primary.data)):
        os.kill(pid, signal.SIGSTOP)
    return primary


def _the_primary(shop: Workshop, tried: str) -> LabNode:
    primaries = shop.look().primaries
    if len(primaries) != 1:
        said = "no primary runs" if not primaries else "more than one runs: " + ", ".join(p.name for p in primaries)
        raise OperationFailed(tried, said, "See what runs: pypcp lab status")
    return primaries[0]


def wait_for_failover(shop: Workshop, failed: LabNode, within: float = 30.0) -> LabNode | None:
    """The node that pgpool calls primary once it has given up the failed one; None if that takes too many seconds."""
    found: list[LabNode] = []

    def is_over() -> bool:
        views = [state.node for state in shop.look().nodes if state.node]
        attached = [view for view in views if view.status.is_attached and view.id != failed.id]
        found[:] = [shop.lab.node(view.id) for view in attached if view.role == NodeRole.PRIMARY]
        return bool(found)

    return found[0] if wait_until(is_over, within) else None
