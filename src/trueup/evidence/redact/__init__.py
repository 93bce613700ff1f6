"""Secrets out, before anything is written or sent.

`redact` knows secrets by where they stand (after a flag, a name, a header, in a URL: `places`), by their shape (the
prefixes that issuers publish for their keys: `shapes`, and those that detect-secrets knows: `published`), and long
random runs by their look (`runs`). It leaves references to secrets (`${NAME}`, `os.environ/NAME`) and digests as they
are. A short secret without such a mark, in running text or after a flag that no secret's name is, is not guessed;
`hide_known` takes out the keys that the operator gave, wherever they stand.
"""

from trueup.evidence.redact.known import hide_known
from trueup.evidence.redact.marks import MARK
from trueup.evidence.redact.names import is_secret_name
from trueup.evidence.redact.text import clean, clean_argv, redact, redact_argv, visible

__all__ = ["MARK", "clean", "clean_argv", "hide_known", "is_secret_name", "redact", "redact_argv", "visible"]
