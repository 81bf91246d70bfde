"""Models for raw tables that have none: staging, judged rows, mart, tests, semantic model, metrics.

Profiles decide (`decide`), templates render (`sql`, `properties`, `semantic`), and what is written
are ordinary files that a person owns from then on (`files`). `run.scaffold` does it all.
"""
