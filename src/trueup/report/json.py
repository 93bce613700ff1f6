"""The report as one JSON object, see `rows.Report`."""

from __future__ import annotations

import msgspec

from trueup.checking import Checked
from trueup.report.rows import report_of


class Json:
    """Fulfils `base.Format`."""

    def render(self, checked: Checked, *, everything: bool = False) -> str:
        """Return the report as indented JSON."""
        return msgspec.json.format(msgspec.json.encode(report_of(checked, everything=everything)), indent=2).decode()
