"""Reading Markdown: text → blocks with exact spans and inherited context → typed mentions.

The layer below `canon` (documents become claims) and `evidence` (a snapshot that a person wrote becomes observations),
which must not know each other. Pure: it takes text and gives data.
"""
