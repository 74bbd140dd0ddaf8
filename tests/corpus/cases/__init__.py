"""The cases, a module for each part of a request, and all of them in the order of the table."""

from tests.corpus.cases import building, caching, contexts, publishing, sources, testing, trust
from tests.corpus.collection import Case, cases_of

CASES: list[Case] = [
    each
    for module in (sources, contexts, building, caching, testing, publishing, trust)
    for each in cases_of(module.__name__)
]

__all__ = ["CASES"]
