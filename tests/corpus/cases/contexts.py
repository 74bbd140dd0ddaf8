"""What the build sees of a commit: sub-directories, links, odd names, what is ignored, what is large."""

from __future__ import annotations

from server.lab.gitserver import Link
from tests.corpus.collection import case
from tests.corpus.outcome import Failure
from tests.corpus.trial import Trial

_MIB = 1024 * 1024


@case
def subdirectory(trial: Trial) -> None:
    """The context is a sub-directory and the Dockerfile is outside of it; nothing beside the context is seen."""
    repository = trial.repository(
        {
            "docker/Api.Dockerfile": f"FROM {trial.site.base}\nCOPY . /all\n",
            "services/api/main": "api",
            "services/web/main": "web",
        }
    )
    build = trial.build(
        repository, context_path="services/api", dockerfile_path="docker/Api.Dockerfile"
    )
    assert [name for name in build.published.files if name.startswith("all/")] == ["all/main"]


@case
def no_dockerfile(trial: Trial) -> None:
    """A Dockerfile that is not there is named."""
    repository = trial.repository({"README": "nothing to build"})
    expected = Failure(
        phase="build", task="build", reason="dockerfile_missing", says="api/Dockerfile"
    )
    trial.build(repository, expected, dockerfile_path="api/Dockerfile")


@case
def dockerfile_is_a_link_out(trial: Trial) -> None:
    """A Dockerfile that is a link to a file of the task is not read."""
    repository = trial.repository({"Dockerfile": Link("/etc/passwd")})
    build = trial.build(
        repository, Failure(phase="build", task="build", reason="dockerfile_missing")
    )
    assert "root:" not in build.log


@case
def context_is_a_link_out(trial: Trial) -> None:
    """A context that is a link to a folder of the task is not taken."""
    repository = trial.repository(
        {"Dockerfile": f"FROM {trial.site.base}\nCOPY . /all\n", "inner": Link("/etc")}
    )
    trial.build(
        repository,
        Failure(phase="build", task="build", reason="dockerfile_missing"),
        context_path="inner",
    )


@case
def copies_a_link_out(trial: Trial) -> None:
    """COPY of a link out of the context finds nothing: it leads to where the context has no such file."""
    repository = trial.repository(
        {
            "Dockerfile": f"FROM {trial.site.base}\nCOPY outside /copied\n",
            "outside": Link("/etc/hostname"),
        }
    )
    trial.build(repository, Failure(phase="build", task="build", reason="step_failed"))


@case
def copies_a_folder_with_links_out(trial: Trial) -> None:
    """COPY of a folder takes links as links, wherever they lead."""
    leads = {
        "absolute": "/etc/passwd",
        "up": "../../../../../../secrets",
        "proc": "/proc/self/environ",
    }
    repository = trial.repository(
        {
            "Dockerfile": f"FROM {trial.site.base}\nCOPY links /links\n",
            **{f"links/{name}": Link(target) for name, target in leads.items()},
        }
    )
    build = trial.build(repository)
    assert {name: build.published.links[f"links/{name}"] for name in leads} == leads
    assert not any(name.startswith("links/") for name in build.published.files)


@case
def huge_context(trial: Trial) -> None:
    """A file of 200 MB that no step uses costs the image nothing."""
    repository = trial.repository(
        {
            "Dockerfile": f"FROM {trial.site.base}\nCOPY small /small\n",
            "small": "small",
            "huge.bin": bytes(200 * _MIB),
        }
    )
    build = trial.build(repository)
    assert sum(map(len, build.published.layers)) < 20 * _MIB


@case
def dockerignore(trial: Trial) -> None:
    """What .dockerignore excludes is not in the context; neither is .git."""
    repository = trial.repository(
        {
            "Dockerfile": f"FROM {trial.site.base}\nCOPY . /all\n",
            ".dockerignore": "*.secret\n!keep.secret\nbuild/\n",
            "drop.secret": "no",
            "keep.secret": "yes",
            "build/output": "no",
            "source": "yes",
        }
    )
    build = trial.build(repository)
    copied = {name for name in build.published.files if name.startswith("all/")}
    assert {"all/keep.secret", "all/source"} <= copied
    assert copied.isdisjoint({"all/drop.secret", "all/build/output", "all/.git/HEAD"})


@case
def unicode_names(trial: Trial) -> None:
    """Files whose names are of all the world's letters are copied and used."""
    names = ["ünï/日本 語.txt", "ünï/🐋.txt", "ünï/a\u0301.txt"]
    repository = trial.repository(
        {
            "Dockerfile": f'FROM {trial.site.base}\nCOPY ["ünï", "/ünï"]\nRUN cat /ünï/* >/all\n',
            **dict.fromkeys(names, "text"),
        }
    )
    build = trial.build(repository, test_commands=["test -f /ünï/🐋.txt"])
    assert set(names) <= set(build.published.files)
    assert build.published.text("all") == "text" * len(names)


@case
def spaces_and_line_ends_in_names(trial: Trial) -> None:
    """Files with spaces, quotes and line ends in their names are copied and used."""
    names = ["a b.txt", "two\nlines.txt", 'it\'s "quoted".txt', "-rf", "$(touch x)"]
    repository = trial.repository(
        {
            "Dockerfile": f"FROM {trial.site.base}\nCOPY files /files\nRUN cat /files/* >/all\n",
            **{f"files/{name}": "text" for name in names},
        }
    )
    build = trial.build(repository)
    assert {f"files/{name}" for name in names} <= set(build.published.files)
    assert build.published.text("all") == "text" * len(names)
