"""A job file to the job that Nomad's API takes, as ``POST /v1/jobs/parse`` would answer.

Nomad 1.10.5 is followed, and 2.0.5 where only that one takes a job: what came later is known here,
and shows in the job when it is used (tests/conformance/README.md tells the differences).

Here belongs what Nomad knows of a job file: which blocks and arguments there are, what their values
become, and what its parser fills in; the modules are named after jobspec2's files. What HCL itself
means is generator.hcl's matter; nothing here reads a file, a clock or the environment, so that the
functions for files are off, as they are in Nomad's API.
"""

from generator.jobspec.apijson import parse_api_job
from generator.jobspec.encoding import encode, encode_yaml
from generator.jobspec.parsing import parse

__all__ = ["encode", "encode_yaml", "parse", "parse_api_job"]
