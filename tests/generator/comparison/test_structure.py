"""How two jobs differ: at which path, by the names of tasks and ports; and how that is shown."""

from __future__ import annotations

import copy
import json
import re
from typing import Any

from hypothesis import given, settings, strategies

from generator.comparison import files, structure, text
from generator.comparison.structure import ABSENT
from generator.jobspec.schema import fields, job
from generator.jobspec.schema.fields import Kind

Job = dict[str, Any]

JOB: Job = {
    "ID": "web",
    "Constraints": [
        {"LTarget": "${a}", "RTarget": "1", "Operand": "="},
        {"LTarget": "${b}", "RTarget": "2", "Operand": "="},
    ],
    "TaskGroups": [
        {
            "Name": "front",
            "Tasks": [
                {"Name": "server", "Env": {"A": "1"}, "Config": {"args": ["-v"]}},
                {"Name": "logger", "Env": {"A": "1"}},
            ],
        }
    ],
}


def changed(**members: object) -> Job:
    """The job with members of its first task set, or removed for ABSENT."""
    job = copy.deepcopy(JOB)
    task = job["TaskGroups"][0]["Tasks"][0]
    for name, value in members.items():
        if value is ABSENT:
            del task[name]
        else:
            task[name] = value
    return job


def found(old: Any, new: Any) -> list[tuple[str, object, object]]:
    differences = structure.differences(old, new)
    return [(structure.show_path(each.path), each.old, each.new) for each in differences]


def shown(old: Any, new: Any) -> str:
    return text.join(text.show_job(structure.differences(old, new)))


def test_equal_jobs_do_not_differ() -> None:
    assert found(JOB, copy.deepcopy(JOB)) == []


def test_a_changed_value_has_the_path_by_names() -> None:
    assert found(JOB, changed(Env={"A": "2", "B": ""})) == [
        ("TaskGroups[front].Tasks[server].Env.A", "1", "2"),
        ("TaskGroups[front].Tasks[server].Env.B", ABSENT, ""),
    ]


def test_names_that_are_no_words_are_quoted_in_paths() -> None:
    (only,) = found({"Meta": {}}, {"Meta": {"pack.name": "x"}})

    assert only[0] == 'Meta."pack.name"'


def test_true_is_not_one() -> None:
    assert found({"Leader": True}, {"Leader": 1}) == [("Leader", True, 1)]
    assert found({"args": [True]}, {"args": [1]}) == [("args", [True], [1])]


def test_a_member_that_has_moved_is_told_as_moved() -> None:
    other = copy.deepcopy(JOB)
    other["TaskGroups"][0]["Tasks"].reverse()

    (only,) = structure.differences(JOB, other)

    assert only.reordered
    assert shown(JOB, other) == (
        'group front\n  ~ Tasks: order ["server", "logger"] → ["logger", "server"]\n'
    )


def test_a_new_task_before_the_others_is_the_only_difference() -> None:
    other = copy.deepcopy(JOB)
    other["TaskGroups"][0]["Tasks"].insert(0, {"Name": "init"})

    assert shown(JOB, other) == 'group front, task init\n  + {"Name": "init"}\n'


def test_members_without_names_are_matched_by_what_they_are() -> None:
    other = copy.deepcopy(JOB)
    other["Constraints"].insert(0, {"LTarget": "${c}", "RTarget": "3", "Operand": "="})
    other["Constraints"][2]["RTarget"] = "4"

    assert [each[0] for each in found(JOB, other)] == ["Constraints[0]", "Constraints[2].RTarget"]


def test_members_of_one_name_are_no_reason_to_lose_one() -> None:
    old = {"Services": [{"Name": "a", "Port": 1}, {"Name": "a", "Port": 2}]}
    new = {"Services": [{"Name": "a", "Port": 1}, {"Name": "a", "Port": 3}]}

    assert found(old, new) == [("Services[1].Port", 2, 3)]


def test_a_script_is_shown_as_a_text_s_difference() -> None:
    script = "set -u\necho one\nexit 0\n"
    old = changed(Templates=[{"DestPath": "local/x.sh", "EmbeddedTmpl": script}])
    new = changed(
        Templates=[{"DestPath": "local/x.sh", "EmbeddedTmpl": script.replace("one", "two")}]
    )

    assert shown(old, new) == (
        "group front, task server\n"
        "  ~ Templates[local/x.sh].EmbeddedTmpl:\n"
        "    @@ -1,4 +1,4 @@\n"
        "     set -u\n"
        "    -echo one\n"
        "    +echo two\n"
        "     exit 0\n"
        "     \n"
    )


def test_differences_stand_below_their_group_and_task() -> None:
    other = changed(User="x")
    other["ID"] = "other"
    other["TaskGroups"][0]["Count"] = 2

    assert shown(JOB, other) == (
        "job\n"
        '  ~ ID: "web" → "other"\n'
        "group front\n"
        "  + Count: 2\n"
        "group front, task server\n"
        '  + User: "x"\n'
    )


def test_of_a_new_task_what_is_empty_is_not_shown() -> None:
    task = {
        "Name": "extra",
        "User": "",
        "Leader": False,
        "Env": {"A": ""},
        "Services": [
            {"Name": "s", "Address": "", "Tags": [], "Connect": {"SidecarService": {"Port": ""}}}
        ],
    }
    new = copy.deepcopy(JOB)
    new["TaskGroups"][0]["Tasks"].append(task)

    lines = shown(JOB, new)

    assert '"Leader": false' in lines
    assert '"A": ""' in lines
    assert '"SidecarService": {}' in lines
    assert not {"User", "Address", "Tags", "Port"} & set(re.findall(r"\w+", lines))


def test_durations_are_shown_as_job_files_write_them() -> None:
    second = 1_000_000_000
    old = {"ID": "a", "TaskGroups": [{"Name": "g", "RestartPolicy": {"Interval": 30 * second}}]}
    new = {
        "ID": "a",
        "TaskGroups": [
            {
                "Name": "g",
                "RestartPolicy": {"Interval": 90 * second, "Attempts": 2},
                "Update": {"Stagger": 0, "MaxParallel": 1},
                "Tasks": [
                    {
                        "Name": "t",
                        "Config": {"Interval": second},
                        "Templates": [{"Wait": {"Min": second, "Max": 2 * second}}],
                    }
                ],
                "Scaling": {"Min": 1, "Max": 3},
            }
        ],
    }

    lines = shown(old, new)

    assert '~ RestartPolicy.Interval: "30s" → "1m30s"' in lines
    assert '"Stagger": "0s"' in lines
    assert '"Interval": 1000000000' in lines
    assert '"Max": "2s"' in lines
    assert '{"Max": 3, "Min": 1}' in lines


def test_all_durations_of_a_job_are_known() -> None:
    def names(table: fields.Schema, seen: set[int]) -> set[str]:
        if id(table) in seen:
            return set()
        seen.add(id(table))
        own = {each.field for each in table.attributes.values() if each.kind is Kind.DURATION}
        return own.union(*(names(block.schema, seen) for block in table.blocks.values()))

    assert names(job.JOB, set()) - {"Min", "Max"} == text.DURATIONS


def test_no_value_can_steer_the_terminal() -> None:
    lines = shown(JOB, changed(User="\x1b[31m\r\u202e"))

    assert not {"\x1b", "\r", "\u202e"} & set(lines)


def test_a_layout_that_means_the_same_is_still_told_of_a_file() -> None:
    old, new = json.dumps(JOB), json.dumps(JOB, indent=2)

    (only,) = files.differences({"web.json": old}, {"web.json": new})

    assert text.join(files.show(only)) == "web.json: the same, but for how the JSON is laid out\n"


def test_true_is_not_1_in_a_file() -> None:
    old = json.dumps({"ID": "a", "TaskGroups": [], "AllAtOnce": True})

    (only,) = files.differences({"web.json": old}, {"web.json": old.replace("true", "1")})

    assert '+{"ID": "a", "TaskGroups": [], "AllAtOnce": 1}' in text.join(files.show(only))


def test_of_ends_of_lines_alone_one_line_is_shown() -> None:
    for name in ("web.json", "web.conf"):
        old = json.dumps(JOB, indent=2) + "\n"

        (there,) = files.differences({name: old}, {name: old.replace("\n", "\r\n")})
        (back,) = files.differences({name: old.replace("\n", "\r\n")}, {name: old})

        said = f"{name}: the same, but for the ends of lines"
        assert text.join(files.show(there)) == f"{said}: LF before, CRLF now\n"
        assert text.join(files.show(back)) == f"{said}: CRLF before, LF now\n"


def test_json_too_deep_for_a_job_is_compared_all_the_same() -> None:
    def deep(depth: int) -> str:
        return '{"TaskGroups": ' + '{"a": ' * depth + "1" + "}" * depth + "}"

    for depth in (400, 900, 5000):
        (only,) = files.differences({"x.json": deep(depth)}, {"x.json": deep(depth) + "\n"})
        assert list(files.show(only))
        (other,) = files.differences({"x.json": deep(depth)}, {"x.json": deep(depth + 1)})
        assert list(files.show(other))


names = strategies.sampled_from(["a", "b", "c"])
members = strategies.fixed_dictionaries(
    {}, optional={"Name": names, "Label": names, "Count": strategies.integers(0, 2)}
)
values = strategies.recursive(
    strategies.none()
    | strategies.booleans()
    | strategies.integers(0, 2)
    | strategies.text(max_size=2),
    lambda inner: (
        strategies.lists(inner, max_size=3)
        | strategies.lists(members, max_size=3)
        | strategies.dictionaries(names, inner, max_size=3)
    ),
    max_leaves=10,
)


@settings(deadline=None)  # a busy machine is no mistake
@given(old=values, new=values)
def test_there_is_a_difference_if_and_only_if_the_values_differ(old: Any, new: Any) -> None:
    differences = list(structure.differences(old, new))

    assert bool(differences) == (json.dumps(old, sort_keys=True) != json.dumps(new, sort_keys=True))
    assert bool(list(text.show_job(differences))) == bool(differences)
