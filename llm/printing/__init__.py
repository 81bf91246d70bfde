"""Answers, documentation plans and evaluations for a terminal, as JSON and as CSV."""
