"""``pypcp proc-count``."""

from __future__ import annotations

import click

from pypcp_cli.options import Pgpool, pcp_options
from pypcp_cli.render import Output


@click.command("proc-count")
@pcp_options
def command(pgpool: Pgpool, output: Output) -> None:
    """Print how many processes serve clients.

    \b
    $ pypcp proc-count -h bak
    32

    With --json also their process ids; --format pcp prints only these, as pcp_proc_count does.
    """
    pids = pgpool.client().proc_count()
    output.document(
        {"process_count": len(pids), "process_ids": pids},
        text=lambda: f"{len(pids)}\n",
        pcp=lambda: "".join(f"{pid} " for pid in pids) + "\n",
    )
