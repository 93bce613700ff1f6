from __future__ import annotations

import re

from tools.catalogue_docs import DOCS, files

from trueup.catalog import ServiceKind
from trueup.catalog.consistency import problems_of


def test_the_pages_are_what_the_entries_say() -> None:
    for path, content in files().items():
        assert path.read_text() == content, "make docs"


def test_there_is_no_page_of_a_kind_that_is_gone() -> None:
    assert set((DOCS / "catalogue").iterdir()) == set(files()) - {DOCS / "catalogue.md"}


def test_no_cell_of_a_table_breaks_it() -> None:
    for content in files().values():
        for table in re.findall(r"(?:^\|.*\n)+", content, re.MULTILINE):
            assert len({row.count("|") for row in table.splitlines()}) == 1


def test_the_example_of_an_own_kind_works() -> None:
    (example,) = re.findall(r"```python\n(.*?)```", (DOCS / "catalogue.md").read_text(), re.DOTALL)
    names: dict[str, object] = {}
    exec(example, names)
    kind = names["KIND"]
    assert isinstance(kind, ServiceKind)
    assert list(problems_of(kind)) == []
