"""Types and values of HCL in the form in which they can be kept on disk."""

from __future__ import annotations

import typing
from collections.abc import Mapping

from generator import plainform
from generator.hcl import numbers, values

CLASSES: typing.Final = (
    values.Primitive,
    values.List,
    values.Set,
    values.Map,
    values.Tuple,
    values.Object,
)
PARTS: typing.Final[Mapping[type, plainform.Parts]] = {
    values.TypedList: lambda value: (list(value), value.element),
    values.TypedSet: lambda value: (list(value), value.element),
    values.TypedMap: lambda value: (dict(value), value.element),
    numbers.Fraction: lambda value: (value.mantissa, value.exponent),
}
