"""Hosts that misbehave: each is told of in a word, the others are whole, and the look ends in time."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.hosts.fleet import fleet
from tests.hosts.host import Host
from tests.hosts.network import Network, network
from tests.real.looking import Look, look, looking, prepare
from tests.real.trouble import (
    ENDLESS,
    ESCAPES,
    FOREVER,
    NOISE,
    STUBBORN,
    babble,
    kill,
    processes_of_ours,
    replace,
    set_clock_ahead,
    stop_answering,
    unplug,
    wait_for,
)

from trueup.vocabulary import Identity, Listener

pytestmark = pytest.mark.slow

_DEADLINE = 25.0
_START = 3.0
_DEAD = ("unplugged", "refusing", "silent", "babbling")
_ALIVE = ("fine", "forever", "stubborn", "endless", "noise", "escapes", "ahead")


@pytest.fixture(scope="module")
def net() -> Iterator[Network]:
    with network() as made:
        yield made


@pytest.fixture(scope="module")
def seen(net: Network, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Look, dict[str, Host]]]:
    """One look at all of them at once."""
    with ExitStack() as stack:
        names = (*_DEAD, *_ALIVE, "killed")
        hosts = {name: stack.enter_context(fleet(net, 1, prefix=name))[0] for name in names}
        unplug(hosts["unplugged"])
        stop_answering(hosts["silent"])
        for name, text in (
            ("forever", FOREVER),
            ("killed", FOREVER),
            ("stubborn", STUBBORN),
            ("endless", ENDLESS),
            ("noise", NOISE),
            ("escapes", ESCAPES),
        ):
            replace(hosts[name], "ss", text)
        set_clock_ahead(hosts["ahead"], 3600)
        kill(hosts["refusing"])
        babble(net, hosts["babbling"])
        folder = prepare(tmp_path_factory.mktemp("trouble"), hosts.values())
        killer = threading.Thread(target=_kill_mid_look, args=[hosts["killed"]])
        killer.start()
        taken = look(folder)
        killer.join()
        yield taken, hosts


def test_it_ends_within_its_deadline(seen: tuple[Look, dict[str, Host]]) -> None:
    taken, _ = seen
    assert taken.status == 0, taken.errors
    assert taken.seconds < _DEADLINE + _START


@pytest.mark.parametrize("name", _DEAD)
def test_a_host_that_cannot_be_reached_is_one_reason(name: str, seen: tuple[Look, dict[str, Host]]) -> None:
    why = seen[0].is_dead(f"{name}1")
    assert why.stage == "connect"
    expected = {
        # Whether nobody answers for its address any more, or its address is known and nothing comes from there.
        "unplugged": ("no route", "in time"),
        "refusing": ("refused",),
        "silent": ("in time",),
        "babbling": ("ssh", "banner", "version", "protocol", "in time", "broke"),
    }[name]
    assert any(words in why.error.lower() for words in expected), why.error


def test_others_are_observed_whole(seen: tuple[Look, dict[str, Host]]) -> None:
    assert seen[0].is_whole("fine1")


@pytest.mark.parametrize("name", ["forever", "stubborn", "endless", "noise"])
def test_a_command_that_does_not_do_its_work_spoils_no_other(name: str, seen: tuple[Look, dict[str, Host]]) -> None:
    taken, hosts = seen
    host = f"{name}1"
    assert taken.coverage(host, "identity").extent == "complete"
    assert taken.cost(host).connections == 1
    assert taken.cost(host).executions == hosts[name].executions() <= 3
    # Another source tells of the listeners, or it is said that they are not all known.
    ports = {listener.port for listener in taken.facts(host, Listener)}
    coverage = taken.coverage(host, "listeners")
    assert {22, 4000, 9090} <= ports if coverage.extent == "complete" else coverage.reason


def test_a_host_that_dies_meanwhile_is_told_of(seen: tuple[Look, dict[str, Host]]) -> None:
    taken, _ = seen
    extents = {
        each.extent for each in taken.snapshot.coverages if (each.host, each.collector) == ("killed1", "listeners")
    }
    assert extents in ({"none"}, {"partial"})


def test_a_clock_that_is_off_is_told_of(seen: tuple[Look, dict[str, Host]]) -> None:
    assert seen[0].fact("ahead1", Identity).clock_ahead == pytest.approx(3600, abs=5)
    assert seen[0].fact("fine1", Identity).clock_ahead is None


def test_no_escape_reaches_the_terminal(seen: tuple[Look, dict[str, Host]]) -> None:
    assert "\x1b" not in seen[0].everything
    assert "\x07" not in seen[0].everything


@pytest.mark.parametrize("name", _ALIVE)
def test_nothing_is_left_on_a_host_afterwards(name: str, seen: tuple[Look, dict[str, Host]]) -> None:
    wait_for(lambda: not processes_of_ours(seen[1][name]), within=3)


@pytest.mark.parametrize("program", [FOREVER, STUBBORN], ids=["forever", "stubborn"])
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda sent: sent.name)
def test_whoever_stops_trueup_leaves_nothing_on_a_host(
    sent: signal.Signals, program: str, net: Network, tmp_path: Path
) -> None:
    with fleet(net, 1, prefix="left") as (host,):
        replace(host, "ss", program)
        prepare(tmp_path, [host])
        with looking(tmp_path) as process:
            wait_for(lambda: "sleep 31536000" in processes_of_ours(host), process)
            process.send_signal(sent)
            printed, errors = process.communicate(timeout=5)
        wait_for(lambda: not processes_of_ours(host), within=5)
    assert process.returncode not in (0, 1)
    assert "Traceback" not in printed + errors
    assert not list(tmp_path.glob("evidence/*"))


def _kill_mid_look(host: Host) -> None:
    wait_for(lambda: "sleep 31536000" in processes_of_ours(host))
    kill(host)
