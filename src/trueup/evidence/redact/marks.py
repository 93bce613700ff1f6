"""What stands where a secret stood, and the values that are no secrets but tell where one is kept."""

from __future__ import annotations

import re
from typing import Final

MARK: Final = "[redacted]"

REFERENCE: Final = re.compile(
    r"\$\{[A-Z_][A-Z0-9_]*\}|\$\(\w+\)|os\.environ/[A-Z_][A-Z0-9_]*|(?i:true|false|none|null|yes|no|on|off)"
)
