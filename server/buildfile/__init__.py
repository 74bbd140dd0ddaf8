"""The build file of a repository: fields of a request that whoever submits a build need not give. Pure.

Here belongs what is read of the file, what a file may say and what it may not, and how it and a request become one. A
file is written by whoever can write to the repository, who is trusted less than whoever asks for the build: see
``permissions``. Where the file comes from (a job fetches it) and what is built is known elsewhere.
"""

from server.buildfile.merging import merge
from server.buildfile.parsing import BuildFile, parse
from server.buildfile.problems import BuildFileError, Problem
from server.buildfile.reading import SIZE_LIMIT
from server.buildfile.schema import make_schema, render_schema
from server.buildfile.summary import summarize

__all__ = [
    "SIZE_LIMIT",
    "BuildFile",
    "BuildFileError",
    "Problem",
    "make_schema",
    "merge",
    "parse",
    "render_schema",
    "summarize",
]
