"""pgpool.conf of one host of a pair: every setting that the pair's description decides, in the words of its version."""

from __future__ import annotations

from pypcp.errors import WrongUsage
from pypcp.pgpool import failover_call
from pypcp.setup.pair import Member, Pair
from pypcp.setup.secrets import Secrets


def settings(pair: Pair, own: int, secrets: Secrets) -> dict[str, str]:
    """Name and value of each setting for the pgpool on ``pair.hosts[own]``."""
    found = {
        **_mode(pair),
        **_connections(pair),
        **_authentication(pair),
        **_log(pair),
        **_checks(pair, secrets),
        **_failover(pair),
        **_recovery(pair, secrets),
        **_watchdog(pair, secrets),
        **_virtual_ip(pair, own),
        **_members(pair, own),
    }
    for number, host in enumerate(pair.hosts):
        found |= _backend(pair, number, host)
    return {**found, **dict(pair.pgpool.settings)}


def _on(value: bool) -> str:
    return "on" if value else "off"


def _mode(pair: Pair) -> dict[str, str]:
    balance = {
        "load_balance_mode": _on(pair.load_balance.on),
        "delay_threshold": str(pair.load_balance.delay_threshold),
    }
    if pair.pgpool.release >= (4, 2):
        return {"backend_clustering_mode": "streaming_replication", **balance}
    return {"master_slave_mode": "on", "master_slave_sub_mode": "stream", **balance}


def _connections(pair: Pair) -> dict[str, str]:
    pgpool = pair.pgpool
    sockets = "unix_socket_directories" if pgpool.release >= (4, 4) else "socket_dir"
    state = "work_dir" if pgpool.release >= (4, 7) else "logdir"
    return {
        "listen_addresses": pgpool.listen_addresses,
        "port": str(pgpool.port),
        sockets: pgpool.socket_directory,
        "pcp_listen_addresses": pgpool.pcp_listen_addresses,
        "pcp_port": str(pgpool.pcp_port),
        "pcp_socket_dir": pgpool.socket_directory,
        "pid_file_name": pgpool.pid_file,
        state: pgpool.state_directory,
    }


def _backend(pair: Pair, number: int, host: Member) -> dict[str, str]:
    found = {
        "hostname": host.name,
        "port": str(host.port),
        "weight": str(host.weight),
        "data_directory": host.data_directory,
        "flag": "ALLOW_TO_FAILOVER",
    }
    if pair.pgpool.release >= (4, 1) and host.application_name:
        found["application_name"] = host.application_name
    return {f"backend_{name}{number}": value for name, value in found.items()}


def _authentication(pair: Pair) -> dict[str, str]:
    return {"enable_pool_hba": "on", "pool_passwd": "pool_passwd"}


def _log(pair: Pair) -> dict[str, str]:
    log = pair.log
    return {
        "log_destination": log.destination,
        "syslog_facility": log.facility,
        "log_line_prefix": "%m: %a pid %p: " if pair.pgpool.release >= (4, 2) else "%t: pid %p: ",
        "log_min_messages": log.min_messages,
        "log_connections": _on(log.connections),
        "log_statement": _on(log.statement),
    }


def _checks(pair: Pair, secrets: Secrets) -> dict[str, str]:
    check, user = pair.health_check, pair.users
    password = _password(pair, secrets, user.check)
    return {
        "sr_check_period": str(check.streaming_period),
        "sr_check_user": user.check,
        "sr_check_password": password,
        "sr_check_database": user.database,
        "health_check_period": str(check.period),
        "health_check_timeout": str(check.timeout),
        "health_check_user": user.check,
        "health_check_password": password,
        "health_check_database": user.database,
        "health_check_max_retries": str(check.max_retries),
        "health_check_retry_delay": str(check.retry_delay),
    }


def _password(pair: Pair, secrets: Secrets, role: str) -> str:
    """The role's password where pgpool.conf has to hold it: from 4.0 an empty one is looked up in pool_passwd."""
    password = secrets.roles.get(role, "")
    if pair.pgpool.release >= (4, 0):
        return ""
    if set(password) & set("'\\"):
        said = f"pgpool.conf of {pair.pgpool.version} has to hold it, and cannot hold a quote or a backslash"
        raise WrongUsage(f"use the password of {role}", said, "Give the role another password.")
    return password


def _failover(pair: Pair) -> dict[str, str]:
    release, pypcp = pair.pgpool.release, pair.pgpool.pypcp
    # Only the health check, which tries again, may declare a node dead: one broken connection proves nothing.
    on_error = "failover_on_backend_error" if release >= (4, 0) else "fail_over_on_backend_error"
    follow = "follow_primary_command" if release >= (4, 2) else "follow_master_command"
    following = f"{pypcp} follow-primary {failover_call.ARGUMENTS}" if len(pair.hosts) > 2 else ""
    return {
        "failover_command": f"{pypcp} failover {failover_call.ARGUMENTS}",
        follow: following,
        on_error: "off",
        "search_primary_node_timeout": str(pair.health_check.search_primary),
    }


def _recovery(pair: Pair, secrets: Secrets) -> dict[str, str]:
    if not (user := pair.users.recovery):
        return {}
    return {
        "recovery_user": user,
        "recovery_password": _password(pair, secrets, user),
        "recovery_1st_stage_command": "recovery_1st_stage",
    }


def _watchdog(pair: Pair, secrets: Secrets) -> dict[str, str]:
    watchdog = pair.watchdog
    found = {
        "use_watchdog": "on",
        "wd_authkey": secrets.wd_authkey,
        "trusted_servers": ",".join(watchdog.trusted_servers),
        "wd_ipc_socket_dir": pair.pgpool.socket_directory,
        "wd_lifecheck_method": "heartbeat",
        "wd_interval": str(watchdog.interval),
        "wd_heartbeat_keepalive": str(watchdog.heartbeat_keepalive),
        "wd_heartbeat_deadtime": str(watchdog.heartbeat_deadtime),
    }
    if len(pair.hosts) % 2 == 0 and pair.pgpool.release >= (4, 1):
        # With one of two gone the other is half of the votes. Up to 4.0 that is a quorum without being told.
        found["enable_consensus_with_half_votes"] = "on"
    return found


def _virtual_ip(pair: Pair, own: int) -> dict[str, str]:
    address = pair.virtual_ip.address
    sudo = "" if pair.pgpool.user == "root" else f"{pair.virtual_ip.sudo} -n "
    up, down, arping = (sudo + each.replace(address, "$_IP_$") for each in commands(pair, pair.hosts[own]))
    directories = [_directory(command) for command in (up, arping)]
    if pair.pgpool.release < (4, 1):  # which puts the directory in front, also of a whole path
        up, down, arping = (command.removeprefix(f"{_directory(command)}/") for command in (up, down, arping))
    return {
        "delegate_ip" if pair.pgpool.release >= (4, 4) else "delegate_IP": address,
        "if_cmd_path": directories[0],
        "if_up_cmd": up,
        "if_down_cmd": down,
        "arping_path": directories[1],
        "arping_cmd": arping,
    }


def _directory(command: str) -> str:
    return command.partition(" ")[0].rpartition("/")[0]


def commands(pair: Pair, host: Member) -> tuple[str, str, str]:
    """What brings the virtual IP up on a host, takes it down, and tells the neighbours: all that needs root."""
    virtual, device = pair.virtual_ip, host.interface
    address = f"{virtual.address}/{virtual.prefix} dev {device}"
    return (
        f"{virtual.ip} address add {address}",
        f"{virtual.ip} address delete {address}",
        f"{virtual.arping} -U -c 1 -I {device} {virtual.address}",
    )


def _members(pair: Pair, own: int) -> dict[str, str]:
    """The watchdog's members. Up to 4.1 each host names itself and the others apart."""
    if pair.pgpool.release >= (4, 2):
        found = {name: value for number, host in enumerate(pair.hosts) for name, value in _member(pair, number, host)}
    else:
        found = _own_and_others(pair, own)
    return {**found, "wd_priority": str(len(pair.hosts) - own)}


def _member(pair: Pair, number: int, host: Member) -> list[tuple[str, str]]:
    return [
        (f"hostname{number}", host.name),
        (f"wd_port{number}", str(pair.watchdog.port)),
        (f"pgpool_port{number}", str(pair.pgpool.port)),
        (f"heartbeat_hostname{number}", host.name),
        (f"heartbeat_port{number}", str(pair.watchdog.heartbeat_port)),
        (f"heartbeat_device{number}", ""),
    ]


def _own_and_others(pair: Pair, own: int) -> dict[str, str]:
    watchdog = pair.watchdog
    found = {
        "wd_hostname": pair.hosts[own].name,
        "wd_port": str(watchdog.port),
        "wd_heartbeat_port": str(watchdog.heartbeat_port),
    }
    for number, host in enumerate(host for at, host in enumerate(pair.hosts) if at != own):
        found |= {
            f"other_pgpool_hostname{number}": host.name,
            f"other_pgpool_port{number}": str(pair.pgpool.port),
            f"other_wd_port{number}": str(watchdog.port),
            f"heartbeat_destination{number}": host.name,
            f"heartbeat_destination_port{number}": str(watchdog.heartbeat_port),
            f"heartbeat_device{number}": "",
        }
    return found
