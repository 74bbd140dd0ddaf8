"""Where the image goes: tags, several registries, a registry that says no; and what is known of it there."""

from __future__ import annotations

from tests.corpus.collection import case
from tests.corpus.images import Image
from tests.corpus.outcome import Failure
from tests.corpus.trial import Trial


@case
def tag_rules(trial: Trial) -> None:
    """Tags are made of the commit and the job, and all stand for one digest."""
    repository = trial.repository({"Dockerfile": f"FROM {trial.site.base}\n"})
    build = trial.build(
        repository, image_tags=["latest", "v1-{git_short_sha}", "{git_sha}", "{job_id}"]
    )
    commit, job = repository.commit, build.answer["jobID"]
    tags = {name.rpartition(":")[2] for name in build.answer["images"]}
    assert "latest" in tags
    assert {commit, job} <= tags
    (short,) = (tag.removeprefix("v1-") for tag in tags if tag.startswith("v1-"))
    assert commit.startswith(short)


@case
def default_tag(trial: Trial) -> None:
    """Without tags the job's id is the tag."""
    repository = trial.repository({"Dockerfile": f"FROM {trial.site.base}\n"})
    build = trial.build(repository, image_tags=[])
    assert build.answer["images"] == [
        f"{trial.site.ground.lab.registry.address}/corpus/{trial.name}:{build.answer['jobID']}"
    ]


@case
def several_registries(trial: Trial) -> None:
    """One image is published to two repositories of one registry, and to a second registry by credentials."""
    guarded = trial.site.guarded
    assert guarded.credentials is not None
    login = {"username": guarded.credentials.user, "password": guarded.credentials.password}
    reference = trial.site.keep_secret(trial.name, login)
    address = trial.site.ground.lab.registry.address
    build = trial.build(
        trial.repository({"Dockerfile": f"FROM {trial.site.base}\nRUN echo 1 >/1\n"}),
        publish_to=[
            {"registry_url": f"{address}/corpus-copies", "image_tags": ["copy"]},
            {
                "registry_url": f"{guarded.address}/corpus",
                "image_tags": ["a", "b"],
                "credentials_path": reference,
            },
        ],
    )
    assert build.answer["images"] == [
        f"{address}/corpus/{trial.name}:latest",
        f"{address}/corpus-copies/{trial.name}:copy",
        f"{guarded.address}/corpus/{trial.name}:a",
        f"{guarded.address}/corpus/{trial.name}:b",
    ]
    assert login["password"] not in build.log


@case
def push_refused(trial: Trial) -> None:
    """A registry that asks for credentials refuses who names none; nothing is published."""
    repository = trial.repository({"Dockerfile": f"FROM {trial.site.base}\n"})
    trial.build(
        repository,
        Failure(phase="build", task="build", reason="push_denied"),
        registry_url=f"{trial.site.guarded.address}/corpus",
    )
    assert trial.site.guarded.tags(f"corpus/{trial.name}") == []


@case
def wrong_password(trial: Trial) -> None:
    """A registry refuses a wrong password, which the log does not have."""
    repository = trial.repository({"Dockerfile": f"FROM {trial.site.base}\n"})
    wrong = "not the password"
    reference = trial.site.keep_secret(trial.name, {"username": "publisher", "password": wrong})
    build = trial.build(
        repository,
        Failure(phase="build", task="build", reason="push_denied"),
        registry_url=f"{trial.site.guarded.address}/corpus",
        registry_credentials_path=reference,
    )
    assert wrong not in build.log


@case
def build_file(trial: Trial) -> None:
    """A repository with a build file is built from its address alone, and the request wins over the file."""
    address = trial.site.ground.lab.registry.address
    text = f"""\
dockerfile_path: docker/Dockerfile
context_path: app
build_args:
  GREETING: from the file
registry_url: {address}/corpus
image_name: {trial.name}
image_tags: [from-file]
test_commands:
  - cat /main
  - [cat, /greeting]
"""
    repository = trial.repository(
        {
            ".nomad-build.yaml": text,
            "docker/Dockerfile": f"FROM {trial.site.base}\nARG GREETING\n"
            "COPY main /main\nRUN echo $GREETING >/greeting\n",
            "app/main": "main",
        }
    )
    asked = {"owner": "corpus", "repo_url": repository.url}
    build = trial.submit(asked)
    assert build.answer["images"] == [f"{address}/corpus/{trial.name}:from-file"]
    assert build.published.text("greeting") == "from the file\n"
    other = trial.submit(asked | {"image_tags": ["from-request"]})
    assert other.answer["images"] == [f"{address}/corpus/{trial.name}:from-request"]


@case
def invalid_build_file(trial: Trial) -> None:
    """A build file with a mistake ends the build, and the mistake is named."""
    repository = trial.repository(
        {
            ".nomad-build.yaml": "registry_url: registry.example\nimage_tagz: [v1]\n",
            "Dockerfile": f"FROM {trial.site.base}\n",
        }
    )
    expected = Failure(phase="plan", reason="build_file_invalid", says="image_tagz")
    trial.submit({"owner": "corpus", "repo_url": repository.url}, expected)


@case
def evidence(trial: Trial) -> None:
    """The provenance that was asked for is attached to the image, with the commit and without a secret's value."""
    repository = trial.repository({"Dockerfile": f"FROM {trial.site.base}\nARG A\n"})
    build = trial.build(repository, provenance=True, build_args={"A": "an argument"})
    image, digest = build.published, build.answer["digest"]
    # Registries without the referrers API have them below a tag (OCI distribution spec, referrers tag schema).
    index = Image(image.registry, image.repository, digest.replace(":", "-")).manifest
    attached = [
        Image(image.registry, image.repository, each["digest"]) for each in index["manifests"]
    ]
    assert any(repository.commit.encode() in each.layers[0] for each in attached)
