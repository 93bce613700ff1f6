"""Snapshots as files in a folder: named by time and content, never changed, each naming the one before it.

`sealing` gives a snapshot its digest and its bytes, `reading` takes it back from a file, `writing` puts it into a
folder under the folder's lock, `chain` follows the links between snapshots. Everything else stands on the files:
`index` remembers what they hold, `references` finds the one that is meant, `verifying` tests them, `signing` vouches
for them, `exporting` hands them on.
"""

from __future__ import annotations

from trueup.evidence.store.reading import SIZE_LIMIT, load
from trueup.evidence.store.sealing import dump, seal
from trueup.evidence.store.writing import write

__all__ = ["SIZE_LIMIT", "dump", "load", "seal", "write"]
