"""What psql prints for SHOW pool_nodes, in all its formats, and what people make of it, becomes node records."""

from __future__ import annotations

import csv
import functools
import io
import json
import re
import time
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pypcp.errors import PypcpError
from pypcp.pool_nodes import POOL_NODES, nodes, parse
from pypcp.records import Node, NodeRole, NodeStatus

FIXTURES = Path(__file__).parent.parent / "fixtures"
TRANSCRIPTS = sorted((FIXTURES / "transcripts").glob("*.json"))
PRINTED = sorted((FIXTURES / "psql").glob("*.txt"))

Row = dict[str, str]


@functools.cache
def states() -> list[tuple[str, str, dict[str, str]]]:
    """Version, state, and the outputs by format."""
    return [
        (file.stem, state, formats)
        for file in TRANSCRIPTS
        for state, formats in json.loads(file.read_text()).get("pool_nodes", {}).items()
    ]


def recorded(version: str, state: str, how: str = "aligned") -> str:
    return next(formats[how] for file, name, formats in states() if (file, name) == (f"pgpool-{version}", state))


def lasting(found: list[Node]) -> list[Node]:
    """Without what changes from session to session."""
    return [replace(node, load_balance_node=None, select_cnt=None) for node in found]


def test_every_format_of_every_recorded_state_tells_the_same() -> None:
    assert TRANSCRIPTS
    for version, state, formats in states():
        read = {how: lasting(parse(text)) for how, text in formats.items()}
        for how, found in read.items():
            assert found == read["csv"], (version, state, how)
            assert [node.id for node in found] == [0, 1]


@pytest.mark.parametrize("version", ["3.6", "3.7", "4.1", "4.3", "4.5", "4.7"])
def test_a_recorded_pair(version: str) -> None:
    primary, standby = parse(recorded(version, "all_up"))
    assert (primary.hostname, primary.port, primary.weight) == ("127.0.0.1", 21432, 0.25)
    assert (primary.role, standby.role) == (NodeRole.PRIMARY, NodeRole.STANDBY)
    assert (standby.status, standby.status_code, standby.weight) == (NodeStatus.UP, 2, 0.75)
    is_told = version not in ("3.6", "3.7")
    assert (standby.last_status_change is not None) == is_told
    assert standby.replication_state == ("streaming" if is_told else None)
    assert standby.pg_role == ("standby" if version >= "4.3" else None)


def test_delay_by_time_is_told_in_microseconds_for_all_nodes() -> None:
    primary, standby = parse(recorded("4.7", "lag_time"))
    assert (standby.replication_delay, standby.replication_delay_by_time) == (1955067, True)
    assert primary.replication_delay_by_time


def test_quarantine_is_down_with_a_flag() -> None:
    node = parse(recorded("4.3", "quarantine"))[1]
    assert (node.status, node.status_code, node.quarantine) == (NodeStatus.QUARANTINE, 3, True)


# The real psql of PostgreSQL 15, with every combination of format, border, linestyle, separator and width. Its text
# cannot be had back where there is no header and psql broke the values at a width (no marks, or no place for them).
LOST = re.compile("wrapped . -t ")


@pytest.mark.parametrize("file", PRINTED, ids=lambda file: file.stem)
def test_whatever_psql_was_told_to_print(file: Path) -> None:
    printed = re.split(r"(?m)^### (.*)\n", file.read_text())[1:]
    expected = parse(printed[1])
    lost = 0
    for how, text in zip(printed[::2], printed[1::2], strict=True):
        try:
            assert parse(text) == expected, how
        except PypcpError:
            lost += 1
            assert LOST.search(how), how
    assert len(expected) == 2
    assert lost <= 7


ALIGNED = recorded("4.3", "node1_down")
PASTES = {
    "a terminal": "pgpool@ha:~$ psql -c 'show pool_nodes'\n" + ALIGNED + "pgpool@ha:~$ exit\nlogout\n",
    "psql": "postgres=# \\timing\nTiming is on.\npostgres=# show pool_nodes;\n" + ALIGNED + "Time: 12.3 ms\npostgres=#",
    "windows": ALIGNED.replace("\n", "\r\n"),
    "an old mac": ALIGNED.replace("\n", "\r"),
    "trailing spaces": re.sub("(?m)$", "   ", ALIGNED),
    "no trailing spaces": re.sub("(?m) +$", "", ALIGNED),
    "a quotation": re.sub("(?m)^", "> ", ALIGNED),
    "a quotation in a quotation": re.sub("(?m)^", ">> ", ALIGNED),
    "indented": re.sub("(?m)^", "        ", ALIGNED),
    "a list": re.sub("(?m)^", "   ", "1. We saw\n\n" + ALIGNED),
    "a comment": re.sub("(?m)^", "# ", ALIGNED),
    "an SQL comment": re.sub("(?m)^", "-- ", ALIGNED),
    "fences": "Nodes are:\n\n```text\n" + ALIGNED.strip() + "\n```\nSo node 1 is down; 2 rows (not 3).\n",
    "a byte order mark": "\ufeff" + ALIGNED,
    "colours": ALIGNED.replace("down", "\x1b[31;1mdown\x1b[0m"),
    "no-break spaces": ALIGNED.replace("  ", "\xa0 "),
    "a title": "       Nodes\n" + ALIGNED,
    "no footer": ALIGNED.replace("(2 rows)", ""),
    "german": ALIGNED.replace("(2 rows)", "(2 Zeilen)"),
    "japanese": ALIGNED.replace("(2 rows)", "(2 行)"),
    "korean": ALIGNED.replace("(2 rows)", "(2개 행)"),
    "chinese": ALIGNED.replace("(2 rows)", "(2 行记录)"),
    "an address below": ALIGNED.replace("(2 rows)", "(10.0.0.1 is the virtual address)"),
    "markdown": re.sub(r"(?m)^(.*\|.*)$", r"|\1|", ALIGNED.replace("+", "|").replace("---|", "-- |")),
    "twice, the later counts": recorded("4.3", "all_up") + ALIGNED,
    "other tables around": "a|b\n-+-\n1|2\n(1 row)\n\n" + ALIGNED + " x \n---\n 7\n(1 row)\n",
}


@pytest.mark.parametrize("text", PASTES.values(), ids=PASTES)
def test_a_paste(text: str) -> None:
    assert lasting(parse(text)) == lasting(parse(ALIGNED))


@pytest.mark.parametrize("how", ["unaligned", "csv", "expanded", "tuples_only"])
@pytest.mark.parametrize("around", ["{}", "```\n{}```\n", "\n\nSee:\n\n{}\nbye\n"])
@pytest.mark.parametrize("margin", ["", "    ", "> "])
def test_a_paste_of_another_format(how: str, around: str, margin: str) -> None:
    text = re.sub("(?m)^", margin, around.format(recorded("4.5", "all_up", how)))
    assert lasting(parse(text)) == lasting(parse(recorded("4.5", "all_up", how)))


def test_localised_record_headers() -> None:
    text = recorded("4.7", "all_up", "expanded")
    assert parse(text.replace("RECORD", "记录")) == parse(text)
    assert parse(text.replace("RECORD", "DATENSATZ")) == parse(text)


BROKEN = {
    "nothing": "",
    "prose": "All nodes are up.\n",
    "a header alone": ALIGNED.splitlines()[0],
    "no rows": "\n".join([*ALIGNED.splitlines()[:2], "(0 rows)"]),
    "a lost row": "\n".join(ALIGNED.splitlines()[:3] + ["(2 rows)"]),
    "a cut row": ALIGNED.replace("| down   | up ", "| dow"),
    "the same node twice": "\n".join([*ALIGNED.splitlines()[:3], ALIGNED.splitlines()[2]]),
    "no port": ALIGNED.replace("21433", "none!"),
    "a node that cannot be": ALIGNED.replace(" 1       |", " 999     |"),
    "another table": "node_id | hostname | port | status\n0 | a | 1 | up\n",
    "no separator": ALIGNED.replace(" node_id | hostname", "node_idhostname"),
    "html": "<table><tr><td>0</td></tr></table>",
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_what_is_broken_is_said(text: str) -> None:
    with pytest.raises(PypcpError) as caught:
        parse(text)
    assert caught.value.said


def test_an_answer_of_postgresql_itself_is_recognised() -> None:
    with pytest.raises(PypcpError, match="Ask pgpool's port"):
        parse('ERROR:  unrecognized configuration parameter "pool_nodes"\n')


def test_columns_of_a_newer_version_do_not_hurt() -> None:
    lines = recorded("4.7", "all_up", "unaligned").splitlines()
    text = "\n".join([lines[0] + "|mood", *(f"{line}|fine" for line in lines[1:3]), "(2 rows)"])
    assert parse(text) == parse("\n".join(lines))


# Generated nodes, printed as psql would, read back.

WORDS = st.sampled_from(["up", "down", "waiting", "quarantine", "unused"])
HOSTS = st.from_regex(
    r"[a-z][a-z0-9-]{0,12}(\.[a-z]{1,8}){0,3}|::1|/var/run/postgresql|データ備份[a-z]{1,3}", fullmatch=True
)
DELAYS = st.integers(0, 2**60).map(str) | st.integers(0, 10**12).map(
    lambda ms: f"{ms // 1000000}.{ms % 1000000:06} second"
)


def rows_of(columns: tuple[str, ...]) -> st.SearchStrategy[list[Row]]:
    values = {
        "hostname": HOSTS,
        "port": st.integers(0, 65535).map(str),
        "status": WORDS,
        "pg_status": st.sampled_from(["up", "down", "unknown"]),
        "lb_weight": st.integers(0, 10**6).map(lambda millionths: f"{millionths / 10**6:.6f}"),
        "role": st.sampled_from(["primary", "standby", "main", "replica", "master", "slave"]),
        "pg_role": st.sampled_from(["primary", "standby", "unknown", "main", "replica"]),
        "select_cnt": st.integers(0, 2**63).map(str),
        "load_balance_node": st.sampled_from(["true", "false"]),
        "replication_delay": DELAYS,
        "replication_state": st.sampled_from(["", "streaming", "catchup"]),
        "replication_sync_state": st.sampled_from(["", "async", "sync", "quorum"]),
        "last_status_change": st.datetimes(min_value=datetime(1975, 1, 1)).map("{:%Y-%m-%d %H:%M:%S}".format),
    }
    one = st.fixed_dictionaries({name: values[name] for name in columns[1:]})
    return st.lists(one, min_size=1, max_size=5).map(
        lambda rows: [
            {"node_id": str(number), **{name: row[name] for name in columns[1:]}} for number, row in enumerate(rows)
        ]
    )


LAYOUT_ROWS = st.sampled_from(POOL_NODES.layouts).flatmap(rows_of)


def wide(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def aligned(rows: list[Row], border: int = 1, line: str = "|-+") -> str:
    """As print_aligned_text() of psql does for columns of an unknown type."""
    bar, dash, cross = line[0], line[1], line[2]
    widths = [max(wide(name), *(wide(row[name]) for row in rows)) for name in rows[0]]
    pad = " " if border else ""
    ends = ("", "", bar)[border]

    def one(cells: list[str]) -> str:
        padded = [pad + cell + " " * (width - wide(cell)) + pad for cell, width in zip(cells, widths, strict=True)]
        return ends + (bar if border else " ").join(padded) + ends

    rule = (cross if border else " ").join(dash * (width + 2 * len(pad)) for width in widths)
    rule = cross + rule + cross if border == 2 else rule
    head = one([name.center(width) for name, width in zip(rows[0], widths, strict=True)])
    body = [one(list(row.values())) for row in rows]
    edge = [rule] if border == 2 else []
    return "\n".join([*edge, head, rule, *body, *edge, f"({len(rows)} rows)", ""])


def unaligned(rows: list[Row], separator: str = "|", *, header: bool = True) -> str:
    lines = [separator.join(rows[0])] * header + [separator.join(row.values()) for row in rows]
    return "\n".join(lines) + "\n"


def as_csv(rows: list[Row], separator: str = ",", *, header: bool = True) -> str:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator, lineterminator="\n")
    writer.writerows([list(rows[0])] * header + [list(row.values()) for row in rows])
    return text.getvalue()


def expanded(rows: list[Row], separator: str = " | ") -> str:
    longest = max(map(len, rows[0]))
    lines = []
    for number, row in enumerate(rows, 1):
        lines.append(f"-[ RECORD {number} ]".ljust(longest + 20, "-"))
        lines += [f"{name:{longest}}{separator}{value}" for name, value in row.items()]
    return "\n".join(lines) + "\n"


PRINTERS: dict[str, Callable[[list[Row]], str]] = {
    "border 0": lambda rows: aligned(rows, 0),
    "border 1": aligned,
    "border 2": lambda rows: aligned(rows, 2),
    "unicode 0": lambda rows: aligned(rows, 0, "│─┼"),
    "unicode 1": lambda rows: aligned(rows, 1, "│─┼"),
    "unicode 2": lambda rows: aligned(rows, 2, "│─┼"),
    "unaligned": unaligned,
    "unaligned with spaces": lambda rows: unaligned(rows, " "),
    "unaligned with colons": lambda rows: unaligned(rows, ":"),
    "unaligned with tabs": lambda rows: unaligned(rows, "\t"),
    "unaligned with words": lambda rows: unaligned(rows, " and "),
    "csv": as_csv,
    "csv with semicolons": lambda rows: as_csv(rows, ";"),
    "csv with dots": lambda rows: as_csv(rows, "."),
    "csv without header": lambda rows: as_csv(rows, header=False),
    "tuples only": lambda rows: unaligned(rows, header=False),
    "tuples only with tabs": lambda rows: unaligned(rows, "\t", header=False),
    "tuples only, aligned": lambda rows: "\n".join(aligned(rows).splitlines()[2:-1]),
    "tuples only, border 0": lambda rows: "\n".join(aligned(rows, 0).splitlines()[2:-1]),
    "expanded": expanded,
    "expanded, border 0": lambda rows: expanded(rows, " "),
    "expanded, unicode": lambda rows: expanded(rows, " │ "),
    "expanded, unaligned": lambda rows: "\n\n".join("\n".join(f"{k}|{v}" for k, v in row.items()) for row in rows),
    "expanded, csv": lambda rows: "\n".join(f"{k},{v}" for row in rows for k, v in row.items()),
}


@pytest.mark.parametrize("printer", PRINTERS.values(), ids=PRINTERS)
@settings(max_examples=40, deadline=None)
@given(rows=LAYOUT_ROWS)
def test_what_was_printed_is_read_back(printer: Callable[[list[Row]], str], rows: list[Row]) -> None:
    assert parse(printer(rows)) == nodes(rows)


PIECES = st.sampled_from(
    [
        *re.findall(r"\S+|\s+", ALIGNED),
        *PASTES["markdown"].splitlines(True),
        *recorded("4.7", "all_up", "expanded").splitlines(True),
    ]
    + [
        "|",
        "\n",
        "\0",
        '"',
        "│",
        "(2 rows)",
        "true",
        "-" * 30,
        " " * 50,
        "node_id",
        "node_id | 0\n",
        "\x1b[0m",
        "\ud800",
        "node_idhostname",
        '5"true"1',
    ]
)


@settings(deadline=None)
@given(st.text() | st.lists(PIECES, max_size=80).map("".join) | st.lists(PIECES, max_size=80).map(" ".join))
def test_any_text_gives_nodes_or_one_error(text: str) -> None:
    try:
        assert parse(text)
    except PypcpError:
        pass


@settings(deadline=None)
@given(st.data())
def test_a_damaged_table_gives_nodes_or_one_error(data: st.DataObject) -> None:
    _, _, formats = data.draw(st.sampled_from(states()))
    text = formats[data.draw(st.sampled_from(sorted(formats)))]
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(start + 30, len(text))))
    try:
        assert parse(text[:start] + data.draw(st.text(max_size=5)) + text[end:])
    except PypcpError:
        pass


HEADER = ALIGNED.splitlines()[0]
SLOW = {
    "headers": HEADER + "\n",
    "header words": "node_id hostname port status lb_weight role ",
    "spaces": "0" + " " * 4000 + "\n",
    "gaps": "0 h 1 up 0.5 primary 1 true 0" + " " * 4000 + "x\n",
    "gaps before": "0" + " " * 4000 + "h 1 up 0.5 primary 1 true 0 x\n",
    "rows": "0|h|1|up|0.5|primary|1|true|0\n",
    "half rows": HEADER + "\n0|" + "a|" * 3000 + "\n",
    "wrapped": HEADER
    + "\n"
    + ALIGNED.splitlines()[1]
    + "\n"
    + ALIGNED.splitlines()[2]
    + ("\n" + " " * 9 + "|.x.") * 50
    + "\n",
    "bare wrapped": "0|h|1|up|0.5|primary|1|true|0\n" + " |.a.|||||||\n" * 50,
    "truths": "1 true 2 false " * 500 + "\n",
    "quotes": '0,"a",' * 1000 + "\n",
    "names": "node_id | 0\n         | x\n",
    "marks": "> # * " * 1300 + "\n",
    "one line": "x" * 10000,
}


@pytest.mark.parametrize("unit", SLOW.values(), ids=SLOW)
def test_time_grows_with_the_length_and_no_faster(unit: str) -> None:
    text = unit * (400_000 // len(unit))
    began = time.process_time()
    try:
        parse(text)
    except PypcpError:
        pass
    assert time.process_time() - began < 5
