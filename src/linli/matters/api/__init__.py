"""Matters for programs: the acts of the pages, with the same forms, permissions and history. Put together in ``conf.api``."""
