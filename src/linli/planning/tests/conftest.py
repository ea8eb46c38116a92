from __future__ import annotations

import pytest


@pytest.fixture
def block(db):
    """See ``factories.make_block``."""
    from linli.planning.tests.factories import make_block

    return make_block()
