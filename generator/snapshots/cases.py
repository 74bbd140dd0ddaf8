"""A pack's folder -> its cases: the ways to render it that have a snapshot each.

The whole rule, for authors of packs:

- A file with values in ``cases/``, ``cases/minimal.hcl`` or ``.json``, is a case. It is complete in
  itself, as an operator would write it: ``nomad-pack run PACK -f PACK/cases/minimal.hcl``.
- Where the pack has variants (``variants/gpu.hcl``), each case is rendered with each variant, which
  is weaker than the case, and is then called ``gpu.minimal``. A pack without cases has its variants.
- A case for one variant alone lies in a folder of the variant's name: ``cases/gpu/two-cards.hcl``.
- Of a case called ``NAME.fails.hcl`` the pack has to refuse the values; what it says is the snapshot.
- Files whose names begin with ``_`` or ``.``, and those of other kinds, are no cases.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from generator import choices, packfolder, registry
from generator.errors import PackError, suggest

FOLDER = "cases"
SUFFIXES = (".hcl", ".json")
FAILS = ".fails"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One way to render a pack: its variant, the files with values over that, arguments over these."""

    name: str
    variant: str | None = None
    files: tuple[Path, ...] = ()
    arguments: tuple[tuple[str, str], ...] = ()
    fails: bool = False

    @property
    def overrides(self) -> choices.Overrides:
        """What stands over the variables' defaults; of the environment nothing does."""
        return {
            "variant": self.variant,
            "var_files": self.files,
            "arguments": dict(self.arguments),
        }


# What a pack without any case can be looked at with.
DEFAULTS = Case(name="defaults")


def find(folder: Path) -> list[Case]:
    """All cases of the pack in a folder, by name; none if it has neither cases nor variants."""
    variants = list(registry.variants_in(folder))
    files = list(_files(folder / FOLDER, variants))
    limit = packfolder.limit_of(folder)
    for _, file in files:
        packfolder.check_below(file, limit)
    found: dict[str, Case] = {}
    for only, file in files:
        stem = file.name.removesuffix(file.suffix)
        wanted: list[str | None] = [only] if only else [*variants] or [None]
        for variant in wanted:
            case = Case(
                name=".".join(part for part in (variant, stem.removesuffix(FAILS)) if part),
                variant=variant,
                files=(file,),
                fails=stem.endswith(FAILS),
            )
            if case.name in found:
                raise _duplicate(case, found[case.name])
            found[case.name] = case
    if not files:
        found = {name: Case(name=name, variant=name) for name in variants}
    return [found[name] for name in sorted(found)]


def _files(folder: Path, variants: list[str]) -> Iterator[tuple[str | None, Path]]:
    """The files of cases, each with the variant that it is for, None for every variant."""
    for path in _listed(folder):
        if path.is_dir():
            if path.name not in variants:
                raise _no_variant(path, variants)
            yield from ((path.name, inner) for inner in _listed(path) if _is_case(inner))
        elif _is_case(path):
            yield None, path


def _listed(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    try:
        return sorted(path for path in folder.iterdir() if not path.name.startswith(("_", ".")))
    except OSError as error:
        msg = f"failed to read {folder}: {error.strerror}"
        raise PackError(msg) from error


def _is_case(path: Path) -> bool:
    return path.suffix in SUFFIXES and path.is_file()


def _duplicate(case: Case, other: Case) -> PackError:
    msg = f'{case.files[0]}: the case "{case.name}" is there already: {other.files[0]}'
    return PackError(msg, hint="give one of the files another name")


def _no_variant(folder: Path, variants: list[str]) -> PackError:
    msg = f'{folder}: a folder of cases is for the variant of its name, and there is no variant "{folder.name}"'
    known = f"the variants are: {', '.join(variants)}" if variants else "the pack has no variants"
    return PackError(msg, hint=suggest(folder.name, variants, known))
