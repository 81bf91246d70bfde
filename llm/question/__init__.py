"""A question in plain words, read: words marked, things named, times, roles, what is asked.

It reads and decides what is asked for; it measures nothing and sends no SQL.
"""
