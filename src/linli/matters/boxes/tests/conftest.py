from linli.matters.tests.conftest import *  # noqa: F403
