"""The chain from a pack to its files and to its job: names, order, what is dropped, what is refused."""

from __future__ import annotations

import datetime
import random
from collections.abc import Callable
from pathlib import Path

import pytest

import generator
from generator import errors, template

PackWriter = Callable[..., Path]

JOB = """job [[ var "name" . | quote ]] {
type = "batch"
  group "g" {
    task "t" {
      driver = "docker"
      config { image = "i" }
    }
  }
}
"""
NAME = 'variable "name" {\n  type = string\n}\n'


def test_files_are_named_and_ordered_as_by_nomad_pack(write_pack: PackWriter) -> None:
    dependency = metadata_of("child")
    folder = write_pack(
        {
            "metadata.hcl": metadata_of("demo", 'dependency "child" { alias = "a-child" }'),
            "templates/b.nomad.tpl": "b",
            "templates/a.nomad.tpl": "a",
            "templates/sub/c.conf.tpl": "c",
            "templates/_helper.tpl": "never rendered itself",
            "deps/child/metadata.hcl": dependency,
            "deps/child/variables.hcl": "",
            "deps/child/templates/z.nomad.tpl": "z",
        }
    )

    rendering = generator.render(generator.load_pack(folder))

    assert list(rendering.files.items()) == [
        ("demo/a.nomad", "a"),
        ("demo/b.nomad", "b"),
        ("demo/sub/c.conf", "c"),
        ("demo/a-child/z.nomad", "z"),
    ]
    assert list(rendering.jobs) == ["demo/a.nomad", "demo/b.nomad", "demo/a-child/z.nomad"]
    assert rendering.outputs is None


def metadata_of(name: str, more: str = "") -> str:
    return f'app {{ url = "" }}\npack {{\n  name    = "{name}"\n  version = ""\n}}\n{more}'


def test_results_of_nothing_but_space_are_dropped_and_no_value_is_blank(
    write_pack: PackWriter,
) -> None:
    folder = write_pack(
        {
            "variables.hcl": 'variable "unset" {}',
            "templates/space.nomad.tpl": "[[ if true ]] \n\t\u3000 [[ end ]]",
            "templates/value.txt.tpl": '<[[ var "unset" . ]]>',
        }
    )

    rendering = generator.render(generator.load_pack(folder), allow_unset=True)

    assert rendering.files == {"demo/value.txt": "<>"}


def test_a_pack_that_renders_nothing_is_refused(write_pack: PackWriter) -> None:
    folder = write_pack({"templates/space.nomad.tpl": " \n"})

    with pytest.raises(errors.PackError, match="no templates were rendered"):
        generator.render(generator.load_pack(folder))


def test_only_hcl_is_formatted_and_only_when_it_is_asked_for(write_pack: PackWriter) -> None:
    texts = dict.fromkeys(("x.nomad.tpl", "x.hcl.tpl", "x.conf.tpl"), "a=1\n")
    folder = write_pack({f"templates/{name}": text for name, text in texts.items()})
    pack = generator.load_pack(folder)

    assert dict(generator.render(pack).files) == {
        "demo/x.conf": "a=1\n",
        "demo/x.hcl": "a = 1\n",
        "demo/x.nomad": "a = 1\n",
    }
    assert set(generator.render(pack, formatted=False).files.values()) == {"a=1\n"}


def test_auxiliary_files_can_be_left_out(write_pack: PackWriter) -> None:
    folder = write_pack({"templates/x.nomad.tpl": "x", "templates/x.conf.tpl": "x"})

    rendering = generator.render(generator.load_pack(folder), auxiliary=False)

    assert list(rendering.files) == ["demo/x.nomad"]


def test_outputs_are_rendered_with_the_helpers_when_asked_for(write_pack: PackWriter) -> None:
    folder = write_pack(
        {
            "variables.hcl": NAME,
            "templates/_helper.tpl": '[[ define "who" ]]job [[ var "name" . ]][[ end ]]',
            "templates/x.nomad.tpl": "x",
            "outputs.tpl": '[[ template "who" . ]]: done',
        }
    )
    pack = generator.load_pack(folder)

    assert generator.render(pack, outputs=True, values={"name": "n"}).outputs == "job n: done"


def test_outputs_of_a_pack_without_them_are_empty(write_pack: PackWriter) -> None:
    folder = write_pack({"templates/x.nomad.tpl": "x"})

    assert generator.render(generator.load_pack(folder), outputs=True).outputs == ""


def test_templates_read_the_environment_that_the_caller_gives_and_no_other(
    write_pack: PackWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET", "of the process")
    pack = generator.load_pack(write_pack({"templates/x.txt.tpl": '<[[ env "SECRET" ]]>'}))

    with pytest.raises(errors.TemplateError, match="error calling env"):
        generator.render(pack, environment={"SECRET": "for variables only"})
    impure = template.Impurities(
        now=lambda: datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC),
        random=random.Random(0),
        environment={"SECRET": "given"},
        addresses=lambda _name: [],
    )
    given = generator.render(pack, impure=impure)
    assert dict(given.files) == {"demo/x.txt": "<given>"}


def test_the_job_of_a_pack_is_what_nomads_api_takes(write_pack: PackWriter) -> None:
    folder = write_pack({"variables.hcl": NAME, "templates/x.nomad.tpl": JOB})

    job = generator.render_job(generator.load_pack(folder), values={"name": "it's"})

    assert job["ID"] == job["Name"] == "it's"
    assert job["Type"] == "batch"


def test_a_variant_is_chosen_by_name(write_pack: PackWriter) -> None:
    folder = write_pack(
        {
            "variables.hcl": NAME,
            "templates/x.nomad.tpl": JOB,
            "variants/small.hcl": 'name = "small"',
            "variants/large.hcl": 'name = "large"',
        }
    )
    pack = generator.load_pack(folder)

    assert list(generator.pack_variants(pack)) == ["large", "small"]
    assert generator.render_job(pack, variant="large")["ID"] == "large"
    assert generator.render_job(pack, variant="large", values={"name": "n"})["ID"] == "n"
    with pytest.raises(errors.PackError, match=r'no variant "huge"\nhint: .*: large, small'):
        generator.render_job(pack, variant="huge")


@pytest.mark.parametrize(
    ("templates", "found"),
    [
        ({"x.nomad.tpl": "x", "y.nomad.tpl": "y"}, "demo/x.nomad, demo/y.nomad"),
        ({"_x.nomad.tpl": "x", "x.hcl.nomad.tpl": " "}, "no templates were rendered"),
    ],
)
def test_a_job_is_asked_of_packs_with_exactly_one(
    write_pack: PackWriter, templates: dict[str, str], found: str
) -> None:
    folder = write_pack({f"templates/{name}": text for name, text in templates.items()})

    with pytest.raises(errors.PackError, match=found):
        generator.render_job(generator.load_pack(folder))


def test_an_error_in_the_rendered_job_names_the_rendered_file_and_line(
    write_pack: PackWriter,
) -> None:
    text = JOB.replace("driver =", "drivers =").replace('[[ var "name" . | quote ]]', '"x"')
    folder = write_pack({"templates/x.nomad.tpl": text})

    with pytest.raises(errors.GeneratorError) as caught:
        generator.render_job(generator.load_pack(folder))

    assert str(caught.value).startswith("demo/x.nomad:5:7: ")
    assert '      drivers = "docker"\n' in str(caught.value)


def test_two_renders_of_the_same_values_are_the_same_bytes() -> None:
    first, second = (
        generator.encode_job(
            generator.render_job(
                generator.find_pack("test"),
                variant="cpu",
                values={"build_id": "b1", "image": "r/i@sha256:0", "commands": [{"shell": "true"}]},
            )
        )
        for _ in range(2)
    )

    assert first == second


def test_a_shipped_pack_is_read_again_only_when_it_has_changed(
    write_pack: PackWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_pack({"templates/x.nomad.tpl": "one"})
    monkeypatch.setattr("generator.registry.PACKS", folder.parent)

    first = generator.find_pack("demo")
    assert generator.find_pack("demo") is first

    (folder / "templates" / "x.nomad.tpl").write_text("another")
    assert generator.render(generator.find_pack("demo")).files == {"demo/x.nomad": "another"}


def test_an_unknown_pack_is_refused_with_those_there_are() -> None:
    with pytest.raises(errors.PackError, match=r'no pack "nope"\nhint: .*build.*test'):
        generator.find_pack("nope")


def test_the_front_door_is_what_it_says() -> None:
    assert sorted(generator.__all__) == list(generator.__all__)
    assert all(hasattr(generator, name) for name in generator.__all__)
