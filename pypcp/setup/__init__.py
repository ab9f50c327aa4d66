"""From hosts with streaming PostgreSQL to pgpools with watchdog and virtual IP: describe, render, compare, write."""
