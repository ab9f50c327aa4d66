"""What pgpool calls when a node is gone: its failover_command, and with three and more its follow_primary_command."""
