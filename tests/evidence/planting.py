"""Two hundred made-up secrets of twenty kinds, and hosts that say them wherever evidence is taken from."""

from __future__ import annotations

import base64
import json
import random
import string
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from trueup.evidence.transports.base import Output, Trouble
from trueup.evidence.transports.replay import ReplayTransport

BASE62 = string.ascii_letters + string.digits
URL_SAFE = BASE62 + "-_"
EACH = 10


class Planted(NamedTuple):
    """A secret. `value` is what its owner would paste, `written` how it stands where nothing around it tells."""

    kind: str
    value: str
    written: str

    @property
    def word(self) -> str:
        """The secret as a name or an address could hold it, without blanks."""
        return f"--api-key={self.value}" if self.kind == "flag" else self.written.replace(" ", "+")


Maker = Callable[[Callable[[str, int], str]], tuple[str, str]]


def _alone(make: Callable[[Callable[[str, int], str]], str]) -> Maker:
    """A kind that its shape gives away: it is written as it is."""

    def both(draw: Callable[[str, int], str]) -> tuple[str, str]:
        value = make(draw)
        return value, value

    return both


def _told(form: str, letters: str, length: int) -> Maker:
    """A kind that only the words around it give away."""

    def both(draw: Callable[[str, int], str]) -> tuple[str, str]:
        value = draw(letters, length)
        return value, form.format(value)

    return both


def _basic(draw: Callable[[str, int], str]) -> tuple[str, str]:
    value = draw(BASE62, 24)
    return value, "Authorization: Basic " + base64.b64encode(f"svc:{value}".encode()).decode()


def _pem(draw: Callable[[str, int], str]) -> str:
    title = "OPENSSH " + "PRIVATE KEY"
    return rf"-----BEGIN {title}-----\n{draw(BASE62 + '+/', 70)}\n{draw(BASE62 + '+/', 40)}\n-----END {title}-----"


# Put together at run time, so that no scanner takes this file for a leak.
KINDS: dict[str, Maker] = {
    "openai": _alone(lambda draw: "sk-" + "proj-" + draw(URL_SAFE, 48) + draw(string.digits, 1)),
    "anthropic": _alone(lambda draw: "sk-" + "ant-api03-" + draw(URL_SAFE, 80)),
    "hugging face": _alone(lambda draw: "hf" + "_" + draw(BASE62, 34)),
    "github": _alone(lambda draw: "gh" + "p_" + draw(BASE62, 36)),
    "gitlab": _alone(lambda draw: "gl" + "pat-" + draw(URL_SAFE, 20)),
    "slack": _alone(lambda draw: "xo" + f"xb-{draw(string.digits, 12)}-{draw(string.digits, 12)}-{draw(BASE62, 24)}"),
    "aws": _alone(lambda draw: "AK" + "IA" + draw(string.ascii_uppercase + "234567", 16)),
    "google": _alone(lambda draw: "AI" + "za" + draw(URL_SAFE, 35)),
    "json web token": _alone(lambda draw: f"eyJhbGciOiJIUzI1NiJ9.eyJ{draw(URL_SAFE, 60)}.{draw(URL_SAFE, 43)}"),
    "stripe": _alone(lambda draw: "sk" + "_live_" + draw(BASE62, 24)),
    "grafana": _alone(lambda draw: "gl" + f"sa_{draw(BASE62, 32)}_{draw('0123456789abcdef', 8)}"),
    "tailscale": _alone(lambda draw: "tskey" + f"-auth-{draw(BASE62, 17)}-{draw(BASE62, 32)}"),
    "private key": _alone(_pem),
    "url": _told("postgres://svc:{}@db.internal:5432/app", BASE62 + "!%+", 22),
    "bearer": _told("Authorization: Bearer {}", URL_SAFE, 40),
    "basic": _basic,
    "cookie": _told("Cookie: session={}; theme=dark", BASE62, 26),
    "variable": _told("DB_PASSWORD={}", BASE62 + "!%+", 20),
    "flag": _told("serve --api-key {} --port 4000", BASE62 + "!%+", 18),
    "bare": _alone(lambda draw: draw(BASE62, 40)),
}


def secrets(kind: str, seed: str = "planted") -> tuple[Planted, ...]:
    """Return the ten secrets of a kind, the same ones each time."""
    source = random.Random(f"{seed} {kind}")

    def draw(letters: str, length: int) -> str:
        # the first and last of a secret are no marks, as nobody's are
        ends = [letter for letter in letters if letter.isalnum()]
        inner = "".join(source.choices(letters, k=length - 2)) if length > 2 else ""
        return (source.choice(ends) + inner + source.choice(ends))[:length]

    return tuple(Planted(kind, *KINDS[kind](draw)) for _ in range(EACH))


def pieces(secret: Planted) -> Iterator[str]:
    """Yield every piece of twelve characters of what is secret about it, in lower case."""
    hidden = {secret.value, base64.b64encode(f"svc:{secret.value}".encode()).decode()[6:-4]}
    for text in hidden:
        # not what the issuer puts before each of them
        fixed = next((mark for mark in _MARKS if text.startswith(mark)), "")
        for part in text[len(fixed) :].replace("\\n", "\n").split("\n"):
            if "PRIVATE KEY" not in part:
                yield from (part[at : at + 12].lower() for at in range(len(part) - 11))


_MARKS = ("sk-" + "proj-", "sk-" + "ant-api03-", "sk" + "_live_", "tskey" + "-auth-", "eyJhbGciOiJIUzI1NiJ9.eyJ")


# ---------------------------------------------------------------- a Linux host


def linux_host(planted: Sequence[Planted], ports: Sequence[int]) -> ReplayTransport:
    """Return a host that says these secrets, each in every place: service `n` listens on port `n` of `ports`."""
    outputs: dict[str, Output | bytes] = {
        "uname": f"Linux {planted[0].word} 6.1.0-{planted[1].word}\n".encode(),
        "os-release": "".join(f'PRETTY_NAME="{each.written}"\nNAME={each.written}\n' for each in planted).encode(),
        "ip": json.dumps([_interface(each) for each in planted]).encode(),
        "user": b"0\n",
        "ss": "".join(map(_socket, planted, ports)).encode(),
        "cmdlines": b"".join(map(_process, planted, ports)),
        "systemd-units": "\n".join(map(_unit, planted, ports)).encode(),
        "systemd-files": "".join(map(_unit_file, planted)).encode(),
        "systemd-user-units": "\n".join(map(_unit, planted, ports)).encode(),
        "systemd-user-files": "".join(map(_unit_file, planted)).encode(),
        "systemd-users": _other_users(planted, ports).encode(),
        "systemd-dates": "".join(f"1763980000 /etc/systemd/system/{each.word}.service\n" for each in planted).encode(),
        "docker": Output(stdout="".join(map(_container, planted, ports)).encode(), stderr=planted[0].written.encode()),
        "podman": Output(
            stdout="".join(map(_container, planted, ports)).encode(), status=125, stderr=planted[1].written.encode()
        ),
        "mlxctl-plain": "".join(map(_lane, planted, ports)).encode(),
        "tailscale-status": b'{"BackendState": "Running"}',
        "tailscale-serve": json.dumps(_serve(planted)).encode(),
        "proxy-files": "".join(_proxy_files(planted)).encode(),
    }
    return ReplayTransport(outputs, _answers(planted, ports))


def _interface(each: Planted) -> dict[str, object]:
    return {"ifname": each.word, "addr_info": [{"family": "inet", "local": each.word, "label": each.written}]}


def _socket(each: Planted, port: int) -> str:
    process, unit = f'users:(("{each.written}",pid={port},fd=3))', f"/system.slice/{each.word}.service"
    return (
        f"LISTEN 0 128 127.0.0.1:{port} 0.0.0.0:* {process} ino:1 sk:1 cgroup:{unit} <->\n"
        f"LISTEN 0 128 10.0.0.9%{each.word}:{port} 0.0.0.0:* {process} uid:1000 cgroup:{unit} <->\n"
        f"what {each.written} is no row\n"
    )


def _process(each: Planted, port: int) -> bytes:
    words = ("/opt/litellm/bin/litellm", "--master-key", each.value, each.written)
    return b"".join(f"/proc/{port}/cmdline:{word}\0".encode() for word in words)


def _unit(each: Planted, port: int) -> str:
    """`systemctl show` prints the words of a command without their quotes."""
    words = (
        f"/opt/litellm/bin/litellm --port {port} --api-key {each.value} --extra {each.written}",
        f"-H X-Api-Key: {each.value} --token={each.value} -e HF_TOKEN={each.value} -u svc:{each.value}",
        f"https://svc:{each.value}@h/x?token={each.value}",
    )
    command = f"{{ path=/opt/litellm ; argv[]={' '.join(words)} ; ignore_errors=no ; start_time=[n/a] ; pid=0 }}"
    path = f"/etc/systemd/system/{each.word}.service"
    return (
        f"Id=x{port}.{each.word}.service\nNames=x{port}.{each.word}.service\nDescription={each.written}\n"
        f"LoadState=loaded\nActiveState=active\nSubState=running\nUnitFileState=enabled\n"
        f"FragmentPath={path}\nDropInPaths={path}.d/{each.word}.conf\nNeedDaemonReload=yes\nMainPID={port}\n"
        f'Environment=PLAIN=1 LITELLM_MASTER_KEY={each.value} "NOTE={each.written}" X={each.value}\n'
        f"EnvironmentFiles=/etc/{each.word}/x.env (ignore_errors=no)\n"
        f"ExecStart={command}\nResult={each.written}\nExecMainStatus=1\n"
        f"StatusText={each.written}\n\n"
        f"Id=socket-{port}.socket\nNames=socket-{port}.socket\nLoadState=loaded\nActiveState={each.word}\n"
        f"SubState={each.word}\nListen=/run/{each.word} (Stream)\nTriggers={each.word}.service\n"
    )


def _other_users(planted: Sequence[Planted], ports: Sequence[int]) -> str:
    mark = "53f1c543-07d5-4d25-94fe-9dc75c7af86b"
    told = [
        f"\n{mark} {what} {1000 + at} {each.word[:90]}\n{print_of}\n{mark} ended 0\n"
        for at, (each, port) in enumerate(zip(planted, ports, strict=True))
        for what, print_of in (("units", _unit(each, port)), ("files", _unit_file(each)))
    ]
    return "\n".join((mark, *told))


def _unit_file(each: Planted) -> str:
    return (
        f"{each.word}-rest.service {each.word} enabled\nx.{each.word}.service enabled enabled\n"
        f"file /etc/systemd/system/{each.word}-file.service\nmasked /etc/systemd/system/{each.word}-mask.service\n"
        f"UnitPath=/etc/systemd/system /etc/{each.word}\n"
    )


def _container(each: Planted, port: int) -> str:
    row = {
        "engine": "asked",
        "id": "1e9832a1c72b",
        "name": f"/x{port}.{each.written}",
        "image": f"ghcr.io/x/{each.written}:{each.word}",
        "state": each.written,
        "restart": each.written,
        "network": each.written,
        "bound": {f"80/{each.word}": [{"HostIp": each.written, "HostPort": "80"}]},
        "ports": {"8080/tcp": [{"HostIp": each.written, "HostPort": "8080"}], each.written: None},
        "Env": [f"API_KEY={each.value}", each.written],
    }
    return f'{{"engine":"open"}}\n{json.dumps(row)}\n{{"engine":"{each.written}"}}\n'


def _lane(each: Planted, port: int) -> str:
    return f"{port}\tlistening\t412\t{each.written}\n{port}\t{each.word}\t-\t{each.word}\n"


def _serve(planted: Sequence[Planted]) -> dict[str, object]:
    return {
        "TCP": {
            str(7000 + at): {"TCPForward": each.written, "TerminateTLS": each.word} for at, each in enumerate(planted)
        },
        "Web": {
            f"{each.word}:{8000 + at}": {
                "Handlers": {
                    f"/{each.written}": {"Proxy": f"http://svc:{each.value}@127.0.0.1:4000/{each.written}"},
                    "/q": {"Proxy": f"http://127.0.0.1:4000/?token={each.value}&next={each.word}"},
                }
            }
            for at, each in enumerate(planted)
        },
        "AllowFunnel": {f"{each.word}:8443": True for each in planted},
    }


def _proxy_files(planted: Sequence[Planted]) -> Iterator[str]:
    nginx, caddy = "/etc/nginx/nginx.conf", "/etc/caddy/Caddyfile"
    haproxy, traefik = "/etc/haproxy/haproxy.cfg", "/etc/traefik/traefik.yml"
    for path in (nginx, caddy, haproxy, traefik):
        yield f"file\t{path}\n"
    yield f"closed\t/etc/nginx/conf.d/{planted[0].written}\nodd\t{planted[1].written}\n"
    lines = ["http {"]
    for at, each in enumerate(planted):
        lines += [
            f"server {{ listen 127.0.0.1:{9000 + at}; server_name {each.word} {each.word}.example.org;",
            f'  location /{each.word} {{ proxy_set_header X-Api-Key "{each.value}";',
            f'  proxy_set_header Authorization "Bearer {each.value}";',
            f"  proxy_pass http://svc:{each.value}@127.0.0.1:4000/?key={each.value}; }} # {each.written}",
            f"  include /etc/nginx/{each.word}/*.conf; }}",
        ]
    yield from (f"{nginx}\t{line}\n" for line in [*lines, "}"])
    for at, each in enumerate(planted):
        site = [f"{each.word}:{9100 + at} {{", f'  header_up Authorization "Bearer {each.value}"']
        site += [
            f"  basic_auth svc {each.value}",
            f"  reverse_proxy /{each.word} http://svc:{each.value}@127.0.0.1:4000",
        ]
        yield from (
            f"{caddy}\t{line}\n" for line in [*site, "}", f"import {each.word}", f"http://{{${each.word}}} {{", "}"]
        )
    for at, each in enumerate(planted):
        yield from (
            f"{haproxy}\t{line}\n"
            for line in (
                f"frontend {each.word}",
                f"  bind 127.0.0.1:{9200 + at} name {each.word}",
                f"  default_backend {each.word}",
                f"backend {each.word}",
                f"  server {each.word} 127.0.0.1:4000 cookie {each.value}",
                f"  http-request set-header Authorization 'Bearer {each.value}'",
            )
        )
    yield f"{traefik}\tentryPoints:\n"
    for at, each in enumerate(planted):
        yield f"{traefik}\t  {each.word}:\n{traefik}\t    address: '127.0.0.1:{9300 + at}'\n"


# ---------------------------------------------------------------- what services answer

PATHS = tuple(f"/p{at}" for at in range(12))


def _answers(planted: Sequence[Planted], ports: Sequence[int]) -> dict[tuple[str, int], dict[str, bytes] | Trouble]:
    answers: dict[tuple[str, int], dict[str, bytes] | Trouble] = {
        ("127.0.0.1", port): _pages(each) for each, port in zip(planted, ports, strict=True)
    }
    answers["10.0.0.2", 4001] = Trouble("broken", f"said {planted[0].written} and broke off")
    return answers


def _pages(each: Planted) -> dict[str, bytes]:
    models = {
        "object": "list",
        "data": [{"id": each.written}, {"id": f"/models/{each.word}/x"}, {"id": f"org/{each.word}"}],
    }
    health = {"status": "healthy", each.written: 1, each.word: "ok", "note": each.written, "api_key": each.value}
    health |= {"version": each.value, "commit": each.word, "nested": {"token": each.value}, "list": [each.written]}
    return {
        "/v1/models": answered(models),
        "/health/readiness": answered(health),
        "/health/liveliness": answered(each.written),
        "/metrics": answered(b"", f"Location: http://svc:{each.value}@127.0.0.1/{each.word}?key={each.value}\r\n", 307),
        "/health": answered({"error": each.written}, status=401),
        "/p0": answered(each.written.encode(), "Content-Type: text/plain\r\n"),
        "/p1": answered(f"ready, {each.written}".encode(), "Content-Type: text/plain; charset=utf-8\r\n"),
        "/p2": answered(b"", f"Location: /login?next={each.word}&state={each.written.replace(' ', '%20')}\r\n", 302),
        "/p3": answered(b"x", f"Content-Type: application/{each.word}\r\n"),
        "/p4": answered(
            b"x", f"Content-Type: text/plain\r\nSet-Cookie: session={each.value}\r\nX-Key: {each.value}\r\n"
        ),
        "/p5": f"HTTP/1.1 200 {each.word}\r\nContent-Length: 0\r\n\r\n".encode(),
        "/p6": f"{each.written}\r\n\r\n".encode(),
        "/p7": answered([each.written, {"key": each.value}]),
        "/p8": answered(f"<html>{each.written}</html>".encode(), "Content-Type: text/html\r\n"),
        "/p9": answered(b"", f"Location: {each.written}\r\n", 301),
        "/p10": answered({f"{each.word}": {"a": 1}, "id": each.word, "build": each.value, "revision": each.value}),
    }


def answered(body: object, headers: str = "Content-Type: application/json\r\n", status: int = 200) -> bytes:
    """Return a response, JSON unless the body is bytes."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return f"HTTP/1.1 {status} OK\r\n{headers}Content-Length: {len(content)}\r\n\r\n".encode() + content


# ---------------------------------------------------------------- a Mac


def mac(planted: Sequence[Planted], ports: Sequence[int]) -> ReplayTransport:
    """Return a Mac that says these secrets."""
    files = [f"/Library/LaunchDaemons/com.example.job{at}.plist" for at in range(len(planted))]
    rows = "".join(f"\t\t     {port}      - \t{each.word}\n" for each, port in zip(planted, ports, strict=True))
    outputs: dict[str, Output | bytes] = {
        "uname": f"Darwin {planted[0].word} 24.1.0\n".encode(),
        "sw-vers": "".join(
            f"ProductName:\t{each.written}\nProductVersion:\t{each.written}\n" for each in planted
        ).encode(),
        "user": b"501\n",
        "ifconfig": "".join(f"{each.word}: flags=1\n\tinet {each.word} netmask\n" for each in planted).encode(),
        "lsof": "".join(map(_lsof, planted, ports)).encode(),
        "ps": "".join(map(_ps, planted, ports)).encode(),
        "launchctl-system": f"system = {{\n\tservices = {{\n{rows}\t}}\n}}\n".encode(),
        "launchctl-own": f"gui/501 = {{\n\tservices = {{\n{rows}\t}}\n}}\n".encode(),
        "launchctl-disabled": "".join(f'\t\t"{each.written}" => disabled\n' for each in planted).encode(),
        "launchd-files": "".join(f"{path}\n" for path in [*files, f"/Users/{planted[0].word}"]).encode(),
    }
    for path, each in zip(files, planted, strict=True):
        label = path.rpartition("/")[2].removesuffix(".plist")
        outputs[f"launchctl print system/{label}"] = _job(label, each).encode()
        outputs[f"plutil {path}"] = _plist(each).encode()
    return ReplayTransport(outputs, _answers(planted, ports))


def _lsof(each: Planted, port: int) -> str:
    first = f"p{port}\nc{each.written}\nf3\ntIPv4\nn127.0.0.1:{port}\n"
    return f"{first}p{port + 500}\nc{each.word}\nf3\ntIPv6\nn[::1]:{port}\n"


def _ps(each: Planted, port: int) -> str:
    return f"  {port} /opt/litellm/bin/litellm --master-key {each.value} {each.written}\n"


def _job(label: str, each: Planted) -> str:
    arguments = (
        "litellm",
        "--api-key",
        each.value,
        each.written,
        "-H",
        f"X-Api-Key: {each.value}",
        f"--token={each.value}",
    )
    words = "".join(f"\t\t{word}\n" for word in arguments)
    return (
        f"system/{label} = {{\n\tpath = /Library/{each.word}.plist\n\tstate = {each.written}\n"
        f"\tprogram = /opt/{each.word}/litellm\n\targuments = {{\n{words}\t}}\n"
        f"\tenvironment = {{\n\t\tHF_TOKEN => {each.value}\n\t\tNOTE => {each.written}\n\t\t{each.written}\n\t}}\n"
        f"\tlast exit code = {each.written}\n\tlast terminating signal = {each.written}\n}}\n"
    )


def _plist(each: Planted) -> str:
    def text(value: str) -> str:
        return value.replace("&", "&amp;").replace("<", "&lt;")

    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<plist version="1.0"><dict>'
        f"<key>Label</key><string>{text(each.written)}</string>"
        f"<key>EnvironmentVariables</key><dict><key>HF_TOKEN</key><string>{text(each.value)}</string>"
        f"<key>{text(each.written)}</key><string>1</string></dict>"
        "<key>ProgramArguments</key><array><string>litellm</string><string>--api-key</string>"
        f"<string>{text(each.value)}</string><string>{text(each.written)}</string></array>"
        f"<key>Sockets</key><dict><key>a</key><dict><key>SockNodeName</key><string>{text(each.written)}</string>"
        "<key>SockServiceName</key><string>8080</string></dict></dict>"
        "</dict></plist>"
    )
