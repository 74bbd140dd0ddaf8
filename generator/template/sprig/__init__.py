"""The functions of Masterminds/sprig v3.3.0, all of whose names are known.

Each module holds one family and a table of it, and is imported when a template calls one of its
functions. What asks the world outside (the clock, random values, the environment, the resolver)
does not belong into a render whose result is reviewed: such a name can be parsed, but a call fails
and says so, unless the caller hands over that world.
"""

from __future__ import annotations

from collections.abc import Mapping

from generator.template import impurities, signatures

TYPE_CHECKING = False
if TYPE_CHECKING:
    from generator.template.sprig import times

_CLOCK = "clock"
_FAMILIES: Mapping[str, tuple[str, ...]] = {
    "arithmetic": (
        "add", "add1", "add1f", "addf", "atoi", "ceil", "div", "divf", "float64", "floor", "int",
        "int64", "mod", "mul", "mulf", "round", "sub", "subf", "toDecimal",
    ),
    "casing": (
        "abbrev", "abbrevboth", "camelcase", "kebabcase", "snakecase", "wrap", "wrapWith",
    ),
    "choosing": (
        "all", "any", "coalesce", "deepEqual", "default", "empty", "hello", "kindIs", "kindOf",
        "ternary", "typeIs", "typeIsLike", "typeOf",
    ),
    "ciphers": ("buildCustomCert", "decryptAES", "derivePassword"),
    "constraints": ("semverCompare",),
    _CLOCK: (
        "ago", "date", "dateInZone", "date_in_zone", "durationRound", "htmlDate", "htmlDateInZone",
        "now",
    ),
    "dates": (
        "dateModify", "date_modify", "duration", "mustDateModify", "mustToDate", "must_date_modify",
        "toDate", "unixEpoch",
    ),
    "dicts": (
        "deepCopy", "dict", "dig", "get", "hasKey", "keys", "merge", "mergeOverwrite",
        "mustDeepCopy", "mustMerge", "mustMergeOverwrite", "omit", "pick", "pluck", "set", "unset",
        "values",
    ),
    "encoding": (
        "adler32sum", "b32dec", "b32enc", "b64dec", "b64enc", "fromJson", "mustFromJson",
        "mustToJson", "mustToPrettyJson", "mustToRawJson", "sha1sum", "sha256sum", "sha512sum",
        "toJson", "toPrettyJson", "toRawJson",
    ),
    "lists": (
        "append", "biggest", "chunk", "compact", "concat", "first", "has", "initial", "join",
        "last", "list", "max", "maxf", "min", "minf", "mustAppend", "mustChunk", "mustCompact",
        "mustFirst", "mustHas", "mustInitial", "mustLast", "mustPrepend", "mustPush", "mustRest",
        "mustReverse", "mustSlice", "mustUniq", "mustWithout", "prepend", "push", "rest",
        "reverse", "seq", "slice", "sortAlpha", "toStrings", "tuple", "uniq", "until", "untilStep",
        "without",
    ),
    "paths": (
        "base", "clean", "dir", "ext", "isAbs", "osBase", "osClean", "osDir", "osExt", "osIsAbs",
        "urlJoin", "urlParse",
    ),
    "refusals": (
        "bcrypt", "encryptAES", "env", "expandenv", "genCA", "genCAWithKey", "genPrivateKey",
        "genSelfSignedCert", "genSelfSignedCertWithKey", "genSignedCert", "genSignedCertWithKey",
        "getHostByName", "htpasswd", "randAlpha", "randAlphaNum", "randAscii", "randBytes",
        "randInt", "randNumeric", "shuffle", "uuidv4",
    ),
    "regexes": (
        "mustRegexFind", "mustRegexFindAll", "mustRegexMatch", "mustRegexReplaceAll",
        "mustRegexReplaceAllLiteral", "mustRegexSplit", "regexFind", "regexFindAll", "regexMatch",
        "regexQuoteMeta", "regexReplaceAll", "regexReplaceAllLiteral", "regexSplit",
    ),
    "texts": (
        "cat", "contains", "fail", "hasPrefix", "hasSuffix", "indent", "initials", "lower",
        "nindent", "nospace", "plural", "quote", "repeat", "replace", "split", "splitList",
        "splitn", "squote", "substr", "swapcase", "title", "toString", "trim", "trimAll",
        "trimPrefix", "trimSuffix", "trimall", "trunc", "untitle", "upper",
    ),
    "versions": ("semver",),
}  # fmt: skip


class _Pure(signatures.Table):
    """All functions by name, without a world outside; a family is imported when it is needed."""

    _names: Mapping[str, str] = {
        name: family for family, names in _FAMILIES.items() for name in names
    }

    def __getitem__(self, name: str) -> signatures.Function:
        return _table(self._names[name])[name]


def _table(family: str) -> Mapping[str, signatures.Function]:
    if family == _CLOCK:
        from generator.template.sprig import dates

        return dates.functions(_no_clock)
    # As importlib does it, which takes longer to import than a family does.
    module = __import__(f"{__name__}.{family}", fromlist=("FUNCTIONS",))
    table: Mapping[str, signatures.Function] = module.FUNCTIONS
    return table


def _no_clock() -> times.Time:
    from generator.template.sprig import refusals

    impurities.refuse(refusals.CLOCK)


_PURE = _Pure()


def sprig_functions(
    outside: impurities.Impurities | None = None,
) -> Mapping[str, signatures.Function]:
    """The functions by name; without a world outside, those that ask for it fail."""
    if outside is None:
        return _PURE
    from generator.template.sprig import outside as impure

    return signatures.Library(impure.functions(outside), _PURE)
