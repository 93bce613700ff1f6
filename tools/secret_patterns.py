"""Write src/trueup/evidence/redact/published.py: the shapes of secrets that detect-secrets knows, fit for one search.

detect-secrets itself is a tool for development: importing one of its plugins also imports requests, which takes longer
than `trueup snapshot` may take to start. What is copied are the expressions of its plugins (Apache-2.0), with three
changes: only the secret's own group captures, spaces are matched in one way so that matching stays linear, and flags
stand in the expression.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from pathlib import Path
from typing import Any

from detect_secrets import plugins
from detect_secrets.__version__ import VERSION

PAGE = Path(__file__).resolve().parents[1] / "src" / "trueup" / "evidence" / "redact" / "published.py"

# Plugins that are not copied, and why.
LEFT_OUT = {
    "IPPublicDetector": "an address is evidence, not a secret",
    "BasicAuthDetector": "places.py hides whatever stands before the @ of a URL; the expression is not linear",
    "JwtTokenDetector": "shapes.py hides more; the expression is not linear",
    "KeywordDetector": "names.py and places.py know secrets by their names",
    "NpmDetector": "places.py hides the value of _authToken; the expression is not linear",
    "OpenAIDetector": "shapes.py hides more; the expression is not linear",
    "PrivateKeyDetector": "shapes.py hides the whole key, not only its first line",
    "GitHubTokenDetector": "shapes.py hides more",
    "GitLabTokenDetector": "shapes.py hides more",
    "PypiTokenDetector": "shapes.py hides more",
    "SendGridDetector": "shapes.py hides more",
    "StripeDetector": "shapes.py hides more",
    "Base64HighEntropyString": "runs.py knows random runs and spares digests",
    "HexHighEntropyString": "hexadecimal runs are digests and revisions",
}
# Plugins whose expression names the place too: their group is the secret. Elsewhere a group is only a choice.
SECRET_IN_GROUP = frozenset(
    {"AWSKeyDetector", "CloudantDetector", "IbmCloudIamDetector", "IbmCosHmacDetector", "SoftlayerDetector"}
)
ABSTRACT = frozenset({"HighEntropyStringsPlugin"})
# As it stands, it tries every way to share spaces out among its three parts.
_ASSIGNED = "(?: *)(?:=|:|:=|=>| +|::)(?: *)"
_GROUP = re.compile(r"(?<!\\)\((?!\?)")
_HEAD = """# ruff: noqa: E501 - an expression stands on one line
\"\"\"Shapes of secrets that detect-secrets {version} knows (Apache-2.0, https://github.com/Yelp/detect-secrets).

Written by tools/secret_patterns.py; do not edit.
\"\"\"

from typing import Final
"""
_SHAPES = """
SHAPES: Final = (
{rows})
\"\"\"What is a secret by itself.\"\"\"
"""
_NAMED = """
NAMED: Final = (
{rows})
\"\"\"A secret, the only group, with the name or place before it.\"\"\"
"""


def page() -> str:
    """Return the module's text."""
    rows: dict[bool, list[str]] = {False: [], True: []}
    for name, detector in detectors().items():
        for pattern in () if name in LEFT_OUT else detector.denylist:
            in_group = name in SECRET_IN_GROUP and pattern.groups == 1
            rows[in_group].append(f"    {_literal(fit(pattern, keep_group=in_group))},  # {detector.secret_type}\n")
    return (
        _HEAD.format(version=VERSION)
        + _SHAPES.format(rows="".join(rows[False]))
        + _NAMED.format(rows="".join(rows[True]))
    )


def detectors() -> dict[str, Any]:
    """Return every plugin of detect-secrets by the name of its class."""
    modules = [module.name for module in pkgutil.iter_modules(plugins.__path__) if module.name != "base"]
    return {
        name: value
        for module in (importlib.import_module(f"{plugins.__name__}.{each}") for each in sorted(modules))
        for name, value in vars(module).items()
        if isinstance(value, type) and value.__module__ == module.__name__ and name not in ABSTRACT
    }


def fit(pattern: re.Pattern[str], *, keep_group: bool) -> str:
    """Return an expression for use beside others: flags inside, no group but the secret's, one way to match."""
    text = pattern.pattern
    if pattern.flags & re.VERBOSE:
        text = re.sub(r"\s+(?:#.*)?", "", text)
    if not keep_group:
        text = _GROUP.sub("(?:", text)
    text = text.replace(_ASSIGNED, " *(?:(?:=>?|:[:=]?) *|(?<= ))")
    return f"(?i:{text})" if pattern.flags & re.IGNORECASE else f"(?:{text})"


def _literal(expression: str) -> str:
    """Write an expression as a raw string, in the quotes that a formatter would choose."""
    if '"' not in expression:
        return f'r"{expression}"'
    return f"r'{expression}'" if "'" not in expression else f'r"""{expression}"""'


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
