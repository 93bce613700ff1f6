"""Secrets that their shape gives away: prefixes that issuers publish, private keys, JSON web tokens."""

from __future__ import annotations

import re
import string
from functools import cache
from typing import Final

from trueup.evidence.redact.marks import MARK
from trueup.evidence.redact.published import NAMED, SHAPES

LONG: Final = re.compile(r"[A-Za-z0-9_-]{16}")
"""What every shape has in it but a few, whose beginnings stand in `places.SIGN`."""

SIGN: Final = re.compile(
    r"a(?:iza|ge-s|pi_org_|tatt3)|d(?:o[por]_v1|api[0-9a-f]|ckr_|p\.[a-z])|f(?:c-[0-9a-f]{8}|w_)|g(?:h[a-z]_|ithub_pat"
    r"|l[a-z]{2,5}[_-]|r13|sk_|ocspx)|h(?:f_|v[bsr]\.)|jina_|l(?:in_api|sv2_)|n(?:pm_|vapi-|rak-|tn_)"
    r"|p(?:k_|plx-|ypi-|mak-|ul-)|r(?:8_|k_|ubygems_)|s(?:k[-_]|g\.|hp[a-z]{2}_|bp_|ntry)|t(?:skey-|vly-)|xai-|ya29\."
    r"|-us[0-9]|\.[a-z0-9_-]{6,7}\.[a-z0-9_-]{27}|:[a-z0-9_-]{32}"
)
"""What a text in lower case has in it where one of the long shapes may be; see also `runs.LONG`."""

SHORT: Final = re.compile(
    r"sk[-_]|sq0|xox|xapp-|eyj|hooks\.|akc[a-z0-9]{10}|ap[0-9a-f][a-z0-9]{8}|private[ +%]|putty-user"
)
"""What a text in lower case has in it where one of the other shapes may be; `places.SIGN` finds all of these too."""

_SHAPES: Final = (
    # in a URL, its blanks are plus signs or escaped
    r"-{4,5} ?BEGIN[A-Z0-9 +%]{1,40}PRIVATE[ +%20]{1,3}KEY(?:[ +%20]{1,3}BLOCK)? ?-{4,5}.*?"
    r"(?:-{4,5} ?END[A-Z0-9 +%]{1,40}PRIVATE[ +%20]{1,3}KEY(?:[ +%20]{1,3}BLOCK)? ?-{4,5}|\Z)",
    r"PuTTY-User-Key-File-[0-9].*",
    # OpenAI, Anthropic (sk-ant-), OpenRouter, LiteLLM virtual keys
    r"sk-(?=[A-Za-z_-]{0,60}[0-9]|[A-Za-z_-]{60})[A-Za-z0-9_-]{8,}",
    r"sk-[0-9]{4,}",
    r"(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{10,}",
    r"(?:hf|api_org)_[A-Za-z0-9]{16,}",
    r"gh[pousr]_[A-Za-z0-9_]{16,}",
    r"github_pat_[A-Za-z0-9_]{16,}",
    r"gl(?:pat|dt|ft|soat|rt|cbt|imt|ptt|agent|oas)-[A-Za-z0-9_-]{16,}[A-Za-z0-9_.-]*",
    r"GR1348941[A-Za-z0-9_-]{16,}",  # GitLab runner
    r"glsa_[A-Za-z0-9]{16,}_[0-9a-fA-F]{8}",  # Grafana service account
    r"eyJ[A-Za-z0-9_=+/-]{8,}(?:\.[A-Za-z0-9_=+/-]*)*",  # JSON web token, Grafana's older API keys
    r"xox[abeoprs]-[A-Za-z0-9-]{8,}",
    r"xapp-[A-Za-z0-9-]{10,}",
    r"AIza[A-Za-z0-9_-]{30,}",
    r"GOCSPX-[A-Za-z0-9_-]{20,}",
    r"ya29\.[A-Za-z0-9_-]{20,}",
    r"gsk_[A-Za-z0-9]{20,}",
    r"nvapi-[A-Za-z0-9_-]{20,}",
    r"pplx-[A-Za-z0-9]{20,}",
    r"xai-[A-Za-z0-9]{30,}",
    r"csk-[a-z0-9]{30,}",  # Cerebras
    r"tvly-[A-Za-z0-9-]{16,}",
    r"fc-[0-9a-f]{32}",  # Firecrawl
    r"jina_[A-Za-z0-9_-]{30,}",
    r"fw_[A-Za-z0-9]{20,}",  # Fireworks
    r"lsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}",  # LangSmith
    r"lin_api_[A-Za-z0-9]{30,}",
    r"ntn_[A-Za-z0-9]{30,}",
    r"r8_[A-Za-z0-9]{20,}",
    r"npm_[A-Za-z0-9]{30,}",
    r"pypi-AgE[A-Za-z0-9_-]{20,}",
    r"rubygems_[0-9a-f]{40,}",
    r"dckr_(?:pat|oat)_[A-Za-z0-9_-]{20,}",
    r"tskey-[a-z]+-[A-Za-z0-9-]{10,}",
    r"hv[bsr]\.[A-Za-z0-9_-]{20,}",
    r"dp\.[a-z]{2,5}(?:\.[a-z0-9_-]{1,40})?\.[A-Za-z0-9]{30,}",  # Doppler
    r"do[por]_v1_[a-f0-9]{32,}",
    r"dapi[0-9a-f]{32}",  # Databricks
    r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{30,}",
    r"sbp_[0-9a-f]{40,}",
    r"sntry[su]_[A-Za-z0-9_-]{16,}[A-Za-z0-9_=+/-]*",
    r"NRAK-[A-Z0-9]{20,}",
    r"PMAK-[0-9a-f-]{30,}",
    r"pul-[0-9a-f]{40}",
    r"ATATT3[A-Za-z0-9_-]{20,}[A-Za-z0-9_=-]*",
    r"SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}",
    r"AGE-SECRET-KEY-1[A-Z0-9]{20,}",
    r"[0-9]{8,10}:AA[A-Za-z0-9_-]{30,}",  # Telegram bot
    r"[MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6,7}\.[A-Za-z0-9_-]{27,40}",  # Discord bot
    r"(?<=hooks\.slack\.com/services/)[A-Za-z0-9/]{10,}",
)
_NAMED_SIGN: Final = re.compile(
    r"(?:key|pwd?|pass|password|token)[\"'\]]{0,2} *(?:(?:=>?|:[:=]?) *)?[\"']?[a-z0-9_-]{24}|aws|softlayer|cloudant"
)
# Some of the published expressions take the white space, quote or equals sign around the secret with them.
_AROUND: Final = string.whitespace + '":='


def hide_shapes(text: str) -> str:
    """Replace everything that has a secret's shape."""
    own, published = _expressions()
    return published.sub(_keep_around, own.sub(MARK, text))


def hide_named(text: str, low: str) -> str:
    """Replace what has a secret's shape only behind the names that go with it; `low` is the text in lower case."""
    return _named().sub(_keep_name, text) if _NAMED_SIGN.search(low) else text


@cache
def _expressions() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Compiled when first needed: most texts have no sign of a shape, and compiling takes milliseconds."""
    own = re.compile(rf"(?<![A-Za-z0-9])(?:{'|'.join(_SHAPES)})", re.DOTALL)
    return own, re.compile("|".join(SHAPES))


@cache
def _named() -> re.Pattern[str]:
    return re.compile("|".join(NAMED))


def _keep_around(found: re.Match[str]) -> str:
    return found[0].replace(found[0].strip(_AROUND), MARK)


def _keep_name(found: re.Match[str]) -> str:
    start, end = (at - found.start() for at in found.span(found.lastindex or 0))
    return found[0][:start] + MARK + found[0][end:]
