"""docs/tools.md says what requests, answers and tools have, and its example is accepted."""

from __future__ import annotations

import json
import re
from typing import Any, get_args

import pydantic
import pytest

from server import (
    answers,
    deadlines,
    diagnosis,
    errors,
    failures,
    glances,
    http,
    jobs,
    record,
    spelling,
    store,
    task_names,
    tools,
)
from server.config import Config
from server.request import (
    BuildRequest,
    Destination,
    DeviceConstraint,
    Proxy,
    Resources,
    Service,
    parse_request,
)
from server.request.parts import PLACEHOLDERS
from tests import samples
from tests.docs.pages import DOCS, rows, section

PAGE = (DOCS / "tools.md").read_text()


def show_default(field: pydantic.fields.FieldInfo) -> str:
    """Return a field's default as the pages write it; nothing for what is empty."""
    if field.is_required():
        return "required"
    if isinstance(field.default, bool | int):
        return f"`{json.dumps(field.default)}`"
    # What is empty shows as nothing: no text, no list, and resources of which none is given.
    return f"`{field.default}`" if isinstance(field.default, str) and field.default else ""


def test_every_field_of_a_request_is_documented_with_its_default() -> None:
    fields = BuildRequest.model_fields.items()
    documented: dict[str, str] = {}
    for part in ("Source", "Build", "Cache", "Test", "Publish", "Delivery"):
        documented |= rows("tools.md", part)
    assert documented == {spelling.camelize(name): show_default(field) for name, field in fields}


@pytest.mark.parametrize(
    ("heading", "model"),
    [
        ("services", Service),
        ("gpuConstraints", DeviceConstraint),
        ("publishTo", Destination),
        ("proxy", Proxy),
    ],
)
def test_every_field_of_a_part_is_documented_with_its_default(
    heading: str, model: type[pydantic.BaseModel]
) -> None:
    fields = model.model_fields.items()
    assert rows("tools.md", heading) == {
        spelling.camelize(name): show_default(field) for name, field in fields
    }


def test_what_phases_get_that_ask_for_nothing_is_as_the_jobs_have_it() -> None:
    settings = Config()
    build = samples.make_record(digest=samples.DIGEST)
    phases: tuple[record.Phase, ...] = ("build", "test", "publish")
    groups = [jobs.render_job(each, build, settings)["TaskGroups"][0] for each in phases]
    given = [group["Tasks"][-1]["Resources"] for group in groups]
    documented = {
        line.split("`")[1]: tuple(int(cell) for cell in line.split("|")[3:6])
        for line in section("tools.md", "Resources").splitlines()
        if line.startswith("| `")
    }
    assert set(documented) == set(Resources.model_fields)
    assert documented["cpu"] == tuple(each["CPU"] for each in given)
    assert documented["memory"] == tuple(each["MemoryMB"] for each in given)
    assert documented["disk"] == tuple(group["EphemeralDisk"]["SizeMB"] for group in groups)
    allowed = [deadlines.script_seconds(build.request, each, settings) for each in phases]
    assert documented["timeout"] == (allowed[0] - settings.source_timeout, *allowed[1:])


def read_examples(heading: str) -> list[Any]:
    """Return the JSON that stands below a heading."""
    blocks = re.findall(
        r"^```json\n(.*?)^```$", section("tools.md", heading), re.DOTALL | re.MULTILINE
    )
    return [json.loads(block) for block in blocks]


def test_the_example_request_is_accepted_and_uses_most_fields() -> None:
    example, answer = read_examples("An example")
    parsed = parse_request(example)
    assert len(parsed.model_fields_set) > len(BuildRequest.model_fields) / 2
    for part in (parsed.build_resources, parsed.proxy):
        assert part.model_fields_set
    for parts in (parsed.services, parsed.gpu_constraints, parsed.publish_to):
        assert parts

    submitted = answers.Submitted.model_validate(answer)
    assert submitted.images[0] == samples.make_record(request=parsed).images[0]
    assert submitted.variant_reason


def test_the_examples_of_answers_have_their_shapes() -> None:
    failed, tested = read_examples("getStatus")
    shown = answers.FailureAnswer.model_validate(failed["failure"])
    assert shown.step is not None
    kept = diagnosis.explain("build", "step_failed", shown.message, task="build")
    log = f'{shown.log_tail}\n{shown.evidence}\nError: building at STEP "{shown.step.instruction}": exit status 100'
    found = failures.examine(kept, log, None, "Dockerfile")
    assert (found.family, found.evidence, found.hint) == (shown.family, shown.evidence, shown.hint)
    answers.TestsAnswer.model_validate(tested["tests"])


def test_how_many_entries_a_field_may_have_is_documented() -> None:
    properties = BuildRequest.model_json_schema()["properties"]
    limits = {
        name: str(limit)
        for name, schema in properties.items()
        if (limit := schema.get("maxItems", schema.get("maxProperties"))) is not None
    }
    assert rows("tools.md", "How many") == limits
    assert f"at most {store.REQUEST_LIMIT // 1024} KiB" in section("tools.md", "How many")


def test_placeholders_of_tags_are_documented() -> None:
    assert set(rows("tools.md", "Tags")) == set(PLACEHOLDERS)


def test_references_to_secrets_are_documented_for_every_field_that_takes_one() -> None:
    schema = json.dumps(BuildRequest.model_json_schema())
    documented = rows("tools.md", "Secrets")
    for name, form in documented.items():
        assert f'"{name.rpartition(".")[2]}"' in schema
        assert ("#FIELD" in form) == (name.endswith("Secrets"))
    fields = {
        *BuildRequest.model_fields,
        *(f"publish_to.{each}" for each in Destination.model_fields),
    }
    ending = re.compile(r".*(credentials_path|ssh_path|_secrets)")
    assert set(documented) == {
        ".".join(map(spelling.camelize, name.split(".")))
        for name in fields
        if ending.fullmatch(name)
    }


def test_every_field_of_what_get_status_answers_is_documented() -> None:
    page = section("tools.md", "getStatus").partition("### ")[0]
    names = {
        name
        for line in page.splitlines()
        if line.startswith("| `")
        for name in re.findall(r"`(\w+)`", line.split("|")[1])
    }
    assert names == {spelling.camelize(name) for name in answers.BuildAnswer.model_fields}
    for model in (answers.TestsAnswer, answers.FailedTestAnswer, answers.QueueAnswer):
        for name in model.model_fields:
            assert f"`{spelling.camelize(name)}`" in page


@pytest.mark.parametrize(
    ("heading", "model"),
    [("waitJob", glances.WaitAnswer), ("getHistory", glances.SummaryAnswer)],
)
def test_every_field_of_a_short_look_is_documented(
    heading: str, model: type[pydantic.BaseModel]
) -> None:
    cells = [
        line.split("|")[1] for line in section("tools.md", heading).splitlines() if "|" in line
    ]
    names = {name for cell in cells[2:] for name in re.findall(r"`(\w+)`", cell)}
    assert names == {spelling.camelize(name) for name in model.model_fields}


def test_every_reason_of_a_failure_is_documented() -> None:
    assert set(rows("tools.md", "Why a build fails")) == set(get_args(record.Reason))


def test_what_a_failures_log_shows_is_documented_with_every_family() -> None:
    documented = rows("tools.md", "What a failure's log shows")
    fields = {"step", "family", "evidence", "logTail"}
    assert fields <= {spelling.camelize(name) for name in answers.FailureAnswer.model_fields}
    families = {family.word: family.meaning for family in failures.FAMILIES}
    assert documented == {name: documented[name] for name in fields} | families
    for name in answers.StepAnswer.model_fields:
        assert f"`{name}`" in documented["step"]


def test_every_argument_of_the_tools_is_documented() -> None:
    for tool in tools.TOOLS.values():
        if tool.arguments is BuildRequest:
            continue
        (named,) = re.findall(rf"`{tool.name} \{{([^}}]*)\}}`", PAGE)
        fields = tool.arguments.model_fields.items()
        assert named.split(", ") == [
            spelling.camelize(name) + ("" if field.is_required() else "?") for name, field in fields
        ]


def test_every_task_of_a_phase_is_documented() -> None:
    plain = samples.make_request(testCommands=["true", "true"])
    full = plain.model_copy(
        update={
            "build_network": "off",
            "sbom": "spdx",
            "test_entry_point": True,
            "services": (Service(name="db", image="postgres", port=1, ready_command="true"),),
        }
    )
    lines = section("tools.md", "getLogs").splitlines()
    found = {line.split("`")[1]: line.split("|")[2:4] for line in lines if line.startswith("| `")}
    assert set(found) == set(record.ALL_PHASES)
    for phase in record.ALL_PHASES:
        always, also = (set(re.findall(r"`([^`]+)`", cell)) for cell in found[phase])
        assert always == set(task_names.of_phase(phase, plain))
        assert always | also == set(task_names.of_phase(phase, full))


def test_every_tool_has_its_part_of_the_page() -> None:
    headings = " ".join(re.findall(r"^## (.*)", PAGE, flags=re.MULTILINE))
    assert [name for name in tools.TOOLS if name not in headings] == []


def test_the_codes_of_plain_http_are_documented() -> None:
    for kind, code in http.STATUS_CODES:
        assert issubclass(kind, errors.ServiceError)
        assert re.search(rf"^\| [0-9, ]*{code}[0-9, ]* \|", PAGE, flags=re.MULTILINE), code
