"""All commands, with one line of help each, so that `pypcp --help` has to import none of them.

A command NAME is the object ``command`` in ``pypcp_cli/commands/NAME.py`` (with _ for -). A test sees that this table
and those modules agree.
"""

from __future__ import annotations

SECTIONS = {
    "The cluster": {
        "status": "Show the whole cluster, and what is wrong with it.",
        "doctor": "Examine everything that a pair needs to fail over and to be repaired.",
        "watch": "Watch the cluster live, or log what happens to it.",
        "exporter": "Serve metrics for Prometheus.",
    },
    "Nodes": {
        "node-count": "Print how many nodes pgpool has.",
        "node-info": "Show the nodes, or one of them, as pgpool sees them.",
        "nodes": "Show the nodes as SHOW pool_nodes tells them, or read what psql printed.",
        "attach": "Take a node back into service, and see it attached.",
        "detach": "Take a node out of service, and see it down.",
        "promote": "Make a node the primary, and see it so.",
        "recover": "Have pgpool rebuild a node with its recovery scripts, and see it attached.",
        "wait": "Wait until a node is up, down, primary, standby or streaming.",
    },
    "pgpool": {
        "proc-count": "Print how many processes serve clients.",
        "proc-info": "Show what the processes do that serve clients.",
        "pool-status": "Show pgpool's parameters as they are in force, or those with a NAME.",
        "watchdog-info": "Show the watchdog cluster: its members, leader and quorum.",
        "health-check-stats": "Show how pgpool's health checks of the nodes, or of one, went.",
        "reload-config": "Have pgpool read its configuration files again.",
        "log-rotate": "Have pgpool begin a new log file.",
        "invalidate-query-cache": "Have pgpool forget its cached query results.",
        "stop-pgpool": "Stop pgpool, and see that it has stopped.",
        "show": "Show what pgpool tells over SQL: pools, processes, status, statistics.",
    },
    "Repair": {
        "switchover": "Make NODE, a standby, the primary, and the old primary its standby.",
        "rejoin": "Bring NODE back as a standby of the current primary, and into service.",
    },
    "Building": {
        "setup": "Turn hosts with streaming PostgreSQL into a pair behind pgpools with failover and a virtual IP.",
    },
    "Practice": {
        "drill": "Break the pair on purpose, see it heal, and measure what clients notice.",
    },
    "Run by pgpool": {
        "failover": "Promote the standby that pgpool chose, when the node that failed was the primary.",
        "follow-primary": "Have a standby follow the new primary after a failover, and attach it.",
    },
    "Files": {
        "config": "Read, change, compare and migrate a pgpool.conf, comments and order kept.",
    },
    "Passwords": {
        "pcp-user": "Add, remove and list the users of PCP, in pcp.conf.",
        "pool-passwd": "Add, remove and list the passwords of PostgreSQL's roles that pgpool knows, in pool_passwd.",
        "md5": "Print the MD5 of a password, as pcp.conf has it.",
    },
    "Shells and scripts": {
        "completion": "Print what makes the shell complete commands, options and nodes.",
        "shims": "Put pcp_attach_node and the other tools' names into a directory, for scripts that call them.",
    },
    "Trying things": {
        "lab": "Run a real cluster on this machine, to try things on.",
    },
}

COMMANDS = {name: help_text for section in SECTIONS.values() for name, help_text in section.items()}


def module_of(name: str) -> str:
    """The module that holds the command."""
    return f"pypcp_cli.commands.{name.replace('-', '_')}"
