"""The programs that stand for pgpool's tools."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import pypcp
import pypcp_cli
from pypcp.errors import WrongUsage
from pypcp.testing import FakePgpool, complete, refusal
from pypcp_cli.dropin import shims
from pypcp_cli.dropin.tools import TOOLS


def _call(program: Path, port: int, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    call = [str(program), "-h", "127.0.0.1", "-p", str(port), "-U", "pgadmin", "-w", *words]
    return subprocess.run(
        call, capture_output=True, text=True, stdin=subprocess.DEVNULL, env={**os.environ, **environment}, check=False
    )


@pytest.fixture
def passfile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "pcppass"
    file.touch(0o600)
    file.write_text("*:*:*:pgadmin\n")
    monkeypatch.setenv("PCPPASSFILE", str(file))


def test_they_run_under_their_names(tmp_path: Path, passfile: None) -> None:
    written = shims.write(tmp_path / "a folder" / "bin")
    assert {path.name for path in written} == set(TOOLS)
    with FakePgpool({"L": complete("2"), "C": refusal("no", "because")}) as pgpool:
        counted = _call(written[0].with_name("pcp_node_count"), pgpool.port)
        refused = _call(written[0].with_name("pcp_attach_node"), pgpool.port, "-n0")
    assert (counted.stdout, counted.stderr, counted.returncode) == ("2\n", "", 0)
    assert (refused.stdout, refused.stderr, refused.returncode) == ("", "ERROR:  no\nDETAIL:  because\n\n", 1)


def test_a_blank_in_the_interpreters_path(tmp_path: Path, passfile: None, monkeypatch: pytest.MonkeyPatch) -> None:
    interpreter = tmp_path / "a python"
    interpreter.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    interpreter.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(interpreter))
    shims.write(tmp_path / "bin", made_for="3.7")
    with FakePgpool({"L": complete("2")}) as pgpool:
        assert _call(tmp_path / "bin" / "pcp_node_count", pgpool.port).stdout == "2\n"


def test_nothing_is_written_beside_a_foreign_file(tmp_path: Path) -> None:
    (tmp_path / "pcp_stop_pgpool").write_text("#!/bin/sh\n")
    with pytest.raises(WrongUsage, match="pcp_stop_pgpool"):
        shims.write(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["pcp_stop_pgpool"]


def test_ours_are_made_anew(tmp_path: Path) -> None:
    shims.write(tmp_path, made_for="3.7")
    shims.write(tmp_path)
    assert "PYPCP_SHIMS_FOR" not in (tmp_path / "pcp_proc_info").read_text()


def test_the_drop_in_imports_nothing_that_it_does_not_need(passfile: None) -> None:
    """Start-up is imports."""
    with FakePgpool({"L": complete("2")}) as pgpool:
        words = ["-h", "127.0.0.1", "-p", str(pgpool.port), "-U", "pgadmin", "-w"]
        program = f"""
import sys
from pypcp_cli.dropin.main import main
code = main("pcp_node_count", {words!r})
print(*sorted(sys.modules))
"""
        ran = subprocess.run([sys.executable, "-S", "-c", program], capture_output=True, text=True, env=_environment())
    count, modules = ran.stdout.splitlines()
    assert count == "2"
    loaded = set(modules.split())
    unwanted = {"click", "typing", "dataclasses", "argparse", "inspect", "asyncio", "tabulate", "psycopg", "datetime"}
    assert not loaded & (unwanted | {"tomllib", "logging", "subprocess", "pathlib", "getpass", "pypcp.records"})


def _environment() -> dict[str, str]:
    """Without site, which an editable install lets import much: so where the modules are has to be said."""
    places = [str(Path(module.__path__[0]).parent) for module in (pypcp, pypcp_cli)]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(places)}
