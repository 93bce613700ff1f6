"""The reach matrix on real hosts: what each of them can connect to on the others."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.hosts.fleet import fleet
from tests.hosts.network import network
from tests.hosts.services import LITELLM, Service
from tests.real.looking import Look, look, prepare

from trueup.vocabulary import Connect

pytestmark = pytest.mark.slow

_ON_LOOPBACK = Service(LITELLM.port, LITELLM.answers, address="127.0.0.1")


def _service(host: str, listen: str) -> str:
    return f'[[services]]\nkind = "litellm"\nhost = "{host}"\nlisten = ["{listen}"]\n'


def _state(taken: Look, host: str, to: str, port: int) -> str:
    return taken.fact(host, Connect, to=to, port=port).state


def test_each_host_tells_which_ports_of_the_others_it_reaches(tmp_path: Path) -> None:
    with (
        network() as net,
        fleet(net, 1, prefix="far", services=[LITELLM]) as (far,),
        fleet(net, 1, prefix="shut", services=[_ON_LOOPBACK]) as (shut,),
        fleet(net, 1, prefix="cut", services=[LITELLM]) as (cut,),
    ):
        cut.run(["ip", "route", "add", "blackhole", f"{shut.address}/32"])
        services = _service("far1", "*:4000") + _service("shut1", "127.0.0.1:4000") + _service("cut1", "*:4001")
        taken = look(prepare(tmp_path, [far, shut, cut], more=services))
    assert _state(taken, "shut1", "far1", 4000) == "open"
    assert _state(taken, "far1", "shut1", 4000) == "refused"
    assert _state(taken, "far1", "cut1", 4001) == "refused"
    assert _state(taken, "shut1", "cut1", 4001) == "silent"
    assert _state(taken, "cut1", "shut1", 4000) in ("unreachable", "silent")
    assert {taken.coverage(name, "reach").extent for name in ("far1", "shut1", "cut1")} == {"complete"}
