"""What is installed is what is in the repository."""

from __future__ import annotations

import configparser
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_package_is_shipped() -> None:
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    found = {
        ".".join(init.parent.relative_to(top).parts)
        for top, name in ((ROOT, "pypcp"), (ROOT / "cli", "pypcp_cli"))
        for init in (top / name).rglob("__init__.py")
    }
    assert set(setup["options"]["packages"].split()) == found


def test_every_folder_with_code_is_a_package() -> None:
    folders = {file.parent for top in ("pypcp", "cli/pypcp_cli") for file in (ROOT / top).rglob("*.py")}
    assert not [folder for folder in folders if not (folder / "__init__.py").exists()]
