from __future__ import annotations

import contextlib
import os
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.manifest.toml_texts import toml_texts

from trueup.errors import ConfigError
from trueup.manifest import Manifest, Socket, find_manifest, load_manifest, parse_manifest, sample_manifest
from trueup.manifest.load import MAX_BYTES
from trueup.vocabulary import Severity

MINI = '[hosts.mini]\nnames = ["Mini"]\n'

REFUSED = {
    "unknown table": ('[service]\nkind = "x"\n', "t:1: unknown key \"service\" at the top (did you mean 'services'?)"),
    "unknown key": (
        MINI + "adresses = []\n",
        "t:3: unknown key \"adresses\" in `hosts.mini` (did you mean 'addresses'?)",
    ),
    "unknown key, none near": (
        "[evidence]\nzzz = 1\n",
        't:2: unknown key "zzz" in `evidence` (known here: directory, max_age, ssh_config)',
    ),
    "port of ssh": (
        '[hosts.mini]\nvia = "ssh"\nssh = "ops@mini:99999"\n',
        "t:3: 99999 is not a port (ports are 1 to 65535)",
    ),
    "missing key": ('[[services]]\nhost = "mini"\n', "t:1: `services[1]` lacks the key 'kind' (required: kind, host)"),
    "text for a list": (
        '[hosts.mini]\nnames = "Mini"\n',
        't:2: `hosts.mini.names` cannot be "Mini" (allowed: a list in brackets; each: a text in quotes)',
    ),
    "number in a list": (
        '[hosts.mini]\nnames = [\n  "Mini",\n  4000,\n]\n',
        "t:4: `hosts.mini.names[2]` cannot be 4000 (allowed: a text in quotes)",
    ),
    "date for a text": (
        "[evidence]\ndirectory = 2026-02-09\n",
        "t:2: `evidence.directory` cannot be 2026-02-09 (allowed: a text in quotes)",
    ),
    "yes for a number": (
        '[[lanes]]\nhandle = "h"\nhost = "mini"\nport = true\n',
        "t:4: `lanes[1].port` cannot be true (allowed: a port from 1 to 65535)",
    ),
    "port out of range": (
        '[[lanes]]\nhandle = "h"\nhost = "mini"\nport = 65536\n',
        "t:4: `lanes[1].port` cannot be 65536 (allowed: a port from 1 to 65535)",
    ),
    "choice in capitals": (
        '[hosts.mini]\nos = "Linux"\n',
        't:2: `hosts.mini.os` cannot be "Linux" (did you mean \'linux\'? allowed: "linux" or "macos")',
    ),
    "severity": (
        '[check.severity]\nports = "hihg"\n',
        't:2: `check.severity.ports` cannot be "hihg" '
        '(did you mean \'high\'? allowed: "critical" or "high" or "medium" or "low")',
    ),
    "kind as people write it": (
        MINI + '[[services]]\nkind = "Open WebUI"\nhost = "mini"\n',
        't:4: `services[1].kind` cannot be "Open WebUI" '
        "(did you mean 'open_webui'? "
        "allowed: a catalogue key such as litellm or open_webui, or a lower-case word of your own)",
    ),
    "one table for services": (
        '[services]\nkind = "x"\n',
        "t:1: `services` cannot be a table (allowed: tables, each under a line [[services]])",
    ),
    "a list for hosts": (
        "hosts = []\n",
        "t:1: `hosts` cannot be a list (allowed: tables, each under a line [hosts.NAME])",
    ),
    "empty text": (
        '[evidence]\ndirectory = " "\n',
        "t:2: `evidence.directory` must not be empty (allowed: a text in quotes)",
    ),
    "terminal codes": (
        '[hosts.mini]\nnames = ["\\u001b[31m"]\n',
        't:2: `hosts.mini.names[1]` holds control characters: "\\u001b[31m" (allowed: a text in quotes)',
    ),
    "host name with a blank": (
        '[hosts."my mini"]\n',
        't:1: `hosts.my mini` cannot be "my mini" (allowed: a name of letters, digits, dots, hyphens and underscores)',
    ),
    "an option for ssh": (
        '[hosts.mini]\nssh = "-oProxyCommand=x"\n',
        't:2: `hosts.mini.ssh` cannot be "-oProxyCommand=x" (allowed: a target of ssh, such as ops@mini.local)',
    ),
    "probe that is no path": (
        MINI + '[[services]]\nkind = "x"\nhost = "mini"\nprobes = ["/health HTTP/1.1"]\n',
        't:6: `services[1].probes[1]` cannot be "/health HTTP/1.1" '
        "(allowed: a path that begins with a slash, such as /health)",
    ),
    "listen without a port": (
        MINI + '[[services]]\nkind = "x"\nhost = "mini"\nlisten = ["127.0.0.1"]\n',
        't:6: `services[1].listen[1]` cannot be "127.0.0.1" '
        "(allowed: an address and port, such as 127.0.0.1:4000 or *:4020)",
    ),
    "listen on no address": (
        MINI + '[[services]]\nkind = "x"\nhost = "mini"\nlisten = ["1.2.3.999:80"]\n',
        "t:6: '1.2.3.999:80' is not an address to listen on: '1.2.3.999' does not appear to be an IPv4 or IPv6 address",
    ),
    "listen on no port": (
        MINI + '[[services]]\nkind = "x"\nhost = "mini"\nlisten = ["[::1]:99999"]\n',
        "t:6: '[::1]:99999' is not an address to listen on: 99999 is not a port",
    ),
    "glob that leaves the folder": (
        '[documents]\nignore = ["a/../../b"]\n',
        't:2: `documents.ignore[1]` cannot be "a/../../b" (allowed: a glob below the root, such as docs/**/*.md)',
    ),
    "age": (
        '[evidence]\nmax_age = "30 days"\n',
        't:2: `evidence.max_age` cannot be "30 days" (allowed: a number and m, h, d or w, such as 30d or 12h)',
    ),
    "undeclared host": (
        MINI + '[[services]]\nkind = "x"\nhost = "minni"\n',
        "t:5: the host 'minni' is not declared (did you mean 'mini'?)",
    ),
    "undeclared host of a lane": (
        '[[lanes]]\nhandle = "h"\nhost = "studio"\nport = 1\n',
        "t:3: the host 'studio' is not declared (declared: none)",
    ),
    "hosts that differ in case": (
        "[hosts.mini]\n[hosts.Mini]\n",
        "t:2: the hosts 'mini' and 'Mini' differ in case only",
    ),
    "one name for two hosts": (
        MINI + '[hosts.b]\nnames = ["mini"]\n',
        "t:4: 'mini' already means the host 'mini' (a name or address means one host)",
    ),
    "one address for two hosts": (
        '[hosts.a]\naddresses = ["10.0.0.1"]\n[hosts.b]\naddresses = ["::ffff:10.0.0.1"]\n',
        "t:4: '10.0.0.1' already means the host 'a' (a name or address means one host)",
    ),
    "loopback as an address": (
        '[hosts.a]\naddresses = ["localhost"]\n',
        "t:2: 'localhost' is an address of every host (name addresses that others reach it by)",
    ),
    "two local machines": (
        '[hosts.a]\nvia = "local"\n[hosts.b]\nvia = "local"\n',
        "t:4: 'a' already has `via = \"local\"` (`local` is the one machine that trueup runs on)",
    ),
    "ssh to this machine": (
        '[hosts.a]\nvia = "local"\nssh = "a"\n',
        't:3: `ssh` is of no use with `via = "local"` (leave one of them out)',
    ),
    "two services on one socket": (
        MINI + '[[services]]\nkind = "a"\nhost = "mini"\nlisten = ["127.0.0.1:80"]\n'
        '[[services]]\nkind = "b"\nhost = "mini"\nlisten = ["*:80"]\n',
        "t:10: port 80 of mini is already taken by 'a'",
    ),
    "two models on one port": (
        MINI + '[[lanes]]\nhandle = "a"\nhost = "mini"\nport = 1\n[[lanes]]\nhandle = "b"\nhost = "mini"\nport = 1\n',
        "t:10: port 1 of mini already serves 'a' (one model on one port)",
    ),
    "a lane on a service's port": (
        MINI + '[[services]]\nkind = "a"\nhost = "mini"\nlisten = ["*:80"]\n'
        '[[lanes]]\nhandle = "a"\nhost = "mini"\nport = 80\n',
        "t:10: port 80 of mini is already taken by 'a'",
    ),
    "broken TOML": ("a = 1\nb = = 2\n", "t:2: not valid TOML: Invalid value (column 5)"),
    "cut off": ("a = 1\nb = [", "t:2: not valid TOML: Invalid value (at end of document)"),
    "bottomless": ("a = " + "[" * 100_000, "t: the manifest is nested too deeply"),
    "bottomless key": ("a = 1\n" + "b . '.'." * 100_000 + "b = 1", "t:2: the manifest is nested too deeply"),
    "endless number": ("a = " + "9" * 5000, "t: not valid TOML: a number is too long"),
}


@pytest.mark.parametrize(("text", "error"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_is_one_line_with_file_and_line(text: str, error: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_manifest(text, "t")
    assert str(caught.value) == error


def test_an_empty_manifest_declares_nothing() -> None:
    assert parse_manifest("", "t") == Manifest()


def test_hosts_keep_their_order_and_names() -> None:
    manifest = parse_manifest('[hosts.b]\n[hosts.a]\nos = "macos"\n', "t")
    assert [(host.name, host.os) for host in manifest.hosts] == [("b", None), ("a", "macos")]


def test_listen_is_taken_apart_in_normal_spelling() -> None:
    text = (
        MINI + '[[services]]\nkind = "x"\nhost = "mini"\nlisten = ["localhost:1", "*:2", "[0:0::1]:3", "0.0.0.0:4"]\n'
    )
    (service,) = parse_manifest(text, "t").services
    assert service.sockets == (Socket("127.0.0.1", 1), Socket("*", 2), Socket("::1", 3), Socket("0.0.0.0", 4))


def test_one_port_on_two_addresses_or_hosts_is_no_clash() -> None:
    text = (
        '[hosts.a]\n[hosts.b]\n[[services]]\nkind = "x"\nhost = "a"\nlisten = ["127.0.0.1:80", "10.0.0.1:80"]\n'
        '[[services]]\nkind = "y"\nhost = "b"\nlisten = ["*:80"]\n'
        '[[services]]\nkind = "mlx"\nhost = "b"\nlisten = ["*:8100"]\n'
        '[[lanes]]\nhandle = "h"\nhost = "b"\nport = 8100\n'
    )
    assert len(parse_manifest(text, "t").services) == 3


@pytest.mark.parametrize(
    ("age", "limit"),
    [
        ("90m", timedelta(minutes=90)),
        ("12h", timedelta(hours=12)),
        ("30d", timedelta(30)),
        ("99999w", timedelta(699_993)),
    ],
)
def test_age_is_a_span_of_time(age: str, limit: timedelta) -> None:
    assert parse_manifest(f'[evidence]\nmax_age = "{age}"\n', "t").evidence.limit == limit


@pytest.mark.parametrize("written", ["evidence", "./evidence", "evidence/", "docs/../evidence", ".//evidence/."])
def test_the_evidence_folder_has_one_spelling(written: str) -> None:
    assert parse_manifest(f'[evidence]\ndirectory = "{written}"\n', "t").evidence.directory == "evidence"


def test_age_may_be_left_out() -> None:
    assert Manifest().evidence.limit is None


def test_severities_by_rule() -> None:
    assert parse_manifest('[check.severity]\nports = "high"\n', "t").check.severity == {"ports": Severity.HIGH}


# ---------------------------------------------------------------- files


def test_only_the_root_itself_is_looked_at(tmp_path: Path) -> None:
    below = tmp_path / "below"
    below.mkdir()
    (tmp_path / "trueup.toml").write_text("")
    assert find_manifest(tmp_path) == tmp_path / "trueup.toml"
    assert find_manifest(below) is None
    assert find_manifest(tmp_path / "missing") is None


def test_a_file_is_read_with_or_without_byte_order_mark_and_either_line_end(tmp_path: Path) -> None:
    path = tmp_path / "trueup.toml"
    plain = sample_manifest()
    path.write_bytes(b"\xef\xbb\xbf" + plain.replace("\n", "\r\n").encode())
    assert load_manifest(path) == msgspec.structs.replace(parse_manifest(plain, "t"), source=str(path))


def _refusal(path: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        load_manifest(path)
    assert "\n" not in str(caught.value)
    return str(caught.value).removeprefix(str(path))


def test_what_is_no_readable_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "trueup.toml"
    assert _refusal(path) == ": the manifest cannot be read: No such file or directory"
    path.symlink_to(path)
    assert _refusal(path) == ": the manifest cannot be read: Too many levels of symbolic links"
    path.unlink()
    path.mkdir()
    assert _refusal(path) == ": the manifest is not a file"
    path.rmdir()
    os.mkfifo(path)
    assert _refusal(path) == ": the manifest is not a file"
    path.unlink()
    path.write_bytes(b"a = 1\n\x80\x00")
    assert _refusal(path) == ":2: the manifest is not text in UTF-8"
    path.write_bytes(b"\x00\x01\x02")
    assert _refusal(path) == ":1: not valid TOML: Invalid statement (column 1)"
    path.write_bytes(b"#" * (MAX_BYTES + 1))
    assert _refusal(path) == ": the manifest is larger than 1 MiB (a manifest is a few hundred lines)"


def test_a_manifest_of_the_largest_size_is_read(tmp_path: Path) -> None:
    path = tmp_path / "trueup.toml"
    path.write_bytes(b"#" * MAX_BYTES)
    assert load_manifest(path) == Manifest(source=str(path))


@given(st.one_of(st.text(max_size=200), toml_texts().map(lambda written: written[0])))
def test_any_text_is_a_manifest_or_a_config_error(text: str) -> None:
    with contextlib.suppress(ConfigError):
        assert isinstance(parse_manifest(text, "t"), Manifest)


_KEYS = [
    "schema",
    "hosts",
    "services",
    "lanes",
    "documents",
    "evidence",
    "check",
    "kind",
    "host",
    "listen",
    "port",
    "names",
    "via",
    "severity",
]
_VALUES = [
    '"mini"',
    '"x"',
    "1",
    "true",
    '["*:80"]',
    "[1]",
    "{ mini = {} }",
    "[{}]",
    "[[]]",
    '"*:0"',
    '""',
    "1e400",
    "nan",
]


@given(
    st.lists(
        st.one_of(
            st.tuples(st.sampled_from(_KEYS), st.sampled_from(_VALUES)).map(" = ".join),
            st.sampled_from([f"[{key}]" for key in _KEYS] + [f"[[{key}]]" for key in _KEYS] + ["[hosts.mini]"]),
        ),
        max_size=8,
    )
)
def test_any_mixture_of_known_keys_is_a_manifest_or_a_config_error(lines: list[str]) -> None:
    with contextlib.suppress(ConfigError):
        assert isinstance(parse_manifest("\n".join(lines), "t"), Manifest)
