"""One module a format: a stream of bytes -> what COPY takes, plus what was wrong with it.

A reader knows nothing of tables or transactions. It says which columns it found, is told under
which types they will land, and yields CSV for `COPY ... FROM STDIN` in pieces.
"""
