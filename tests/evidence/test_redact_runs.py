"""Random runs go without any mark; digests, revisions, ids and names stay."""

from __future__ import annotations

import base64
import random
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trueup.evidence.redact import MARK, clean, clean_argv, redact, redact_argv
from trueup.evidence.redact.runs import is_random, is_random_word

RUN = "Qx7Rv2Lm9Tz4Wn8Kc3Jp6Hd5"
GIT, SHA256 = "0123456789abcdef0123456789abcdef01234567", "9f86d081884c7d659a2feaa0c55ad015" * 2
HARMLESS = (
    GIT,
    SHA256,
    SHA256.upper(),
    f"sha256:{SHA256}",
    f"ghcr.io/open-webui/open-webui@sha256:{SHA256}",
    f"/models/hub/models--mlx-community--Qwen3-30B-A3B-Instruct-2507-8bit/snapshots/{GIT}/config.json",
    f"/system.slice/docker-{SHA256}.scope",
    f"/machine.slice/libpod-conmon-{SHA256}.scope",
    f"/kubepods.slice/kubepods-podabcdef{SHA256[:26]}.slice",
    "6f1ed002-ab5c-4a3e-9c55-3d2f6d3e8a10",
    "/api/v1/chats/6f1ed002ab5c4a3e9c553d2f6d3e8a10",
    r"dev-disk-by\x2duuid-6f1ed002\x2dab5c\x2d4a3e\x2d9c55\x2d3d2f6d3e8a10.device",
    r"dev-disk-by\x2did-wwn\x2d0x5002538e40b1c2d3a1b2.device",
    "systemd-cryptsetup@luks\\x2d6f1ed002ab5c4a3e9c553d2f6d3e8a10.service",
    "00:1a:2b:3c:4d:5e",
    "fe80::21a:2bff:fe3c:4d5e%eth0",
    "2001:0db8:85a3:0000:0000:8a2e:0370:7334",
    "20251125T031500Z",
    "2026-11-25T031650Z-9b38c33c9fbb",
    "evidence/2026-11-25T031650Z-9b38c33c9fbb.json",
    "FiraMono-Medium-86f75c8c",
    "1764040989123456789012",
    "v1.99.5-nightly.20251125",
    "gpt-oss-120b-MXFP4-Q4-instruct-2507",
    "Llama-4-Scout-17B-16E-Instruct-Q4_K_M",
    "DeepSeek-R1-Distill-Qwen-32B-4bit-DWQ",
    "com.apple.CoreSimulator.CoreSimulatorService",
    "/System/Library/PrivateFrameworks/AppleMultitouchTrackpad2Driver.framework",
    "/Library/Application Support/NetworkExtensionConfigurationAgent",
    "/private/var/folders/zz/zyxvpxvq6csfxvn_n0000000000000/T/",
    "/nix/store/0c5yv1r8pdd5bzy0zq5sk7p6q1n2a3b4-litellm-1.75.0/bin/litellm",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK9dJq7cVb8uZx3Wm2Rt6Yp1Ls4Hg0Nf5Qe8Dk",
    "SHA256:Qx7Rv2Lm9Tz4Wn8Kc3Jp6Hd5Fg1Ab0Yu+Es/Io4Pl9",
    "sha512-Qx7Rv2Lm9Tz4Wn8Kc3Jp6Hd5Fg1Ab0Yu/Es+Io4Pl9==",
    "LongNameOfClassesInJava17Utilities",
    "thequickbrownfoxjumpsoverthelazydogs",
    "_" * 60,
    "-" * 60,
    "x86_64-unknown-linux-gnu-cuda13.0",
)


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless_text_stays(text: str) -> None:
    assert redact(text) == text
    assert clean(f"a {text} b") == f"a {text} b"
    assert redact_argv(("serve", "--x", text)) == ("serve", "--x", text)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (RUN, MARK),
        (f"serve --unknown {RUN} --port 1", f"serve --unknown {MARK} --port 1"),
        (f"http://h:1/hooks/{RUN}/send", f"http://h:1/hooks/{MARK}/send"),
        (f"http://h:1/x?state={RUN}", f"http://h:1/x?state={MARK}"),
        (f"/opt/app/{RUN}/v1", f"/opt/app/{MARK}/v1"),
        (f"lane-{RUN}_x", MARK),
        (f"k {RUN}/aB3dE4fG/hI5jK6 z", f"k {MARK} z"),
        (f"aB3dE4fG/{RUN}=", MARK),
        ("k3 " + base64.b64encode(bytes(range(60, 108))).decode(), f"k3 {MARK}"),
    ],
)
def test_a_run_goes_and_what_stands_around_it_stays(text: str, kept: str) -> None:
    assert redact(text) == kept


def test_nearly_every_random_key_is_told() -> None:
    draw = random.Random(3)
    missed = {
        name: sum(not is_random("".join(draw.choices(letters, k=length))) for _ in range(1000))
        for name, letters, length in (
            ("base62", string.ascii_letters + string.digits, 24),
            ("base62 of 20", string.ascii_letters + string.digits, 20),
            ("base36", string.ascii_lowercase + string.digits, 32),
            ("letters", string.ascii_letters, 32),
        )
    }
    assert missed["base62"] < 10
    assert missed["base62 of 20"] < 15
    assert missed["base36"] < 80
    assert missed["letters"] < 120
    words = [base64.urlsafe_b64encode(draw.randbytes(32)).decode() for _ in range(1000)]
    assert sum(MARK not in redact_argv(("serve", word))[1] for word in words) < 60


def test_words_that_stand_alone() -> None:
    assert is_random_word("Qx7-Rv2Lm9Tz4Wn8Kc3_Jp6Hd5Fg1")
    assert not is_random_word("/Qx7-Rv2Lm9Tz4Wn8Kc3_Jp6Hd5Fg1")
    assert not is_random_word("Qwen3-30B-A3B-Instruct-2507-MLX-8bit")
    assert clean_argv(("serve", "Qx7-Rv2Lm9Tz4Wn8Kc3_Jp6Hd5Fg1", "a\nb")) == ("serve", MARK, r"a\nb")


@given(st.text(alphabet="aB3+/=-_ xQ7", max_size=200))
def test_twice_is_once(text: str) -> None:
    assert redact(redact(text)) == redact(text)
