"""From a spreadsheet to profiles: a CSV file, a mapping file that says what its columns mean, and a key file.

`document.py` reads the mapping file, `sheet.py` the CSV, `sources.py` converts cells, `rows.py` builds profiles,
`ids.py` and `keyfile.py` settle who is who. Nothing here knows a store: a use case takes what comes out. No text of a
cell may appear in an error, and no column that the mapping does not name may leave `sheet.py`.
"""
