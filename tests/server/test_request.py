from __future__ import annotations

import difflib
import json
import re
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server import request
from server.errors import InvalidRequest
from tests import samples

LONG = 2_000_000


def refuse(**changes: Any) -> tuple[str, ...]:
    with pytest.raises(InvalidRequest) as caught:
        request.parse_request(samples.FIELDS | changes)
    assert caught.value.next_step
    return caught.value.problems


def test_the_call_of_existing_users_gives_the_image_that_they_know() -> None:
    body = """{"jobConfig": {"owner": "claude-test",
      "repoURL": "https://github.com/geraldthewes/bd", "gitRef": "main", "dockerfilePath": "Dockerfile",
      "imageTags": ["test"], "registryURL": "registry.cluster:5000/bdtemp", "testCommands": ["echo test"]}}"""
    given = request.parse_request(json.loads(body))
    assert given.repository == "registry.cluster:5000/bdtemp/bd"
    assert samples.make_record(request=given).images == ("registry.cluster:5000/bdtemp/bd:test",)
    assert given.test_commands == ("echo test",)


def test_only_owner_repository_and_registry_must_be_given() -> None:
    given = request.parse_request(
        {"owner": "me", "repoURL": "https://h/a", "registryURL": "r:5000/x"}
    )
    assert (given.git_ref, given.dockerfile_path, given.cache, given.gpu) == (
        "HEAD",
        "Dockerfile",
        "auto",
        "auto",
    )
    assert given.image_tags == given.test_commands == ()


@pytest.mark.parametrize("wrapper", [None, "jobConfig", "job_config"])
@pytest.mark.parametrize("snake_case", [False, True])
def test_both_spellings_and_wrappers_mean_the_same(wrapper: str | None, snake_case: bool) -> None:
    fields: dict[str, Any] = dict(samples.FIELDS)
    if snake_case:
        names = {field.alias: name for name, field in request.BuildRequest.model_fields.items()}
        fields = {names[alias]: value for alias, value in fields.items()}
    assert request.parse_request({wrapper: fields} if wrapper else fields) == samples.make_request()


@pytest.mark.parametrize("arguments", [None, [], "text", 7, True, 1.5])
def test_only_an_object_is_a_request(arguments: object) -> None:
    with pytest.raises(InvalidRequest, match="the request must be a JSON object"):
        request.parse_request(arguments)
    with pytest.raises(InvalidRequest, match="jobConfig must be a JSON object"):
        request.parse_request({"jobConfig": arguments})


def test_a_field_that_is_given_in_both_spellings_is_refused() -> None:
    for fields, name in (
        ({"repo_url": "https://github.com/org/other"}, "repo_url"),
        ({"requestID": "a", "request_id": "b"}, "request_id"),
        ({"requestID": "a", "requestId": "b"}, "requestId"),
        (
            {"publishTo": [{"registryURL": "a.example", "registry_url": "b.example"}]},
            "publishTo.0.registry_url",
        ),
    ):
        assert refuse(**fields) == (f"{name} is there in another spelling, too: give it once",)


def test_an_unknown_field_of_a_part_is_compared_with_the_fields_of_that_part() -> None:
    assert refuse(testResources={"memroy": 1}) == (
        "testResources.memroy is unknown: did you mean memory?",
    )
    assert refuse(services=[{"name": "db", "image": "db", "readytimeout": 1}]) == (
        "services.0.readytimeout is unknown: did you mean readyTimeout?",
    )


def test_a_field_beside_the_wrapper_is_not_lost_silently() -> None:
    with pytest.raises(InvalidRequest, match="imageTags stands beside jobConfig: move it inside"):
        request.parse_request({"jobConfig": samples.FIELDS, "imageTags": ["x"]})


def test_all_problems_are_told_at_once_in_sentences() -> None:
    with pytest.raises(InvalidRequest) as caught:
        request.parse_request({"repo_url": 7, "imageTag": ["x"], "gitRef": "-x"})
    problems = caught.value.problems
    assert "owner is missing" in problems
    assert "imageTag is unknown: did you mean imageTags?" in problems
    assert any(problem.startswith("gitRef is not a branch") for problem in problems)
    assert any("string" in problem for problem in problems)
    assert len(problems) == 4


def test_known_fields_are_listed_where_none_is_near() -> None:
    problems = refuse(zzz=1)
    assert problems[0] == "zzz is unknown"
    assert problems[1].startswith("known are owner, repoURL")


def test_only_what_is_told_of_very_many_unknown_fields_is_looked_for_among_the_known_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    searched = []
    search = difflib.get_close_matches

    def count(word: str, *others: Any) -> list[str]:
        searched.append(word)
        return search(word, *others)

    monkeypatch.setattr(difflib, "get_close_matches", count)
    problems = refuse(**{f"imageTag{number}": 1 for number in range(1000)})
    assert "did you mean imageTags?" in problems[0]
    assert problems[-1] == "and 990 more problems"
    assert len(searched) <= 20


def test_a_request_full_of_unknown_fields_gets_a_short_answer() -> None:
    problems = refuse(**{f"field_{number}": 1 for number in range(20_000)})
    assert len(str(InvalidRequest(problems))) < 4096
    assert "more" in problems[-1]


def test_an_overlong_unknown_name_is_cut() -> None:
    assert len("".join(refuse(**{"x" * LONG: 1}))) < 1024


ACCEPTED: list[tuple[str, Any]] = [
    ("owner", "a"),
    ("owner", "team-1_a.b@example"),
    ("repoURL", "https://github.com/org/app.git"),
    ("repoURL", "ssh://git@host:2222/org/app"),
    ("repoURL", "git@github.com:org/app.git"),
    ("repoURL", "git://127.0.0.1:9418/hello"),
    ("repoURL", "http://[::1]:3000/a"),
    ("repoURL", "https://host/ünïcode/app"),
    ("gitRef", "v1.0"),
    ("gitRef", "feature/a-b_c"),
    ("gitRef", "refs/heads/main"),
    ("gitRef", "c" * 40),
    ("gitRef", "über"),
    ("dockerfilePath", "docker/Dockerfile.prod"),
    ("dockerfilePath", "a b/Döckerfile"),
    ("dockerfilePath", "..a/Dockerfile"),
    ("registryURL", "registry.cluster:5000"),
    ("registryURL", "registry.cluster:5000/a/b-c__d.e"),
    ("registryURL", "localhost/x"),
    ("registryURL", "127.0.0.1:5000/x"),
    ("registryURL", "[::1]:5000/x"),
    ("registryURL", "registry:65535/x"),
    ("cacheTo", "registry:1/x"),
    ("imageName", "app"),
    ("imageName", "team/app_1.2"),
    ("imageName", ""),
    ("imageTags", []),
    ("imageTags", ["latest", "1.0.0", "_x", "A" * 128]),
    ("testCommands", []),
    ("testCommands", ["echo 'a' \"b\" `c` ${HOME} {{ x }} %{y} \\\n\techo ünïcode"]),
    ("gitCredentialsPath", "vault:secret/data/git"),
    ("gitCredentialsPath", "nomad:nomad/jobs"),
    ("registryCredentialsPath", "secret/data/registry"),
    ("cache", "on"),
    ("cache", "off"),
    ("gpu", "on"),
]

REFUSED: list[tuple[str, Any]] = [
    ("owner", ""),
    ("owner", "-a"),
    ("owner", "a b"),
    ("owner", "a" * 65),
    ("owner", "a\n"),
    ("owner", None),
    ("owner", ["a"]),
    ("repoURL", ""),
    ("repoURL", "github.com/org/app"),
    ("repoURL", "https://"),
    ("repoURL", "https://github.com"),
    ("repoURL", "https://github.com:443/"),
    ("repoURL", "https://host/a b"),
    ("repoURL", "https://host/a\nb"),
    ("repoURL", "https://host/a\u2028b"),
    ("repoURL", "https://token@github.com/org/app"),
    ("repoURL", "https://user:password@github.com/org/app"),
    ("repoURL", "ssh://git:password@host/org/app"),
    ("repoURL", "ssh://-oProxyCommand=touch/x"),
    ("repoURL", "ssh://git@-oProxyCommand=touch/x"),
    ("repoURL", "-oProxyCommand=touch@host:x"),
    ("repoURL", "git@-oProxyCommand:x"),
    ("repoURL", "--upload-pack=touch /tmp/x"),
    ("repoURL", "ext::sh -c touch% /tmp/x"),
    ("repoURL", "/srv/git/app"),
    ("repoURL", "https://host/" + "a" * 2048),
    ("repoURL", "https://host/\ud800"),
    ("repoURL", 7),
    ("gitRef", ""),
    ("gitRef", "--upload-pack=x"),
    ("gitRef", "+refs/heads/*"),
    ("gitRef", "a:b"),
    ("gitRef", "a b"),
    ("gitRef", "a..b"),
    ("gitRef", "main~1"),
    ("gitRef", "main^"),
    ("gitRef", "a.lock"),
    ("gitRef", "a/"),
    ("gitRef", "/a"),
    ("gitRef", "a//b"),
    ("gitRef", "@{1}"),
    ("gitRef", "a\\b"),
    ("gitRef", "a\x00"),
    ("gitRef", "a" * 256),
    ("dockerfilePath", ""),
    ("dockerfilePath", "/etc/passwd"),
    ("dockerfilePath", "../Dockerfile"),
    ("dockerfilePath", "a/../../Dockerfile"),
    ("dockerfilePath", "-f"),
    ("dockerfilePath", "a\nb"),
    ("dockerfilePath", "a" * 1025),
    ("registryURL", "https://registry/x"),
    ("registryURL", "registry/Team"),
    ("registryURL", "registry/x/"),
    ("registryURL", "registry:port/x"),
    ("registryURL", "registry:65536/x"),
    ("registryURL", "registry:99999"),
    ("registryURL", "registry:0/x"),
    ("registryURL", "registry:05000/x"),
    ("cacheFrom", ["registry:65536/x"]),
    ("cacheTo", "registry:65536/x"),
    ("services", [{"name": "db", "image": "registry:65536/x:1"}]),
    ("services", [{"name": "db", "image": "a" * 256}]),
    ("registryURL", "user:password@registry/x"),
    ("registryURL", "registry..cluster/x"),
    ("registryURL", "registry/x:tag"),
    ("registryURL", "registry/x@sha256:" + "0" * 64),
    ("registryURL", "registry/${node.unique.name}"),
    ("registryURL", "registry/" + "a" * 250),
    ("imageName", "App"),
    ("imageName", "a/"),
    ("imageName", "a:b"),
    ("imageName", "a b"),
    ("imageName", "a" * 256),
    ("imageName", "a" * 230),
    ("imageTags", "latest"),
    ("imageTags", [""]),
    ("imageTags", ["-x"]),
    ("imageTags", ["a b"]),
    ("imageTags", ["a" * 129]),
    ("imageTags", [7]),
    ("imageTags", [None]),
    ("imageTags", {"a": 1}),
    ("imageTags", [f"t{number}" for number in range(33)]),
    ("testCommands", "echo"),
    ("testCommands", [""]),
    ("testCommands", [" \n"]),
    ("testCommands", ["a\x00b"]),
    ("testCommands", ["a" * 8193]),
    ("testCommands", ["\ud800"]),
    ("testCommands", [[]]),
    ("testCommands", [["echo", 7]]),
    ("testCommands", [["echo", "${HOME}"]]),
    ("testCommands", [["echo", "%{if true}"]]),
    ("testCommands", [["", "x"]]),
    ("testCommands", ["true"] * 65),
    ("gitCredentialsPath", "vault:../x y"),
    ("gitCredentialsPath", "aws:x"),
    ("gitCredentialsPath", "user:password"),
    ("registryCredentialsPath", {"username": "u", "password": "p"}),
    ("registryCredentialsPath", "a" * 300),
    ("cache", "yes"),
    ("cache", True),
    ("gpu", "maybe"),
    ("gpu", 1),
]


@pytest.mark.parametrize(("field", "value"), ACCEPTED)
def test_accepts(field: str, value: Any) -> None:
    request.parse_request(samples.FIELDS | {field: value})


@pytest.mark.parametrize(("field", "value"), REFUSED)
def test_refuses_and_names_the_field(field: str, value: Any) -> None:
    problems = refuse(**{field: value})
    assert len(problems) == 1
    assert field in problems[0] or "imageName" in problems[0]


def test_refusing_credentials_does_not_repeat_them() -> None:
    assert "hunter2" not in refuse(repoURL="https://user:hunter2@github.com/org/app")[0]
    assert "hunter2" not in refuse(registryURL="user:hunter2@registry/x")[0]


@pytest.mark.parametrize(
    ("url", "image"),
    [
        ("https://github.com/org/App.git", "app"),
        ("https://github.com/org/app/", "app"),
        ("git@github.com:app.git", "app"),
        ("ssh://git@host:22/~user/my_app", "my_app"),
    ],
)
def test_the_image_is_named_like_the_repository(url: str, image: str) -> None:
    assert samples.make_request(repoURL=url).image == image


@pytest.mark.parametrize("url", ["https://host/Ünïcode", "https://host/a?b=c", "https://host/.git"])
def test_a_repository_whose_name_cannot_name_an_image_asks_for_one(url: str) -> None:
    assert "imageName" in refuse(repoURL=url)[0]
    assert samples.make_request(repoURL=url, imageName="x").image == "x"


def test_a_tag_that_is_given_twice_is_published_once() -> None:
    assert samples.make_request(imageTags=["a", "b", "a"]).image_tags == ("a", "b")


def test_a_secret_without_a_store_is_looked_for_in_vault() -> None:
    given = samples.make_request(gitCredentialsPath="secret/data/git")
    assert given.git_credentials_path == "vault:secret/data/git"


@pytest.mark.parametrize(
    ("url", "protocol"),
    [("git@host:a", "ssh"), ("https://host/a", "https"), ("git://host/a", "git")],
)
def test_the_protocol_is_read_from_the_address(url: str, protocol: str) -> None:
    assert samples.make_request(repoURL=url).protocol == protocol


_TEXT = st.text(max_size=40)
_NEAR = st.text("abAZ09-._/:@[]~^ \\\n\t\x00ü\u2028\ud800%${}`'\"", max_size=24)
_VALUES = st.one_of(
    _TEXT, _NEAR, st.none(), st.booleans(), st.integers(), st.lists(st.one_of(_TEXT, _NEAR))
)
_FIELD_NAMES = st.sampled_from(
    [field.alias or name for name, field in request.BuildRequest.model_fields.items()]
)
_HOST = r"[A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\]"
_PATH = r"(/[a-z0-9]+([._-]+[a-z0-9]+)*)*"


@given(st.dictionaries(st.one_of(_FIELD_NAMES, _TEXT), _VALUES, max_size=4))
def test_whatever_is_accepted_can_stand_in_a_job(changes: dict[str, Any]) -> None:
    try:
        given = request.parse_request(samples.FIELDS | changes)
    except InvalidRequest as error:
        # What is told must fit on the wire, whatever was sent.
        str(error).encode()
        return
    build = samples.make_record(request=given)
    for image in (build.staging_image, *build.images):
        assert re.fullmatch(rf"({_HOST})(:\d+)?{_PATH}:[A-Za-z0-9_][A-Za-z0-9_.-]*", image)
    for line in (given.owner, given.repo_url, given.git_ref, given.dockerfile_path):
        assert all(unicodedata.category(each) not in ("Cc", "Zl", "Zp", "Cs") for each in line)
        assert not line.startswith("-")
    assert not any("\0" in command for command in given.test_commands)


@given(
    st.one_of(
        st.none(),
        st.booleans(),
        _TEXT,
        st.dictionaries(_TEXT, st.recursive(_VALUES, st.lists, max_leaves=5)),
    )
)
def test_any_json_value_is_answered_with_our_error(arguments: object) -> None:
    with pytest.raises(InvalidRequest):
        request.parse_request(arguments)


@pytest.mark.parametrize("name", ["requestID", "requestId", "request_id"])
def test_the_id_of_a_request_may_be_spelt_in_any_usual_way(name: str) -> None:
    assert samples.make_request(**{name: "mine"}).request_id == "mine"


@pytest.mark.parametrize(
    "fields",
    [
        {"imageName": f"app-staging-{samples.BUILD_ID}"},
        {"imageName": f"app-staging-{samples.BUILD_ID}/below"},
        {"repoURL": f"https://github.com/org/app-staging-{samples.BUILD_ID}"},
        {"registryURL": f"registry.example.com/app-staging-{samples.BUILD_ID}"},
        {"publishTo": [{"registryURL": f"registry.example.com/a-staging-{samples.BUILD_ID}"}]},
        {"cacheTo": f"registry.example.com/app-staging-{samples.BUILD_ID}"},
        {"services": [{"name": "db", "image": f"app-staging-{samples.BUILD_ID}:staged"}]},
    ],
)
def test_no_field_leads_to_an_image_that_waits_for_its_tests(fields: dict[str, Any]) -> None:
    assert refuse(**fields)
