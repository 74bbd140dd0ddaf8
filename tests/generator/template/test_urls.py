"""URLs as Go's net/url parses them."""

from __future__ import annotations

import pytest

from generator import template


def url_parse(text: str) -> object:
    return template.sprig_functions()["urlParse"](text)


def test_a_control_character_is_a_mistake_before_the_fragment_only() -> None:
    parsed = url_parse("a#b\tc")

    assert isinstance(parsed, dict)
    assert parsed["fragment"] == "b\tc"
    with pytest.raises(template.CallError, match="invalid control character in URL"):
        url_parse("a\tb#c")
