"""The linter's rules, one file a part of the charter. Each rule is a generator of findings."""
