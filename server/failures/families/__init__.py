"""The families that failures fall into: by which lines of a log each is known, and what helps. Tables only.

A sign is a line that a program writes when it gives up for this reason, as exactly as its form allows: what merely
mentions a reason, in a sentence, a test's name or a warning, has another form. All are for RE2, whose time is bounded by
the text's length. Where one line has several signs the first family counts.
"""

from server.failures.families.family import Cause as Cause
from server.failures.families.family import Ending as Ending
from server.failures.families.family import Family as Family
from server.failures.families.family import Speaker as Speaker
from server.failures.families.files import FILES
from server.failures.families.packages import PACKAGES
from server.failures.families.programs import PROGRAMS
from server.failures.families.surroundings import SURROUNDINGS

FAMILIES: tuple[Family, ...] = (*SURROUNDINGS, *PACKAGES, *PROGRAMS, *FILES)
