"""Every rule: what makes it hold, what contradicts, and above all when it is silent."""

from __future__ import annotations

import msgspec
import pytest
from tests.stacks import LEXICON, MANIFEST, complete, seen, snapshot

from trueup.canon import read_claims
from trueup.judge import judge
from trueup.vocabulary import (
    Absent,
    Answer,
    Container,
    Coverage,
    Forward,
    Identity,
    Judgement,
    Lane,
    Listener,
    ModelId,
    Models,
    Observation,
    PortRange,
    Published,
    Reach,
    Severity,
    Snapshot,
    Unit,
    Verdict,
    reach_of,
)

LITELLM = seen("mini", Listener("127.0.0.1", 4000), "litellm")
OPTILLM = seen("studio", Listener("0.0.0.0", 4020), "optillm")
ALL_OF_MINI = complete("mini", "listeners", "units")


def judged(text: str, evidence: Snapshot | None) -> list[Judgement]:
    return list(judge(read_claims("doc.md", text, LEXICON), evidence, LEXICON, MANIFEST))


def verdict(text: str, evidence: Snapshot, family: str) -> Judgement:
    (found,) = [each for each in judged(text, evidence) if each.claim.family.value == family]
    return found


def answer(path: str, status: int | None = None, *, key: str = "none", media: str | None = None) -> Observation:
    fact = Answer("GET", f"http://127.0.0.1:4000{path}", key=key, status=status, media_type=media)  # type: ignore[arg-type]
    return seen("mini", fact, "litellm")


# ---------------------------------------------------------------- ports


def test_port_holds() -> None:
    found = verdict("LiteLLM on the Mini uses port 4000.", snapshot(LITELLM), "ports")
    assert found.verdict is Verdict.HOLDS
    assert found.evidence == (LITELLM.id,)


def test_port_seen_elsewhere_is_contradicted_even_in_a_partial_window() -> None:
    found = verdict("LiteLLM on the Mini uses port 4001.", snapshot(LITELLM), "ports")
    assert (found.verdict, found.severity) == (Verdict.CONTRADICTED, Severity.HIGH)
    assert "4000" in (found.observed or "")
    assert found.suggestion == "write port 4000"


def test_absence_without_coverage_is_not_drift() -> None:
    found = verdict("Grafana on the Mini uses port 3001.", snapshot(LITELLM), "ports")
    assert found.verdict is Verdict.UNJUDGED


def test_absence_with_full_coverage_is_drift() -> None:
    listeners = complete("mini", "listeners")
    found = verdict("Grafana on the Mini uses port 3001.", snapshot(LITELLM, coverages=listeners), "ports")
    assert found.verdict is Verdict.CONTRADICTED


def test_coverage_of_some_ports_speaks_of_those_only() -> None:
    window = Coverage(host="mini", collector="listeners", extent="complete", ports=(PortRange(3000, 3001),))
    evidence = snapshot(LITELLM, coverages=(window,))
    assert verdict("Grafana on the Mini uses port 3001.", evidence, "ports").verdict is Verdict.CONTRADICTED
    assert verdict("Grafana on the Mini uses port 3002.", evidence, "ports").verdict is Verdict.UNJUDGED


def test_explicit_absence_is_evidence() -> None:
    gone = seen("mini", Absent("listener", ports=PortRange(3000, 3100)))
    assert verdict("Grafana on the Mini uses port 3001.", snapshot(gone), "ports").evidence == (gone.id,)


def test_a_port_of_another_service_is_contradicted() -> None:
    found = verdict("Grafana on the Mini uses port 4000.", snapshot(LITELLM), "ports")
    assert found.verdict is Verdict.CONTRADICTED
    assert "LiteLLM" in (found.observed or "")


def test_a_listener_of_unknown_service_is_given_the_benefit_of_the_doubt() -> None:
    unknown = seen("mini", Listener("127.0.0.1", 3001))
    assert verdict("Grafana on the Mini uses port 3001.", snapshot(unknown), "ports").verdict is Verdict.HOLDS


def test_a_service_seen_elsewhere_is_not_an_unknown_listener() -> None:
    unknown = seen("mini", Listener("0.0.0.0", 4000))
    elsewhere = seen("mini", Listener("127.0.0.1", 4100), "litellm")
    text = "- LiteLLM (Mini): `127.0.0.1:4000`\n"
    assert {each.verdict for each in judged(text, snapshot(unknown, elsewhere)) if each.rule == "bind"} == {
        Verdict.UNJUDGED
    }
    found = verdict(text, snapshot(unknown), "bind")
    assert "not recognised" in (found.observed or "")


def test_loopback_url_beside_a_wide_bind_is_right() -> None:
    text = "- Studio: OptiLLM base URL `http://127.0.0.1:4020/v1`\n"
    assert {each.verdict for each in judged(text, snapshot(OPTILLM))} == {Verdict.HOLDS}


def test_lan_url_of_a_loopback_service_is_wrong() -> None:
    for address in ("192.168.7.10", "mini"):
        found = verdict(f"Clients open LiteLLM at http://{address}:4000/v1 today.", snapshot(LITELLM), "ports")
        assert found.verdict is Verdict.CONTRADICTED
        assert "bound to 127.0.0.1" in found.reason


def test_url_of_an_unknown_address_is_unjudged() -> None:
    found = verdict("Clients open LiteLLM at http://192.168.99.1:4000/v1 today.", snapshot(LITELLM), "ports")
    assert found.verdict is Verdict.UNJUDGED


# ---------------------------------------------------------------- bind and exposure


@pytest.mark.parametrize("written", ["0.0.0.0", "*", "[::]"])
@pytest.mark.parametrize("real", ["0.0.0.0", "*", "::"])
def test_every_interface_is_one_bind(written: str, real: str) -> None:
    evidence = snapshot(seen("studio", Listener(real, 4020), "optillm"))
    assert verdict(f"- OptiLLM (Studio): `{written}:4020`\n", evidence, "bind").verdict is Verdict.HOLDS


def test_wider_than_written_is_critical() -> None:
    found = verdict("- OptiLLM (Studio): `127.0.0.1:4020`\n", snapshot(OPTILLM), "bind")
    assert (found.verdict, found.severity) == (Verdict.CONTRADICTED, Severity.CRITICAL)


def test_narrower_than_written_is_medium() -> None:
    found = verdict("- LiteLLM (Mini): `0.0.0.0:4000`\n", snapshot(LITELLM), "bind")
    assert (found.verdict, found.severity) == (Verdict.CONTRADICTED, Severity.MEDIUM)


@pytest.mark.parametrize(
    ("text", "listener", "expected"),
    [
        ("- LiteLLM (Mini): port 4000 (localhost only)", LITELLM, Verdict.HOLDS),
        ("- LiteLLM (Mini): port 4000 (LAN-exposed)", LITELLM, Verdict.CONTRADICTED),
        ("- OptiLLM (Studio): port 4020 (LAN-exposed)", OPTILLM, Verdict.HOLDS),
        ("- OptiLLM (Studio): port 4020 (localhost only)", OPTILLM, Verdict.CONTRADICTED),
        ("- OptiLLM (Studio): port 4020 (tailnet only)", OPTILLM, Verdict.UNJUDGED),
    ],
)
def test_exposure(text: str, listener: Observation, expected: Verdict) -> None:
    assert verdict(text, snapshot(listener), "exposure").verdict is expected


# ---------------------------------------------------------------- what stands before a service

NAME = "mini.tail0a1b2.ts.net"
TARGET = "http://127.0.0.1:4000"


def served(port: int = 443, target: str = TARGET, path: str | None = None, *, funnel: bool = False) -> Observation:
    via, reach = ("tailscale funnel", Reach.ANY) if funnel else ("tailscale serve", Reach.TAILNET)
    return seen("mini", Forward(via, port, reach, name=NAME, path=path, target=target))  # type: ignore[arg-type]


def proxied(address: str, target: str = TARGET, *, name: str | None = None) -> Observation:
    return seen("mini", Forward("nginx", 8080, reach_of(address), address, name=name, target=target))


def nginx(address: str, process: str | None = "nginx") -> Observation:
    return seen("mini", Listener(address, 8080, process=process))


WORDS = ("localhost only", "LAN-exposed", "tailnet only")
LOCAL, WIDE, TAILNET = (f"- LiteLLM (Mini): port 4000 ({words})" for words in WORDS)
TO_NGINX = served(target="http://localhost:8080")


@pytest.mark.parametrize(
    ("text", "fronts", "expected"),
    [
        (LOCAL, (served(),), Verdict.CONTRADICTED),
        (LOCAL, (served(target="http://127.0.0.1:4001"),), Verdict.HOLDS),
        (LOCAL, (served(target="http://192.168.7.20:4000"),), Verdict.HOLDS),
        (LOCAL, (proxied("0.0.0.0"), nginx("0.0.0.0")), Verdict.CONTRADICTED),
        (LOCAL, (proxied("0.0.0.0"), nginx("*", None)), Verdict.CONTRADICTED),
        (LOCAL, (proxied("0.0.0.0"), nginx("0.0.0.0", "other")), Verdict.HOLDS),
        (LOCAL, (proxied("0.0.0.0"), nginx("127.0.0.1")), Verdict.HOLDS),
        (LOCAL, (proxied("127.0.0.1"), nginx("0.0.0.0", None)), Verdict.HOLDS),
        (LOCAL, (proxied("0.0.0.0"),), Verdict.HOLDS),
        (LOCAL, (proxied("127.0.0.1"), nginx("127.0.0.1")), Verdict.HOLDS),
        (LOCAL, (proxied("127.0.0.1"), nginx("127.0.0.1"), TO_NGINX), Verdict.CONTRADICTED),
        (LOCAL, (proxied("127.0.0.1", name="a.test"), nginx("127.0.0.1"), TO_NGINX), Verdict.HOLDS),
        (WIDE, (proxied("0.0.0.0"), nginx("0.0.0.0")), Verdict.HOLDS),
        (WIDE, (served(funnel=True),), Verdict.HOLDS),
        (WIDE, (served(),), Verdict.CONTRADICTED),
        (TAILNET, (served(),), Verdict.HOLDS),
        (TAILNET, (served(funnel=True),), Verdict.CONTRADICTED),
        (TAILNET, (served(), proxied("0.0.0.0"), nginx("0.0.0.0")), Verdict.UNJUDGED),
        (TAILNET, (), Verdict.UNJUDGED),
    ],
)
def test_a_proxy_widens_the_reach(text: str, fronts: tuple[Observation, ...], expected: Verdict) -> None:
    found = verdict(text, snapshot(LITELLM, *fronts), "exposure")
    assert found.verdict is expected
    if text is LOCAL and expected is Verdict.CONTRADICTED:
        assert found.severity is Severity.CRITICAL
        assert "127.0.0.1:4000, behind " in (found.observed or "")
        assert len(found.evidence) > 1
    if text is LOCAL and expected is Verdict.HOLDS:
        assert (found.observed, found.evidence) == ("127.0.0.1:4000", (LITELLM.id,))


def test_an_address_of_the_host_itself_is_not_elsewhere() -> None:
    itself = seen("mini", Identity("mini", addresses=("192.168.7.10",)))
    evidence = snapshot(LITELLM, itself, served(target="http://192.168.7.10:4000"))
    assert verdict(LOCAL, evidence, "exposure").verdict is Verdict.CONTRADICTED


def test_tailnet_only_without_anything_served_there() -> None:
    everything = snapshot(LITELLM, coverages=complete("mini", "exposure"))
    assert verdict(TAILNET, everything, "exposure").verdict is Verdict.CONTRADICTED


def test_the_interface_of_a_socket_decides() -> None:
    tied = snapshot(seen("mini", Listener("0.0.0.0", 4000, interface="lo"), "litellm"))
    assert verdict(LOCAL, tied, "exposure").verdict is Verdict.HOLDS
    assert verdict("Clients open LiteLLM at http://mini:4000/v1 today.", tied, "ports").verdict is Verdict.CONTRADICTED
    assert verdict("- LiteLLM (Mini): `http://127.0.0.1:4000/v1`", tied, "ports").verdict is Verdict.HOLDS


URL = f"Clients open LiteLLM at https://{NAME}/v1 today."
GRAFANA = seen("mini", Listener("127.0.0.1", 3001), "grafana")
TO_GRAFANA = "http://127.0.0.1:3001"
EXPOSURE = complete("mini", "exposure", "listeners")


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [
        ((served(),), Verdict.HOLDS),
        ((served(path="/v1"),), Verdict.HOLDS),
        ((served(path="/v2"),), Verdict.UNJUDGED),
        ((served(target=TO_GRAFANA), served(path="/v1")), Verdict.HOLDS),
        ((served(), served(target=TO_GRAFANA, path="/v1")), Verdict.CONTRADICTED),
        ((served(target=TO_GRAFANA),), Verdict.CONTRADICTED),
        ((served(target="http://127.0.0.1:9999"),), Verdict.CONTRADICTED),
        ((served(target="http://192.168.7.20:4000"),), Verdict.UNJUDGED),
        ((served(port=8443),), Verdict.UNJUDGED),
        ((), Verdict.UNJUDGED),
    ],
)
def test_a_tailnet_name_is_what_is_served_there(evidence: tuple[Observation, ...], expected: Verdict) -> None:
    found = verdict(URL, snapshot(LITELLM, GRAFANA, *evidence), "ports")
    assert found.verdict is expected
    if expected is Verdict.HOLDS:
        assert f"tailscale serve at {NAME}:443" in (found.observed or "")
        assert (found.observed or "").endswith(" leads to 127.0.0.1:4000")


def test_a_tailnet_name_without_a_mapping_is_wrong_only_where_all_was_looked_at() -> None:
    other = served(port=8443)
    assert verdict(URL, snapshot(LITELLM, other), "ports").verdict is Verdict.UNJUDGED
    assert verdict(URL, snapshot(LITELLM, other, coverages=EXPOSURE), "ports").verdict is Verdict.CONTRADICTED
    url = f"Clients open LiteLLM at http://{NAME}:4000/v1 today."
    assert verdict(url, snapshot(LITELLM, other), "ports").verdict is Verdict.UNJUDGED
    bound = verdict(url, snapshot(LITELLM, other, coverages=EXPOSURE), "ports")
    assert bound.verdict is Verdict.CONTRADICTED
    assert bound.reason == "nothing answers on that address: the listener is bound to 127.0.0.1"
    for address in ("0.0.0.0", "100.64.0.9"):
        open_to_it = snapshot(seen("mini", Listener(address, 4000), "litellm"), other, coverages=EXPOSURE)
        assert verdict(url, open_to_it, "ports").verdict is Verdict.HOLDS, "the name leads to the host's own address"


def test_a_tailnet_name_of_two_hosts_belongs_to_neither() -> None:
    twin = seen("studio", Forward("tailscale serve", 443, Reach.TAILNET, name=NAME, target="http://127.0.0.1:1"))
    other = seen("studio", Listener("127.0.0.1", 1), "grafana")
    wrong = served(target="http://127.0.0.1:9999")
    assert verdict(URL, snapshot(LITELLM, wrong), "ports").verdict is Verdict.CONTRADICTED
    assert verdict(URL, snapshot(LITELLM, wrong, other, twin), "ports").verdict is Verdict.UNJUDGED
    assert verdict(URL, snapshot(LITELLM, served(), other, twin), "ports").verdict is Verdict.HOLDS


@pytest.mark.parametrize(
    ("url", "front", "expected"),
    [
        ("http://192.168.7.10:8080/v1", proxied("0.0.0.0"), Verdict.HOLDS),
        ("http://192.168.7.10:8080/v1", proxied("0.0.0.0", TO_GRAFANA), Verdict.UNJUDGED),
        ("http://chat.home.lan:8080/v1", proxied("0.0.0.0", name="chat.home.lan"), Verdict.HOLDS),
        ("http://chat.home.lan:8080/v1", proxied("0.0.0.0", name="other.home.lan"), Verdict.UNJUDGED),
        ("http://chat.home.lan:8080/v1", proxied("0.0.0.0", TO_GRAFANA), Verdict.UNJUDGED),
    ],
)
def test_a_proxy_that_leads_to_the_service_makes_its_url_right(url: str, front: Observation, expected: Verdict) -> None:
    evidence = snapshot(LITELLM, GRAFANA, nginx("0.0.0.0"), front)
    assert verdict(f"Clients open LiteLLM at {url} today.", evidence, "ports").verdict is expected


def test_a_proxy_on_loopback_makes_no_lan_url_right() -> None:
    evidence = snapshot(LITELLM, nginx("127.0.0.1"), proxied("127.0.0.1"))
    found = verdict("Clients open LiteLLM at http://192.168.7.10:8080/v1 today.", evidence, "ports")
    assert found.verdict is Verdict.UNJUDGED


# ---------------------------------------------------------------- containers


def published(service: str | None = "litellm", *, host_port: int = 4000, state: str = "running") -> Observation:
    ports = (Published(8080, "0.0.0.0", host_port), Published(9100))
    return seen("mini", Container("gateway", "docker", "img", state, ports=ports), service)


ALL_PORTS = complete("mini", "listeners")


def test_a_published_port_is_the_hosts_own_even_without_a_listener() -> None:
    text = "LiteLLM on the Mini uses port 4000."
    held = verdict(text, snapshot(published(), coverages=ALL_PORTS), "ports")
    assert (held.verdict, held.observed) == (Verdict.HOLDS, "container gateway publishes 4000")
    assert verdict(text, snapshot(published(None), coverages=ALL_PORTS), "ports").verdict is Verdict.UNJUDGED
    for other in (published(host_port=4001), published(state="exited")):
        assert verdict(text, snapshot(other, coverages=ALL_PORTS), "ports").verdict is Verdict.CONTRADICTED


@pytest.mark.parametrize("service", ["litellm", None])
def test_an_inner_port_is_not_the_hosts(service: str | None) -> None:
    evidence = snapshot(LITELLM, published(service), coverages=ALL_PORTS)
    found = verdict("LiteLLM on the Mini uses port 8080.", evidence, "ports")
    assert found.verdict is Verdict.CONTRADICTED
    assert "8080 is the port inside its container gateway, published on 4000" in (found.observed or "")
    assert found.suggestion == "write port 4000"


@pytest.mark.parametrize(
    "container", [published("grafana", host_port=3001), published(None, host_port=3001), published(state="exited")]
)
def test_an_inner_port_is_explained_only_where_the_evidence_shows_it(container: Observation) -> None:
    found = verdict("LiteLLM on the Mini uses port 8080.", snapshot(LITELLM, container, coverages=ALL_PORTS), "ports")
    assert found.verdict is Verdict.CONTRADICTED
    assert "inside" not in (found.observed or "")


def test_a_port_that_is_published_nowhere_is_not_explained() -> None:
    found = verdict("LiteLLM on the Mini uses port 9100.", snapshot(LITELLM, published(), coverages=ALL_PORTS), "ports")
    assert "inside" not in (found.observed or "")


# ---------------------------------------------------------------- placement


def test_seen_elsewhere_alone_does_not_contradict_a_placement() -> None:
    assert verdict("OptiLLM runs on the Mini.", snapshot(OPTILLM, LITELLM), "placement").verdict is Verdict.UNJUDGED


def test_absent_service_contradicts_and_names_where_it_is() -> None:
    gone = seen("mini", Absent("service", name="OptiLLM"), "optillm")
    found = verdict("OptiLLM runs on the Mini.", snapshot(gone, OPTILLM), "placement")
    assert found.verdict is Verdict.CONTRADICTED
    assert found.suggestion == "say that it runs on studio"


def test_complete_listeners_and_units_show_that_a_service_is_not_there() -> None:
    found = verdict("OptiLLM runs on the Mini.", snapshot(LITELLM, coverages=ALL_OF_MINI), "placement")
    assert found.verdict is Verdict.CONTRADICTED
    half = complete("mini", "listeners")
    assert (
        verdict("OptiLLM runs on the Mini.", snapshot(LITELLM, coverages=half), "placement").verdict is Verdict.UNJUDGED
    )


def test_denied_placement() -> None:
    text = "OptiLLM does not run on the Mini."
    gone = seen("mini", Absent("service", name="OptiLLM"), "optillm")
    there = seen("mini", Listener("127.0.0.1", 4020), "optillm")
    assert verdict(text, snapshot(gone), "placement").verdict is Verdict.HOLDS
    assert verdict(text, snapshot(there), "placement").verdict is Verdict.CONTRADICTED


def test_a_host_that_was_not_observed_decides_nothing() -> None:
    away = Coverage(host="studio", collector="listeners", extent="none", reason="down")
    for each in judged("- OptiLLM (Studio): `127.0.0.1:9999`\n", snapshot(LITELLM, coverages=(away,))):
        assert each.verdict is Verdict.UNJUDGED
        assert each.reason == "host studio was not observed"


# ---------------------------------------------------------------- units

UNIT = seen("mini", Unit("litellm-orch.service", path="/etc/systemd/system/litellm-orch.service"), "litellm")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("On the Mini, LiteLLM is `litellm-orch.service`.", Verdict.HOLDS),
        ("On the Mini, LiteLLM is `litellm.service`.", Verdict.CONTRADICTED),
        ("On the Mini, LiteLLM is `/etc/systemd/system/litellm-orch.service`.", Verdict.HOLDS),
        ("On the Mini, LiteLLM is `/usr/lib/systemd/system/litellm-orch.service`.", Verdict.CONTRADICTED),
        ("On the Mini, restart `grafana-server.service`.", Verdict.UNJUDGED),
    ],
)
def test_unit(text: str, expected: Verdict) -> None:
    assert verdict(text, snapshot(UNIT), "unit").verdict is expected


def test_an_instance_is_there_when_its_template_is() -> None:
    everything = snapshot(seen("mini", Unit("lane@.service")), coverages=complete("mini", "units"))
    assert verdict("On the Mini, restart `lane@8100.service`.", everything, "unit").verdict is Verdict.HOLDS
    assert verdict("On the Mini, restart `road@8100.service`.", everything, "unit").verdict is Verdict.CONTRADICTED


def test_usr_merge_and_not_found() -> None:
    lib = seen("mini", Unit("a.service", path="/usr/lib/systemd/system/a.service"))
    text = "On the Mini: `/lib/systemd/system/a.service`."
    assert verdict(text, snapshot(lib), "unit").verdict is Verdict.HOLDS
    missing = seen("mini", Unit("a.service", load="not-found"))
    assert verdict("On the Mini, restart `a.service`.", snapshot(missing), "unit").verdict is Verdict.CONTRADICTED
    everything = snapshot(UNIT, coverages=complete("mini", "units"))
    assert verdict("On the Mini, restart `a.service`.", everything, "unit").verdict is Verdict.CONTRADICTED


# ---------------------------------------------------------------- health and auth


@pytest.mark.parametrize(
    ("text", "seen_answer", "expected"),
    [
        ("LiteLLM's `/health` answers 200 without a key.", answer("/health", 401), Verdict.CONTRADICTED),
        ("LiteLLM's `/health` answers 401 without a key.", answer("/health", 401), Verdict.HOLDS),
        ("LiteLLM's `/health` answers 401 without a key.", answer("/health", 200), Verdict.CONTRADICTED),
        ("LiteLLM's `/health` answers 401 without a key.", answer("/health"), Verdict.UNJUDGED),
        ("Check LiteLLM's health at `/health/readiness`.", answer("/health/readiness"), Verdict.HOLDS),
        ("Check LiteLLM's health at `/health/readiness`.", answer("/health/readiness", 503), Verdict.CONTRADICTED),
        ("Check LiteLLM's health at `/health/readiness`.", answer("/health", 503), Verdict.UNJUDGED),
        (
            "Check LiteLLM's health at `/health/readiness`.",
            answer("/health/readiness", 200, media="text/html"),
            Verdict.UNJUDGED,
        ),
    ],
)
def test_health(text: str, seen_answer: Observation, expected: Verdict) -> None:
    assert verdict(text, snapshot(seen_answer), "health").verdict is expected


def test_a_request_with_a_key_is_not_judged_by_one_without() -> None:
    text = '```sh\ncurl http://127.0.0.1:4000/v1/models -H "Authorization: Bearer $KEY"\n```\n'
    refused, opened = answer("/v1/models", 401), answer("/v1/models", 200)
    assert verdict(text, snapshot(LITELLM, refused), "health").verdict is Verdict.UNJUDGED
    assert verdict(text, snapshot(LITELLM, opened), "health").verdict is Verdict.HOLDS


@pytest.mark.parametrize(
    ("text", "status", "expected", "severity"),
    [
        ("LiteLLM needs a key.", 401, Verdict.HOLDS, None),
        ("LiteLLM needs a key.", 200, Verdict.CONTRADICTED, Severity.CRITICAL),
        ("LiteLLM needs no key.", 401, Verdict.CONTRADICTED, Severity.HIGH),
        ("LiteLLM needs no key.", 200, Verdict.HOLDS, None),
        ("LiteLLM needs no key.", 500, Verdict.UNJUDGED, None),
    ],
)
def test_auth(text: str, status: int, expected: Verdict, severity: Severity | None) -> None:
    found = verdict(text, snapshot(answer("/v1/models", status)), "auth")
    assert (found.verdict, found.severity) == (expected, severity)


# ---------------------------------------------------------------- models

PATHS = seen("studio", Models("/v1/models", (ModelId("/models/a", "path"),), partial=True), "mlx")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- Port 8100 of the Studio serves `mlx-small-4bit`.", Verdict.HOLDS),
        ("- Port 8100 of the Studio serves `mlx-large-4bit`.", Verdict.CONTRADICTED),
        ("- Port 8101 of the Studio serves `mlx-large-4bit`.", Verdict.CONTRADICTED),
        ("- Port 8102 of the Studio serves `mlx-large-4bit`.", Verdict.UNJUDGED),
    ],
)
def test_serves(text: str, expected: Verdict) -> None:
    lanes = (
        seen("studio", Lane(8100, "listening", "mlx-small-4bit"), "mlx"),
        seen("studio", Lane(8101, "idle"), "mlx"),
    )
    found = [each for each in judged(text, snapshot(*lanes)) if each.claim.statement.__class__.__name__ == "Serves"]
    assert [each.verdict for each in found] == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("On the Studio each lane's `/v1/models` returns its `mlx-*` handle.", Verdict.CONTRADICTED),
        ("On the Studio each lane's `/v1/models` returns a snapshot path.", Verdict.HOLDS),
    ],
)
def test_listed_ids(text: str, expected: Verdict) -> None:
    assert verdict(text, snapshot(PATHS), "models").verdict is expected


def test_a_mixed_list_contradicts_neither_kind() -> None:
    both = Models("http://127.0.0.1:8100/v1/models", (ModelId("a", "handle"), ModelId("/m", "path")))
    text = "On the Studio each lane's `/v1/models` returns {}."
    for words in ("its `mlx-*` handle", "a snapshot path"):
        found = verdict(text.format(words), snapshot(seen("studio", both, "mlx")), "models")
        assert found.verdict is Verdict.HOLDS


# ---------------------------------------------------------------- the law: closed world only where the window was open


def test_placement_needs_both_windows_open() -> None:
    listeners = complete("mini", "listeners")
    units = complete("mini", "units")
    text = "OptiLLM runs on the Mini."
    assert verdict(text, snapshot(LITELLM, coverages=listeners), "placement").verdict is Verdict.UNJUDGED
    assert verdict(text, snapshot(LITELLM, coverages=units), "placement").verdict is Verdict.UNJUDGED
    assert verdict(text, snapshot(LITELLM, coverages=ALL_OF_MINI), "placement").verdict is Verdict.CONTRADICTED


def test_an_unrecognised_listener_may_be_the_service() -> None:
    unknown = seen("mini", Listener("0.0.0.0", 14000))
    evidence = snapshot(LITELLM, unknown, coverages=ALL_OF_MINI)
    assert verdict("OptiLLM runs on the Mini.", evidence, "placement").verdict is Verdict.UNJUDGED
    # Of LiteLLM the manifest says which port it has here, and that one is looked at.
    alone = snapshot(unknown, coverages=ALL_OF_MINI)
    assert verdict("LiteLLM runs on the Mini.", alone, "placement").verdict is Verdict.CONTRADICTED


def test_a_unit_at_rest_is_neither_here_nor_gone() -> None:
    resting = seen("mini", Unit("optillm.service", active="inactive"), "optillm")
    evidence = snapshot(LITELLM, resting, coverages=ALL_OF_MINI)
    assert verdict("OptiLLM runs on the Mini.", evidence, "placement").verdict is Verdict.UNJUDGED
    masked = seen("mini", Unit("optillm.service", enabled="masked"), "optillm")
    assert verdict("OptiLLM runs on the Mini.", snapshot(masked), "placement").verdict is Verdict.UNJUDGED
    job = Unit("com.example.optillm", "launchd", load="loaded", active="running")
    assert (
        verdict("OptiLLM runs on the Mini.", snapshot(seen("mini", job, "optillm")), "placement").verdict
        is Verdict.HOLDS
    )
    idle = seen("mini", msgspec.structs.replace(job, active="not running"), "optillm")
    assert verdict("OptiLLM runs on the Mini.", snapshot(idle), "placement").verdict is Verdict.UNJUDGED


def test_a_wider_second_bind_on_the_same_port_is_critical() -> None:
    both = snapshot(LITELLM, seen("mini", Listener("192.168.7.10", 4000), "litellm"))
    found = verdict("- LiteLLM (Mini): `127.0.0.1:4000`\n", both, "bind")
    assert (found.verdict, found.severity) == (Verdict.CONTRADICTED, Severity.CRITICAL)
    narrower = snapshot(OPTILLM, seen("studio", Listener("127.0.0.1", 4020), "optillm"))
    assert verdict("- OptiLLM (Studio): `0.0.0.0:4020`\n", narrower, "bind").verdict is Verdict.HOLDS


def test_a_tailnet_bind_is_not_lan_exposed() -> None:
    tailnet = snapshot(seen("mini", Listener("100.64.0.9", 4000), "litellm"))
    assert verdict("- LiteLLM (Mini): port 4000 (LAN-exposed)", tailnet, "exposure").verdict is Verdict.CONTRADICTED


def test_answers_are_of_the_port_that_is_spoken_of() -> None:
    lanes = [
        seen("studio", Answer("GET", f"http://127.0.0.1:{port}/health", status=status), "mlx")
        for port, status in ((8100, 200), (8101, 503))
    ]
    for order in (lanes, lanes[::-1]):
        evidence = snapshot(*order)
        text = "```sh\nssh studio curl -f http://127.0.0.1:{}/health  # → 200\n```\n"
        assert verdict(text.format(8100), evidence, "health").verdict is Verdict.HOLDS
        assert verdict(text.format(8101), evidence, "health").verdict is Verdict.CONTRADICTED
        for status in (200, 503):
            said = f"On the Studio MLX's `/health` answers {status} without a key."
            assert verdict(said, evidence, "health").verdict is Verdict.HOLDS


def test_a_health_check_of_one_lane_is_not_judged_by_another() -> None:
    lanes = [
        seen("studio", Answer("GET", f"http://127.0.0.1:{port}/health", status=status), "mlx")
        for port, status in ((8100, 200), (8101, 503))
    ]
    text = "- MLX (Studio) health: `http://127.0.0.1:{}/health`\n"
    assert verdict(text.format(8100), snapshot(*lanes), "health").verdict is Verdict.HOLDS
    assert verdict(text.format(8101), snapshot(*lanes), "health").verdict is Verdict.CONTRADICTED


def test_a_web_page_tells_nothing_of_a_key() -> None:
    page = answer("/v1/models", 200, media="text/html")
    assert verdict("LiteLLM needs a key.", snapshot(page), "auth").verdict is Verdict.UNJUDGED


def test_a_drop_in_is_a_file_of_the_unit() -> None:
    override = "/etc/systemd/system/litellm-orch.service.d/override.service"
    unit = Unit("override.service", path="/usr/lib/systemd/system/litellm-orch.service", drop_ins=(override,))
    text = f"On the Mini, LiteLLM has `{override}`."
    assert verdict(text, snapshot(seen("mini", unit, "litellm")), "unit").verdict is Verdict.HOLDS


@pytest.mark.parametrize("name", ["network-online.target", "logrotate.timer", "com.apple.smbd", "sshd.service"])
def test_units_that_nobody_collects_are_not_missing(name: str) -> None:
    evidence = snapshot(UNIT, seen("mini", Unit("ssh.service")), coverages=complete("mini", "units"))
    assert verdict(f"On the Mini, see `{name}`.", evidence, "unit").verdict is Verdict.UNJUDGED


def test_an_id_of_the_example_counts_whatever_its_kind() -> None:
    named = Models("http://127.0.0.1:8100/v1/models", (ModelId("/m/mlx-small-4bit", "path"), ModelId("mlx-x", "path")))
    text = "On the Studio each lane's `/v1/models` returns its handle, `mlx-x`."
    assert verdict(text, snapshot(seen("studio", named, "mlx")), "models").verdict is Verdict.HOLDS


def test_a_declared_host_that_nobody_observed_may_be_meant() -> None:
    text = "OptiLLM listens on port 4999."
    elsewhere = seen("mini", Listener("127.0.0.1", 4020), "optillm")
    away = Coverage(host="studio", collector="listeners", extent="none")
    assert verdict(text, snapshot(elsewhere, coverages=(away,)), "ports").verdict is Verdict.UNJUDGED
    assert verdict(text, snapshot(elsewhere, OPTILLM), "ports").verdict is Verdict.CONTRADICTED


def test_the_web_s_own_ports_may_be_a_proxy_s() -> None:
    proxy = seen("mini", Listener("0.0.0.0", 443), "caddy")
    found = verdict("Open WebUI is at https://mini/chat today.", snapshot(proxy), "ports")
    assert found.verdict is Verdict.HOLDS
