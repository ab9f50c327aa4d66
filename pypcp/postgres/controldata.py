"""What pg_controldata prints (in English, LC_ALL=C), as a record."""

from __future__ import annotations

from dataclasses import dataclass

from pypcp.postgres import lsn

CLEAN = "shut down"
CLEAN_STANDBY = "shut down in recovery"
ARCHIVE_RECOVERY = "in archive recovery"


@dataclass(frozen=True)
class ControlData:
    """The control file of a cluster. Positions are LSNs, sizes are bytes."""

    system_identifier: int
    state: str
    checkpoint: int
    redo: int
    timeline: int
    minimum_recovery: int
    minimum_recovery_timeline: int
    log_hints: bool
    checksums: bool
    segment_size: int

    @property
    def last_timeline(self) -> int:
        """The timeline of the newest WAL that this data directory is known to have used."""
        return max(self.timeline, self.minimum_recovery_timeline)


def parse(text: str) -> ControlData:
    """Read what pg_controldata printed. Raises ValueError naming the line that is missing or no number."""
    parted = (line.removeprefix("Current ").partition(":") for line in text.splitlines())  # so up to 9.5
    lines = {name.strip(): value.strip() for name, _, value in parted}

    def value(name: str) -> str:
        if name not in lines:
            raise ValueError(f"pg_controldata printed no line {name!r}")
        return lines[name]

    return ControlData(
        system_identifier=int(value("Database system identifier")),
        state=value("Database cluster state"),
        checkpoint=lsn.parse(value("Latest checkpoint location")),
        redo=lsn.parse(value("Latest checkpoint's REDO location")),
        timeline=int(value("Latest checkpoint's TimeLineID")),
        minimum_recovery=lsn.parse(value("Minimum recovery ending location")),
        minimum_recovery_timeline=int(value("Min recovery ending loc's timeline")),
        log_hints=value("wal_log_hints setting") == "on",
        checksums=value("Data page checksum version") != "0",
        segment_size=int(value("Bytes per WAL segment")),
    )
