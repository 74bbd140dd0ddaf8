"""The templates that Nomad renders beside a task: whether consul-template can parse their text.

Nomad takes such a text as it is; a mistake in it fails the task when it starts. The functions are those
of consul-template 0.41 (template.go, funcMap) and, with ``sprig_`` before their names, sprig's.
"""

from __future__ import annotations

from generator import errors, template
from generator.checking.job import rules, task_models
from generator.checking.job.problems import Path, Problems, problem
from generator.template import parser

_FUNCTIONS = """
    datacenters exportedServices file key keyExists keyOrDefault ls safeLs node nodes partitions
    peerings secret secrets service connect services tree safeTree caRoots caLeaf pkiCert
    nomadServices nomadService nomadVarList nomadVarListSafe nomadVar nomadVarExists scratch
    base64Decode base64Encode base64URLDecode base64URLEncode byKey byPort byTag contains containsAll
    containsAny containsNone containsNotAll env mustEnv envOrDefault executeTemplate explode
    explodeMap mergeMap mergeMapWithOverride in indent loop join trim trimPrefix trimSuffix trimSpace
    parseBool parseFloat parseInt parseJSON parseUint parseYAML plugin regexReplaceAll regexMatch
    replaceAll sha256Hex md5sum hmacSHA256Hex timestamp toLower toJSON toJSONPretty toUnescapedJSON
    toUnescapedJSONPretty toTitle toTOML toUpper toYAML split splitToMap byMeta sockaddr writeToFile
    add subtract multiply divide modulo minimum maximum spew_dump spew_printf spew_sdump spew_sprintf
"""
# Sprig's functions whose result differs from call to call: consul-template leaves them out.
_NOT_HERMETIC = """
    date date_in_zone date_modify now htmlDate htmlDateInZone dateInZone dateModify randAlphaNum
    randAlpha randAscii randNumeric randBytes uuidv4 env expandenv getHostByName
"""
_SPRIG = frozenset(template.sprig_functions()) - frozenset(_NOT_HERMETIC.split())
KNOWN = frozenset(
    (*template.builtin_functions(), *_FUNCTIONS.split(), *(f"sprig_{name}" for name in _SPRIG))
)


def check_template(found: task_models.Template, path: Path) -> Problems:
    """Whether the text of a template block is a template."""
    delimiters = (found.left_delimiter or "{{", found.right_delimiter or "}}")
    try:
        parser.parse("data", found.data, "data", delimiters, KNOWN)
    except errors.TemplateError as error:
        line = _line(found.data, error.position)
        msg = f"the template's text cannot be parsed: {error.message}"
        yield problem(rules.TEMPLATE_DATA, (*path, "EmbeddedTmpl"), msg, error.hint, line)


def _line(text: str, position: errors.Position | None) -> str:
    """The line that an error is in, as it stands in the job file too."""
    if position is None:
        return ""
    return text.split("\n")[position.line - 1].strip()
