"""References of nomad-pack's first template language are found, and what to write is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator import TemplateError, load_pack, render
from generator.template import migration

PACKS = {"redis": "", "child": ".child"}


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("[[ .my.x ]]", [(".my.x", 'var "x" .')]),
        ("[[.redis.x]]", [(".redis.x", 'var "x" .')]),
        ("[[ .child.x ]]", [(".child.x", 'var "x" .child')]),
        ("[[ $.my.a.b ]]", [("$.my.a.b", 'var "a.b" $')]),
        ("[[ $.child.a ]]", [("$.child.a", 'var "a" $.child')]),
        ("[[ .nomad_pack.pack.name ]]", [(".nomad_pack.pack.name", 'meta "pack.name" .')]),
        ("[[ quote .my.x ]]", [(".my.x", '(var "x" .)')]),
        ("[[ .my.x | quote ]]", [(".my.x", 'var "x" .')]),
        ("[[ if (.my.x) ]][[ end ]]", [(".my.x", 'var "x" .')]),
        ("[[ range $a := .my.x ]][[ end ]]", [(".my.x", 'var "x" .')]),
        ("[[ eq .my.x .my.y ]]", [(".my.x", '(var "x" .)'), (".my.y", '(var "y" .)')]),
        ("[[ .other.x ]] [[ .my ]] [[ $x.my.y ]] [[ (f).my.x ]] .my.x [[ `.my.x` ]]", []),
        ("[[ .my.x ]] [[ unclosed .my.y", [(".my.x", 'var "x" .'), (".my.y", '(var "y" .)')]),
    ],
)
def test_each_old_reference_has_a_replacement(text: str, written: list[tuple[str, str]]) -> None:
    found = migration.find(text, PACKS)

    assert [(each.written, each.replacement) for each in found] == written
    assert all(text[each.offset :].startswith(each.written) for each in found)


def test_a_failed_render_tells_what_to_write_in_every_template(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "metadata.hcl").write_text(
        'app {\n  url = ""\n}\npack {\n  name = "redis"\n  version = "1"\n}\n'
    )
    (tmp_path / "variables.hcl").write_text("")
    (tmp_path / "templates" / "a.nomad.tpl").write_text("a\n[[ .my.x ]] [[ .redis.y.z ]]")
    (tmp_path / "templates" / "_h.tpl").write_text('[[ define "h" ]][[ .my.name ]][[ end ]]')

    with pytest.raises(TemplateError) as caught:
        render(load_pack(tmp_path))

    assert caught.value.message == 'pack "my" not found when accessing ".my.x"'
    assert str(caught.value).splitlines()[-3:] == [
        f'  {tmp_path}/templates/_h.tpl:1:20: .my.name is now var "name" .',
        f'  {tmp_path}/templates/a.nomad.tpl:2:4: .my.x is now var "x" .',
        f'  {tmp_path}/templates/a.nomad.tpl:2:16: .redis.y.z is now var "y.z" .',
    ]
