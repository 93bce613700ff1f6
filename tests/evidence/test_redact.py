"""What `redact` hides, what it leaves alone, and that doing it twice changes nothing."""

from __future__ import annotations

import base64
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trueup.evidence.redact import MARK, clean, is_secret_name, redact, redact_argv

# Put together at run time, so that no scanner takes this file for a leak.
_RUN = "Q7w9Zx3Lk5Tm2Vb8Nc4Rd6Fg1Hj0Ps"
_DIGITS = "83427156"
SECRETS = {
    "flag with a space": ("serve --api-key hunter2 --port 1", "hunter2"),
    "flag with equals": ("serve --api-key=hunter2", "hunter2"),
    "flag in snake case": ("serve --master_key hunter2", "hunter2"),
    "token flag": ("run --token abcdef", "abcdef"),
    "password flag": ("run --password correct-horse", "correct-horse"),
    "one-dash long flag": ("run -password correct-horse", "correct-horse"),
    "optillm's flag": ("optillm --optillm-api-key letmein", "letmein"),
    "quoted flag": ('run --password "two words"', "two words"),
    "auth token flag": ("run --auth-token abc", "abc"),
    "basic auth pair": ("curl -u admin:letmein http://127.0.0.1/", "letmein"),
    "user flag": ("curl --user admin:letmein http://127.0.0.1/", "letmein"),
    "bearer header": (f"Authorization: Bearer {_RUN}", _RUN),
    "bearer in prose": (f"sent Bearer {_RUN} along", _RUN),
    "bearer lower case": (f"authorization: bearer {_RUN}", _RUN),
    "basic header": ("Authorization: Basic dXNlcjpwYXNz", "dXNlcjpwYXNz"),
    "basic alone": ("Basic " + base64.b64encode(b"me:letmein").decode(), "bWU6bGV0bWVpbg"),
    "bearer of words": ("sent Bearer plum-tree along", "plum-tree"),
    "bearer in a query": ("/x?header=Bearer%20plum-tree", "plum-tree"),
    "another scheme": ("Authorization: Token plum", "plum"),
    "cookie of any name": ("Cookie: theme=dark; x=plum", "plum"),
    "cookie with a quote": ('Set-Cookie: x=plum"tree; Path=/', "tree"),
    "strings of JSON": ('["serve", "--api-key", "hunter2", "--port", "1"]', "hunter2"),
    "strings of a property list": ("<string>--api-key</string>\n\t<string>two words</string>", "words"),
    "key of a property list": ("<key>HF_TOKEN</key>\n<string>hunter2</string>", "hunter2"),
    "header of nginx": ("proxy_set_header X-Api-Key hunter2;", "hunter2"),
    "header of caddy": ("header_up +X-Auth-Token hunter2", "hunter2"),
    "launchd's arrow": ("HF_TOKEN => hunter2", "hunter2"),
    "api key header": ("x-api-key: hunter2", "hunter2"),
    "cookie": ("Set-Cookie: session=abc; Path=/", "session=abc"),
    "url userinfo": ("postgres://me:letmein@db:5432/x", "letmein"),
    "url userinfo with an at sign": ("postgres://me:let@mein@db:5432/x", "mein"),
    "url password only": ("redis://:letmein@cache:6379/0", "letmein"),
    "url token only": (f"https://{_RUN}@git.example.org/x", _RUN),
    "query api key": ("GET /v1?api_key=hunter2&n=3", "hunter2"),
    "query key": ("https://h/v1beta/models?key=hunter2", "hunter2"),
    "query token after others": ("https://h/x?n=3&access_token=hunter2#top", "hunter2"),
    "query signature": ("https://h/x?X-Amz-Signature=0a1b2c", "0a1b2c"),
    "environment key": ("OPENAI_API_KEY=hunter2 serve", "hunter2"),
    "environment master key": ("Environment=LITELLM_MASTER_KEY=hunter2", "hunter2"),
    "environment secret": ("WEBUI_SECRET_KEY=hunter2", "hunter2"),
    "environment salt": ("LITELLM_SALT_KEY=hunter2", "hunter2"),
    "environment password": ("GF_SECURITY_ADMIN_PASSWORD=hunter2", "hunter2"),
    "environment pass": ("DB_PASS=hunter2", "hunter2"),
    "pgpassword": ("PGPASSWORD=hunter2 psql", "hunter2"),
    "environment token": ("HF_TOKEN=hunter2", "hunter2"),
    "environment aws": ("AWS_SECRET_ACCESS_KEY=wJal/rX+tn", "wJal/rX+tn"),
    "nested in a flag": ("docker run --env=OPENAI_API_KEY=hunter2 x", "hunter2"),
    "json field": ('{"api_key": "hunter2", "n": 3}', "hunter2"),
    "json camel case": ('{"clientSecret":"hunter2"}', "hunter2"),
    "json with an escape": (r'{"password": "hun\"ter2"}', "ter2"),
    "json with an escape that Markdown took": ('{"password": "hun"ter2", "n": 3}', "ter2"),
    "yaml field": ("master_key: hunter2", "hunter2"),
    "python keyword": ("connect(api_key='hunter2')", "hunter2"),
    "unclosed quote": ('api_key="hunter2', "hunter2"),
    "value with a semicolon": ("PASSWORD=abc;hunter2", "abc"),
    "value with a brace": ("PASSWORD=abc}hunter2", "hunter2"),
    "value with a comma": ("PASSWORD=abc,hunter2", "hunter2"),
    "value with a quote": ("PASSWORD=abc'hunter2", "hunter2"),
    "openai": (f"key is sk-proj-{_RUN}", _RUN),
    "openai short": (f"key is sk-{_DIGITS}", _DIGITS),
    "litellm sample": ("key is sk-1234", "sk-1234"),
    "anthropic": (f"key is sk-ant-api03-{_RUN}", _RUN),
    "stripe": (f"sk_live_{_RUN}", _RUN),
    "hugging face": (f"hf_{_RUN}", _RUN),
    "github": (f"ghp_{_RUN}", _RUN),
    "github app": (f"ghs_{_RUN}", _RUN),
    "github fine-grained": (f"github_pat_{_RUN}_{_RUN}", _RUN),
    "gitlab": (f"glpat-{_RUN}", _RUN),
    "slack bot": (f"xoxb-{_DIGITS}-{_DIGITS}-{_RUN}", _RUN),
    "slack user": (f"xoxp-{_DIGITS}-{_RUN}", _RUN),
    "slack hook": (f"https://hooks.slack.com/services/T0000/B0000/{_RUN}", _RUN),
    "aws id": ("AKIA" + "Z7XK2Q9LM4PV8RTW", "Z7XK2Q9LM4PV8RTW"),
    "google": (f"AIza{_RUN}AbCdE", _RUN),
    "json web token": (f"eyJ{_RUN}.eyJ{_RUN}.{_RUN}", _RUN),
    "grafana": (f"glsa_{_RUN}_0a1b2c3d", _RUN),
    "tailscale": (f"tskey-auth-{_RUN}-{_RUN}", _RUN),
    "groq": (f"gsk_{_RUN}", _RUN),
    "nvidia": (f"nvapi-{_RUN}", _RUN),
    "vault": (f"hvs.{_RUN}", _RUN),
    "npm": (f"npm_{_RUN}", _RUN),
    "telegram": (f"{_DIGITS}1:AA{_RUN}", _RUN),
    "discord": (f"M{_RUN[:25]}.Gx9Yz1.{_RUN}", _RUN),
    "session": ('{"session": "hunter2"}', "hunter2"),
    "session id": ("sessionId=hunter2", "hunter2"),
    "pin": ("pin: 4711", "4711"),
    "pem": (f"-----BEGIN RSA PRIVATE KEY-----\n{_RUN}\n{_RUN}\n-----END RSA PRIVATE KEY-----", _RUN),
    "pem on one line": (rf"-----BEGIN PRIVATE KEY-----\n{_RUN}\n-----END PRIVATE KEY-----", _RUN),
    "pem cut off": (f"-----BEGIN OPENSSH PRIVATE KEY-----\n{_RUN}", _RUN),
}

HARMLESS = (
    "127.0.0.1:4000",
    "[::1]:8080",
    "*:8100",
    "0.0.0.0",
    "http://127.0.0.1:4000/health/readiness",
    "http://127.0.0.1:9000/v1/models",
    "https://studio.tail1234.ts.net:8443/app?tab=2&sort=name",
    "https://example.org/a@b/c",
    "mlx-gpt-oss-120b-mxfp4-q4",
    "mlx-qwen3-next-80b-mxfp4-a3b-instruct",
    "mlx-community/gpt-oss-120b-MXFP4-Q4",
    "pchamart-schematron8b-mlx-8bit",
    "gpt-4o-mini",
    "claude-sonnet-4-5-20250929",
    "openai/default_model",
    "qwen2.5-coder:32b-instruct-q4_K_M",
    "/Users/someone/models/hf/models--mlx-community--x/snapshots/0123456789abcdef0123456789abcdef01234567",
    "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "o-0123456789abcdef",
    "550e8400-e29b-41d4-a716-446655440000",
    "litellm-orch.service",
    "open-webui.service",
    "getty@tty1.service",
    "/etc/systemd/system/litellm-orch.service.d/override.conf",
    "/usr/lib/systemd/system/prometheus.service",
    "com.example.mlx-lane.8100",
    "--host 127.0.0.1 --port 4000 --detailed_debug",
    "--master-key-file /run/secrets/master",
    "--token-file /run/token",
    "--password-file=/run/password",
    "--max-tokens 4096",
    "--max-token 4096",
    "--tokenizer-path /models/tokenizer.json",
    "--tokenizer Qwen/Qwen3-8B",
    "--eos-token </s>",
    "pad_token: <pad>",
    "--ssl-key /etc/tls/server.pem",
    "--tls-key=/etc/tls/server.pem",
    "--key /etc/tls/server.pem",
    "public_key: ssh-ed25519",
    "--sort-key port",
    "cache_key=abc",
    "PWD=/root",
    "OLDPWD=/tmp",
    "master_key: os.environ/LITELLM_MASTER_KEY",
    "OPENAI_API_KEY=${OPENAI_API_KEY}",
    "ENABLE_API_KEY=true",
    '{"auth": true, "enable_api_key": false}',
    '{"status":"healthy","db":"Not connected"}',
    '{"api_key": null}',
    '{"token": "", "n": 1}',
    "prompt_tokens=12 completion_tokens=30",
    "tokens: 17",
    "Prometheus Server is Ready.",
    '"I\'m alive!"',
    "Bearer token required",
    "Basic authentication",
    "Basic health check",
    'WWW-Authenticate: Bearer realm="api"',
    "docker run -u 1000:1000 image",
    "python3 -u -m mlx_lm server --model /models/x --port 8100",
    "/usr/bin/prometheus --config.file=/etc/prometheus/prometheus.yml --storage.tsdb.path=/var/lib/prometheus",
    "ExecStart=/opt/litellm/bin/litellm --config /etc/litellm/config.yaml",
    'LISTEN 0 128 0.0.0.0:2024 0.0.0.0:* users:(("sshd",pid=624,fd=3)) ino:624 cgroup:/system.slice/ssh.service <->',
    "   0: 0100007F:0FA0 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 624 1 00000000de27",
    "ssh.socket",
    "risk-12345678",
    "hf_transfer",
    "hf_hub_download",
    "sk-learn",
    "SHA256:abc/def",
    "key=value",
    "password-auth-failures: 3",
    "api_key_header=X-Api-Key",
    "systemd-ask-password-wall.service",
    "it refuses the login as ops: no key of your agent or configuration opens it",
    "its host key SHA256:Qx7Rv2Lm9Tz4Wn8Kc3Jp6Hd5Fg1Ab0Yu+Es/Io4Pl9 (ed25519) is not in known_hosts",
    '["api_key", "model", "n"]',
    "text/html; charset=utf-8",
)


def test_the_lists_are_as_long_as_they_should_be() -> None:
    assert len(SECRETS) >= 40
    assert len(HARMLESS) >= 60


@pytest.mark.parametrize("name", SECRETS)
def test_secret_goes(name: str) -> None:
    text, secret = SECRETS[name]
    assert secret in text
    hidden = redact(text)
    assert secret not in hidden
    assert MARK in hidden
    assert redact(hidden) == hidden


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless_text_stays(text: str) -> None:
    assert redact(text) == text


def test_what_stands_around_a_secret_stays() -> None:
    assert redact("GET /v1?api_key=x1&n=3") == f"GET /v1?api_key={MARK}&n=3"
    assert redact("serve --api-key x1 --port 4000") == f"serve --api-key {MARK} --port 4000"
    assert redact('{"api_key": "x1", "n": 3}') == f'{{"api_key": "{MARK}", "n": 3}}'
    assert redact("postgres://me:x1@db:5432/x") == f"postgres://{MARK}@db:5432/x"


def test_argv_is_redacted_word_by_word() -> None:
    argv = ("litellm", "--master-key", "two words", "--api-key=a b", "-e", "HF_TOKEN=x", "--port", "4000")
    assert redact_argv(argv) == (
        *("litellm", "--master-key", MARK, f"--api-key={MARK}", "-e", f"HF_TOKEN={MARK}"),
        *("--port", "4000"),
    )
    assert redact_argv(("sh", "-c", "litellm --api-key abc"))[2] == f"litellm --api-key {MARK}"
    assert redact_argv(("x", "--token", "--port", "1")) == ("x", "--token", "--port", "1")
    assert redact_argv(("x", "--api-key", "${KEY}")) == ("x", "--api-key", "${KEY}")


@pytest.mark.parametrize("between", ["\n", r"\n"])
def test_argv_of_a_private_key_that_lost_its_quotes(between: str) -> None:
    title = "OPENSSH " + "PRIVATE KEY"
    key = between.join((f"-----BEGIN {title}-----", "b3BlbnNzaC1rZX", "plumTree", f"-----END {title}-----"))
    for split in (None, " "):
        words = redact_argv(f"serve --key {key} --port 4000".split(split))
        assert words[:2] + words[-2:] == ("serve", "--key", "--port", "4000")
        assert set(words[2:-2]) == {MARK}
    assert redact_argv(("-----BEGIN", "PRIVATE", "KEY-----", "a")) == (MARK,) * 4


def test_argv_of_a_header_that_lost_its_quotes() -> None:
    command = "curl -H Authorization: Bearer hunter2 -H X-Api-Key: hunter2 -u me:hunter2 -H Accept: text/html http://h/"
    kept = f"curl -H Authorization: Bearer {MARK} -H X-Api-Key: {MARK} -u {MARK} -H Accept: text/html http://h/"
    assert redact_argv(command.split()) == tuple(kept.split())
    assert redact_argv(("docker", "-u", "1000:1000", "--user", "me")) == ("docker", "-u", "1000:1000", "--user", "me")


def test_names_of_secrets() -> None:
    assert all(map(is_secret_name, ("api-key", "apiKey", "HF_TOKEN", "x-api-key", "adminpassword", "client_secret")))
    assert not any(map(is_secret_name, ("", "key", "max_tokens", "token-file", "tokenizer", "PWD", "keyboard")))


def test_clean_escapes_what_does_not_print_and_cuts() -> None:
    assert clean("a\x1b[31mb\u202ec\ud800") == r"a\x1b[31mb\u202ec\ud800"
    assert clean("x" * 50, 10) == "x" * 9 + "…"
    assert clean("a\x00 --password hunter2") == rf"a\x00 --password {MARK}"
    assert "hun" not in clean("y" * 1980 + " --password hunter2")


def test_hostile_repetition_costs_little() -> None:
    pieces = [
        "eyJ-",
        "sk-",
        "://a@",
        "a=",
        "token=",
        "--token ",
        "Bearer ",
        '"',
        'token="',
        "SG.aaaaaaaaaaaaaaaa.",
        "-",
        " ",
    ]
    started = time.process_time()
    for piece in pieces:
        clean((piece * 16_000)[:16_000])
    assert time.process_time() - started < 2


@given(
    st.one_of(
        st.text(),
        st.text(alphabet="--tokenpasswdapi_key= :?&'\"[]{}$redactedBearer //@sk-123\n "),
        st.lists(
            st.sampled_from([*(text for text, _ in SECRETS.values()), *HARMLESS, " ", "=", ":", '"', "'", MARK]),
            max_size=6,
        ).map("".join),
    )
)
def test_twice_is_once(text: str) -> None:
    once = redact(text)
    assert redact(once) == once


@given(st.lists(st.one_of(st.text(), st.sampled_from(["--api-key", "--token", "-e", "A_KEY=b"]))))
def test_argv_twice_is_once(argv: list[str]) -> None:
    once = redact_argv(argv)
    assert len(once) == len(argv)
    assert redact_argv(once) == once


@given(st.sampled_from(sorted(SECRETS)), st.sampled_from(HARMLESS))
def test_secret_goes_in_company(name: str, neighbour: str) -> None:
    text, secret = SECRETS[name]
    if secret not in neighbour:
        assert secret not in redact(f"{neighbour}\n{text}")
        assert secret not in redact(f"x {text} {neighbour}")
