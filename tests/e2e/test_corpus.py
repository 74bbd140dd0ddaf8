"""The corpus, built for real on each of the two Nomads."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from tests.corpus import site
from tests.corpus.cases import CASES
from tests.corpus.collection import WORKERS, Row, start
from tests.e2e.ground import Ground

pytestmark = [pytest.mark.docker, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def corpus(
    ground: Ground, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Future[Row]]]:
    """What comes of each case that this run of the tests has, a few of them under way at once."""
    wanted = {
        item.callspec.params["name"]
        for item in request.session.items
        if isinstance(item, pytest.Function) and item.module is request.module
    }
    chosen = [each for each in CASES if each.name in wanted]
    with (
        site.run(ground, tmp_path_factory.mktemp("corpus")) as ready,
        ThreadPoolExecutor(WORKERS) as pool,
    ):
        yield start(ready, chosen, pool)
        pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize("name", [each.name for each in CASES])
def test_the_corpus_comes_out_as_expected(corpus: dict[str, Future[Row]], name: str) -> None:
    row = corpus[name].result()
    if row.problem is not None:
        raise row.problem
