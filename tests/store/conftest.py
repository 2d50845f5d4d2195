"""A store in the middle of a debate."""

import pytest

from debate.store import Store
from store.records import begin


@pytest.fixture
def held(store: Store) -> Store:
    """Return a store in which run `r-1` debates `h-00000001` as `d-1`."""
    begin(store)
    return store
