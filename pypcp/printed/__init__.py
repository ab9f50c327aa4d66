"""What psql printed, read back: text into rows of texts, by the names of the columns.

psql has many ways to print a table, and what people keep is often a paste: indented, quoted, between a prompt and the
next command. What is known in advance is what was asked, so a reader is given a :class:`Shape`, the columns to expect.

``lines`` cleans the text, ``tabular`` reads tables with a header (aligned, wrapped, unaligned, CSV), ``expanded`` one
value on a line, ``bare`` rows without any header, ``markup`` psql's formats for documents.
"""
