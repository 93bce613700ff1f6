"""A configuration of ssh for many hosts: what is left out for one of them changes nothing for it."""

from __future__ import annotations

from pathlib import Path

import asyncssh
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trueup.evidence.transports.connecting import ConnectError, Goal, _Client, _options
from trueup.evidence.transports.ssh_config import SshConfig, relevant

HOSTS = ("mini", "studio", "Mini", "mini2", "other.local")
PATTERNS = (*HOSTS, "*", "m*", "!mini", "stud?o", "*.local", '"mini"', "mini,studio")
LINES = (
    "  User ops",
    "  Port 2201",
    "\tPort=2202",
    "  HostName 192.0.2.7",
    "ProxyJump outer",
    "# Host mini",
    "",
    "   ",
    "Match host mini",
    "Match all",
    "match host studio,mini",
    "  ServerAliveInterval 7",
)
FIELDS = ("host", "port", "username", "tunnel", "keepalive_interval")


def lines_of_hosts() -> st.SearchStrategy[str]:
    names = st.lists(st.sampled_from(PATTERNS), min_size=1, max_size=3).map(" ".join)
    return st.tuples(st.sampled_from(["Host ", "host\t", "HOST=", "Host = ", "  Host  "]), names).map("".join)


def options(config: list[str] | tuple[()], host: str) -> dict[str, object]:
    read = asyncssh.SSHClientConnectionOptions(host=host, config=config, known_hosts=b"", client_keys=None)
    return {name: getattr(read, name) for name in FIELDS}


@settings(max_examples=200, deadline=None)
@given(st.lists(lines_of_hosts() | st.sampled_from(LINES), max_size=25), st.sampled_from(HOSTS))
def test_what_counts_for_a_host_is_what_counted_before(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], host: str
) -> None:
    folder = tmp_path_factory.mktemp("config")
    (folder / "whole").write_text("\n".join(lines))
    (folder / "blanked").write_text("\n".join(relevant(lines, host)))
    assert options([str(folder / "blanked")], host) == options([str(folder / "whole")], host)


def many(tmp_path: Path, *more: str) -> Path:
    path = tmp_path / "config"
    blocks = [f"Host h{number}\n  HostName 192.0.2.1\n  Port {2000 + number}" for number in range(100)]
    path.write_text("\n".join((*blocks, *more)) + "\n")
    return path


def test_a_large_file_is_read_once_for_all(tmp_path: Path) -> None:
    config = SshConfig(many(tmp_path))
    (tmp_path / "config").unlink()
    for number in (0, 42, 99):
        with config.for_host(f"h{number}") as paths:
            read = options(paths, f"h{number}")
        assert (read["host"], read["port"]) == ("192.0.2.1", 2000 + number)


def test_a_mistake_is_told_with_the_name_and_line_of_the_file(tmp_path: Path) -> None:
    path = many(tmp_path, "Host bad", "  Port many")
    with pytest.raises(ConnectError) as caught:
        _options(Goal("bad"), SshConfig(path), _Client())
    assert f"{path}" in caught.value.fact.error
    assert "302" in caught.value.fact.error


def test_names_that_change_on_the_way_see_the_whole_file(tmp_path: Path) -> None:
    config = SshConfig(many(tmp_path, "CanonicalizeHostname yes"))
    with config.for_host("h1") as paths:
        assert paths == [str(tmp_path / "config")]


def test_a_file_that_is_not_there_is_for_asyncssh_to_complain_of(tmp_path: Path) -> None:
    with SshConfig(tmp_path / "none").for_host("mini") as paths:
        assert paths == [str(tmp_path / "none")]
    with SshConfig(None).for_host("mini") as own:
        assert own == ()
