"""Before a unit of systemd is to start the target: whether it is there, may be started, and is the target's own."""

from __future__ import annotations

from pypcp.postgres.unit import NAME, not_of, usual_names
from pypcp.rejoin.facts import Facts
from pypcp.rejoin.refusals import Refusal


def the_unit_starts_this_server(facts: Facts) -> Refusal | None:
    """What was asked for by --service. A unit that runs already would start nothing, and say that it has."""
    name, target = facts.request.service, facts.target.instance
    if not name or not target:
        return None
    do = f"Name another one with --service (its usual name: {usual_names(target)[0]}), or leave that out."
    if not NAME.match(name):
        return Refusal("service", f"{name!r} is no name of a unit of systemd", do)
    unit = next((each for each in facts.units if each.name == name), None)
    found = not_of(target, unit) if unit else "it was not looked at"
    if found:
        return Refusal("service", f"the unit {name} on {target.host} cannot start {target.data_directory}: {found}", do)
    if unit and unit.may_not_start:
        return Refusal(
            "service-not-allowed",
            f"the unit {name} on {target.host} may not be started from here without a password: {unit.may_not_start}",
            f"Connect as root, or allow it in sudoers there, for whoever connects: NOPASSWD: systemctl start {name}",
        )
    return None
