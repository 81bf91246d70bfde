"""What the documenter knows and writes: lineage, profiles, drafts, better prose, edits of YAML."""
