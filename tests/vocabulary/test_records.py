"""Records are frozen, refuse unknown fields, and name themselves by what they are."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from trueup.vocabulary import Disposition, Ledger, Listener, PortRange, Severity, observe, unique


def test_records_are_frozen() -> None:
    with pytest.raises(AttributeError):
        Listener("127.0.0.1", 4000).port = 1  # type: ignore[misc]


def test_unknown_fields_are_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="unknown field"):
        msgspec.json.decode(b'{"first": 1, "last": 2, "middle": 3}', type=PortRange)


def test_the_same_thing_seen_twice_has_one_id() -> None:
    one = observe("mini", Listener("127.0.0.1", 4000), by="ss", service="litellm")
    again = observe("mini", Listener("127.0.0.1", 4000), by="lsof", service="litellm")
    other = observe("studio", Listener("127.0.0.1", 4000), by="ss", service="litellm")
    assert one.id == again.id
    assert one.id != other.id
    assert unique([one, again, other]) == (one, other)


def test_a_port_range_holds_both_ends() -> None:
    window = PortRange(8100, 8103)
    assert [port in window for port in (8099, 8100, 8103, 8104)] == [False, True, True, False]
    assert (str(window), str(PortRange(1, 1))) == ("8100-8103", "1")


def test_the_worst_severity_ranks_first() -> None:
    assert min(Severity, key=lambda each: each.rank) is Severity.CRITICAL


def test_the_last_disposition_of_a_finding_counts() -> None:
    day = datetime(2026, 1, 1, tzinfo=UTC)
    first = Disposition(finding="c-1", action="defer", decided_at=day)
    last = Disposition(finding="c-1", action="resolved", decided_at=day)
    ledger = Ledger(dispositions=(first, Disposition(finding="c-2", action="fix_now", decided_at=day), last))
    assert ledger.of("c-1") == last
    assert ledger.of("c-3") is None
    assert msgspec.json.decode(msgspec.json.encode(ledger), type=Ledger) == ledger
