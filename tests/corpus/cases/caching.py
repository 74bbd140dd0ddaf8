"""What is kept between builds, and what is not."""

from __future__ import annotations

from tests.corpus.collection import case
from tests.corpus.trial import Build, Trial

_RANDOM = "RUN head -c 16 /dev/urandom | base64 >/random\n"


def _random(build: Build) -> str:
    return build.published.text("random")


@case
def layers_are_kept(trial: Trial) -> None:
    """A second build takes the first one's layers; with no_cache or another owner it does not."""
    repository = trial.repository({"Dockerfile": f"FROM {trial.site.base}\n{_RANDOM}"})
    first = _random(trial.build(repository))
    assert _random(trial.build(repository)) == first
    assert _random(trial.build(repository, no_cache=True)) != first
    assert _random(trial.build(repository, owner="corpus-other")) != first


@case
def cache_mount(trial: Trial) -> None:
    """A cache mount still has at the next build what a step left there; another owner's is empty."""
    dockerfile = f"""\
FROM {trial.site.base}
RUN --mount=type=cache,id={trial.name},target=/cached echo line >>/cached/lines && wc -l </cached/lines >/count
"""
    repository = trial.repository({"Dockerfile": dockerfile})
    for owner, count in (("corpus", 1), ("corpus", 2), ("corpus-other", 1)):
        build = trial.build(repository, owner=owner, no_cache=True)
        assert int(build.published.text("count")) == count


@case
def cleared_cache(trial: Trial) -> None:
    """A cleared cache has neither layers nor cache mounts of the builds before."""
    dockerfile = f"""\
FROM {trial.site.base}
{_RANDOM}RUN --mount=type=cache,id={trial.name},target=/cached echo line >>/cached/lines && wc -l </cached/lines >/count
"""
    repository = trial.repository({"Dockerfile": dockerfile})
    owner = "corpus-cleared"
    first = trial.build(repository, owner=owner)
    cleared = trial.build(repository, owner=owner, clear_cache=True)
    assert _random(cleared) != _random(first)
    assert int(cleared.published.text("count")) == 1


@case
def registry_cache(trial: Trial) -> None:
    """An owner with an empty store takes the layers that another build left in a registry."""
    repository = trial.repository({"Dockerfile": f"FROM {trial.site.base}\n{_RANDOM}"})
    kept = f"{trial.site.other.address}/corpus/{trial.name}"
    first = trial.build(repository, cache_to=kept)
    again = trial.build(repository, owner="corpus-cold", cache_from=[kept])
    assert _random(again) == _random(first)
