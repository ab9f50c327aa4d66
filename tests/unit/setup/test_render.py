"""The files of a pair, for every version of pgpool."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given

from pypcp.errors import WrongUsage
from pypcp.pgpool.conf import PgpoolConf
from pypcp.pgpool.parameters import required
from pypcp.setup.files import Lines, Wanted
from pypcp.setup.pair import Pair, Users
from pypcp.setup.render import render
from pypcp.setup.secrets import Secrets
from pypcp.setup.settings import settings
from tests.unit.setup.pairs import SECRETS, VERSIONS, pair, secrets


def files(made: Pair, own: int = 0, using: Secrets = SECRETS) -> dict[str, Wanted]:
    host = made.hosts[own].name
    return {file.path: file for file in render(made, using, {host: "#port = 9999\n"})[host]}


@given(secrets)
def test_any_pair_renders_and_its_own_text_changes_nothing(given: tuple[Pair, Secrets]) -> None:
    made, using = given
    for host, wanted in render(made, using, {}).items():
        assert Counter(file.path for file in wanted).most_common(1)[0][1] == 1, host
        for file in wanted:
            text = file.text(None)
            assert file.text(text) == text
            assert file.mode & 0o077 == 0 or not any(secret in text for secret in using.values() if len(secret) > 9)


@given(secrets)
def test_pgpool_conf_holds_what_was_meant(given: tuple[Pair, Secrets]) -> None:
    made, using = given
    for own in range(len(made.hosts)):
        text = files(made, own, using)[f"{made.pgpool.directory}/pgpool.conf"].text("# mine\nmax_pool = 7\n")
        conf = PgpoolConf.parse(text)
        assert {name: conf.get(name) for name in settings(made, own, using)} == settings(made, own, using)
        assert text.startswith("# mine\n")


@pytest.mark.parametrize("version", VERSIONS)
def test_each_version_is_told_in_its_own_words(version: str) -> None:
    found = settings(pair(version, hosts=3), 1, SECRETS)
    release = tuple(int(part) for part in version.split("."))
    assert ("backend_clustering_mode" in found) == (release >= (4, 2)) == ("master_slave_mode" not in found)
    assert ("hostname2" in found) == (release >= (4, 2)) == ("other_pgpool_hostname1" not in found)
    assert ("follow_primary_command" in found) == (release >= (4, 2)) == ("follow_master_command" not in found)
    assert ("unix_socket_directories" in found) == (release >= (4, 4)) == ("socket_dir" not in found)
    assert ("backend_application_name0" in found) == (release >= (4, 1))


def test_up_to_4_1_a_host_names_itself_and_the_others() -> None:
    found = settings(pair("4.1", hosts=3), 1, SECRETS)
    assert found["wd_hostname"] == "host1"
    assert [found[f"other_pgpool_hostname{number}"] for number in (0, 1)] == ["host0", "host2"]
    assert [found[f"heartbeat_destination{number}"] for number in (0, 1)] == ["host0", "host2"]


def test_two_hosts_have_no_follow_primary_and_half_of_the_votes_is_enough() -> None:
    assert settings(pair(), 0, SECRETS)["follow_primary_command"] == ""
    assert settings(pair(), 0, SECRETS)["enable_consensus_with_half_votes"] == "on"
    three = settings(pair(hosts=3), 0, SECRETS)
    assert three["follow_primary_command"].endswith(" follow-primary %d %h %p %D %m %H %M %P %r %R")
    assert "enable_consensus_with_half_votes" not in three


def test_what_means_the_same_stays_as_it_is() -> None:
    made = pair(settings=(("child_life_time", "300"), ("log_connections", "off")))
    text = files(made)["/etc/pgpool2/pgpool.conf"].text("child_life_time = 5min # mine\nlog_connections = 'No'\n")
    assert text.startswith("child_life_time = 5min # mine\nlog_connections = 'No'\n")


@pytest.mark.parametrize("version", VERSIONS)
def test_every_name_is_one_of_that_release(version: str) -> None:
    for hosts, user in ((2, "root"), (3, "postgres")):
        made = replace(pair(version, hosts=hosts, user=user), users=Users(recovery="app"))
        for name, value in settings(made, 1, SECRETS).items():
            assert required(name, made.pgpool.release).complaint(value, made.pgpool.release) == ""


def test_other_settings_win() -> None:
    found = settings(pair(settings=(("max_pool", "9"), ("load_balance_mode", "off"))), 0, SECRETS)
    assert found["max_pool"] == "9" and found["load_balance_mode"] == "off"


def test_a_password_that_no_pgpool_conf_can_hold_is_refused_and_not_told() -> None:
    with pytest.raises(WrongUsage) as raised:
        settings(pair("3.7"), 0, Secrets({"pgpool": "it's"}))
    assert "it's" not in str(raised.value)


def test_root_needs_no_sudo() -> None:
    assert settings(pair(user="root"), 0, SECRETS)["if_up_cmd"] == "/sbin/ip address add $_IP_$/24 dev eth0"
    assert "/etc/sudoers.d/pypcp-pgpool" not in files(pair(user="root"))
    sudoers = files(pair())["/etc/sudoers.d/pypcp-pgpool"]
    assert "postgres ALL=(root) NOPASSWD: /sbin/ip address add 192.0.2.9/24 dev eth0\n" in sudoers.text(None)
    assert sudoers.owner == "root" and sudoers.mode == 0o440


def test_passwords_stand_as_each_version_can_use_them() -> None:
    assert files(pair())["/etc/pgpool2/pool_passwd"].text(None) == "pgpool:TEXTcheck-secret\napp:TEXTapp-secret\n"
    old = files(pair("3.6"))
    digest = hashlib.md5(b"app-secretapp").hexdigest()
    assert f"app:md5{digest}\n" in old["/etc/pgpool2/pool_passwd"].text(None)
    assert "sr_check_password = 'check-secret'" in old["/etc/pgpool2/pgpool.conf"].text(None)


def test_up_to_4_0_the_directory_is_put_in_front_of_a_command() -> None:
    found = settings(pair("4.0"), 0, SECRETS)
    assert (found["if_cmd_path"], found["if_up_cmd"]) == ("/usr/bin", "sudo -n /sbin/ip address add $_IP_$/24 dev eth0")
    root = settings(pair("3.6", user="root"), 0, SECRETS)
    assert (root["arping_path"], root["arping_cmd"]) == ("/usr/sbin", "arping -U -c 1 -I eth0 $_IP_$")


def test_nothing_is_left_of_a_node_that_is_no_more() -> None:
    before = "backend_hostname2 = 'gone'\nbackend_weight2 = 1\nheartbeat_port0 = 1\nhealth_check_period2 = 5\n"
    text = files(pair())["/etc/pgpool2/pgpool.conf"].text(before)
    assert text.startswith(
        "#backend_hostname2 = 'gone'\n#backend_weight2 = 1\nheartbeat_port0 = 9694\nhealth_check_period2"
    )


def test_what_recovers_a_node_is_the_same_on_every_host() -> None:
    made = replace(pair(hosts=3), users=Users(recovery="app"))
    first, second = (files(made, own)["/data/recovery_1st_stage"].text(None) for own in (0, 1))
    assert first == second  # a rewind copies it from another host
    assert "    host2) echo n2;;\n" in first and "replication_user=repl\n" in first
    assert "/data/recovery_1st_stage" not in files(pair())


def test_lines_of_others_stay() -> None:
    file = Lines("/p", (("a:", "a:new"), ("b:", "b:new")), "root")
    assert file.text("# mine\nc:kept\na:old\na:twice\nlast") == "b:new\n# mine\nc:kept\na:new\nlast\n"
    assert file.text("") == file.text(None) == "a:new\nb:new\n"
