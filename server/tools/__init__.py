"""The tools, in one table: what each takes, does and answers. MCP and plain HTTP are two doors to it."""

from server.tools.table import INSTRUCTIONS as INSTRUCTIONS
from server.tools.table import TOOLS as TOOLS
from server.tools.tool import Progress as Progress
from server.tools.tool import Tool as Tool
