from __future__ import annotations

from tools.manifest_docs import files

from trueup.manifest import sample_manifest


def test_the_page_is_what_the_tables_say() -> None:
    ((path, content),) = files().items()
    assert path.read_text() == content, "make docs"
    assert sample_manifest() in content
