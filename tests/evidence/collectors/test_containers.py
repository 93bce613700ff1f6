"""Containers from the bytes that the engines' scripts print."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trueup.evidence.collectors.containers import DOCKER, PODMAN, PODMAN_OWN, SECTIONS, read_containers
from trueup.evidence.collectors.look import NOT_HERE, Look
from trueup.evidence.transports.base import Output
from trueup.vocabulary import Container, Published

from .captures import capture

DOCKER_ALL = capture("containers/captured_docker")
PODMAN_ALL = capture("containers/captured_podman")
MISSING = Output(status=None, problem=NOT_HERE)


def read(docker: bytes | Output, podman: bytes | Output = MISSING, own: bytes = b"", *, root: bool = True) -> Look:
    told = podman if isinstance(podman, Output) else Output(stdout=podman, as_root=root)
    return read_containers(
        {
            DOCKER.name: docker if isinstance(docker, Output) else Output(stdout=docker),
            PODMAN.name: told,
            PODMAN_OWN.name: told if told is MISSING else Output(stdout=own),
        }
    )


def by_name(look: Look) -> dict[str, Container]:
    return {seen.fact.name: seen.fact for seen in look.seen if isinstance(seen.fact, Container)}


def test_docker_on_a_real_engine() -> None:
    look = read(DOCKER_ALL)
    assert (look.extent, look.reason) == ("complete", None)
    found = by_name(look)
    assert found["litellm"] == Container(
        name="litellm",
        engine="docker",
        image="localhost/little:1",
        state="running",
        restart="unless-stopped",
        network="default",
        ports=(Published(4000, "127.0.0.1", 4000),),
    )
    assert found["webui"].ports == (
        Published(53, protocol="udp"),
        Published(8080, "0.0.0.0", 3000),
        Published(8080, "::", 3000),
        Published(9000),
    ), "published on both families, and two inner ports that nobody outside can reach"
    assert found["range"].ports == (
        Published(53, "0.0.0.0", 5353, "udp"),
        Published(53, "::", 5353, "udp"),
        *(Published(port, "127.0.0.1", port) for port in range(7000, 7004)),
        Published(9000),
    )
    assert [(each.address, each.port) for each in found["several"].ports] == [
        ("127.0.0.1", 8081),
        ("::1", 8081),
        ("0.0.0.0", 32768),
        ("::", 32768),
    ], "the engine chose a port where none was asked for"
    assert (found["onhost"].network, found["onhost"].restart, found["onhost"].ports) == ("host", "on-failure", ())
    assert (found["sidecar"].network or "").startswith("container:")
    assert (found["resting"].state, found["resting"].ports) == ("created", (Published(9001, "192.0.2.2", 9001),))
    assert (found["bare"].restart, found["bare"].ports) == ("no", ())
    assert list(found) == sorted(found)
    assert look.seen[0].by == "docker inspect"


def test_podman_on_a_real_machine() -> None:
    look = read(MISSING, PODMAN_ALL)
    assert (look.extent, look.reason) == ("complete", None)
    found = by_name(look)
    assert found["webui"] == Container(
        name="webui",
        engine="podman",
        image="localhost/little:exposed",
        state="created",
        restart="always",
        network="bridge",
        ports=(Published(8080, "*", 3000), Published(9000)),
    )
    assert found["pair"].ports == (Published(80, "127.0.0.1", 8081), Published(80, "::1", 8081))
    assert found["litellm"].restart == "unless-stopped"
    assert (found["onhost"].network, found["onhost"].ports) == ("host", ())


def test_environment_is_never_asked_for() -> None:
    assert b"not-for-print" not in DOCKER_ALL + PODMAN_ALL, "both captures had containers with a key in their Env"
    assert not any("Env" in word for section in SECTIONS for word in (*section.argv, section.script))


def test_an_engine_that_has_no_containers_is_complete() -> None:
    assert read(capture("containers/captured_docker_empty")) == Look((), "complete")


@pytest.mark.parametrize(
    ("name", "words"),
    [("captured_docker_denied", "may not be asked"), ("captured_docker_resting", "is not running")],
)
def test_no_containers_is_not_said_of_an_engine_that_told_nothing(name: str, words: str) -> None:
    look = read(capture(f"containers/{name}"))
    assert look.extent == "none"
    assert words in (look.reason or "")
    assert read(b"").reason == "docker is not running, and nothing was done to start it"


def test_without_engines() -> None:
    assert read(MISSING) == Look((), "none", "no container engine is installed")
    assert read_containers({}).extent == "none"
    cut = Output(status=None, problem="it did not end within 5 s")
    assert read(cut).reason == "docker: it did not end within 5 s"


def test_an_engine_that_breaks_off_leaves_the_other_partial() -> None:
    for podman in (Output(status=None, problem="broken off"), b'{"engine":"failed"}\n'):
        look = read(DOCKER_ALL, podman)
        assert look.extent == "partial"
        assert "podman" in (look.reason or "")
        assert len(look.seen) == 9
    failed = read(DOCKER_ALL + b'{"engine":"failed"}\n')
    assert (failed.extent, failed.reason) == ("partial", "docker did not answer in full")
    assert read(Output(stdout=DOCKER_ALL, status=None, truncated=True)).extent == "partial"
    assert read(DOCKER_ALL + b"{]\n").reason == "docker: 1 lines were not understood"


def test_podman_without_root_shows_ones_own() -> None:
    nothing = b'{"engine":"resting"}\n'
    look = read(MISSING, nothing, PODMAN_ALL, root=False)
    assert (look.extent, len(look.seen)) == ("partial", 7)
    assert look.reason == "without root, podman shows one's own containers only"
    assert read(MISSING, nothing, nothing, root=False).extent == "none"


def test_podman_as_root_knows_of_other_users() -> None:
    look = read(MISSING, b'{"engine":"others"}\n' + PODMAN_ALL)
    assert (look.extent, look.reason) == ("partial", "podman: containers of other users are not looked at")
    # With `sudo` one's own containers are a second list.
    assert read(MISSING, b'{"engine":"resting"}\n', PODMAN_ALL).extent == "complete"


def test_two_sockets_of_one_engine() -> None:
    assert len(read(DOCKER_ALL + DOCKER_ALL).seen) == 9


@pytest.mark.parametrize("section", SECTIONS)
def test_scripts_without_an_engine_end_well_and_print_words(section: object, tmp_path: Path) -> None:
    """No engine is on this PATH: a script that tried to start one would fail, and say so."""
    assert isinstance(section, type(DOCKER))
    script = section.script or section.argv[2]
    environment = {"PATH": os.fspath(tmp_path), "HOME": os.fspath(tmp_path)}
    done = subprocess.run(["/bin/sh", "-c", script], env=environment, capture_output=True, timeout=10, check=False)
    assert done.returncode == 0
    words = {msgspec.json.decode(line)["engine"] for line in done.stdout.splitlines()}
    assert words <= {"resting", "denied", "others", "failed"}


ROWS = st.sampled_from([*DOCKER_ALL.split(b"\n"), *PODMAN_ALL.split(b"\n"), b'{"engine":"others"}', b"[" * 5000])


@given(st.lists(ROWS | st.binary(max_size=60)), st.binary(), st.booleans(), st.sampled_from([0, 1, None]))
def test_any_bytes(lines: list[bytes], noise: bytes, root: bool, status: int | None) -> None:
    output = Output(stdout=b"\n".join(lines) + noise, status=status, as_root=root)
    look = read_containers({DOCKER.name: output, PODMAN.name: output, PODMAN_OWN.name: output})
    msgspec.json.encode([seen.fact for seen in look.seen])
    assert look.extent == "complete" or look.reason
