"""Who may call, as whom, and how often; and a line for each call that changes something.

``guard`` stands before all routes and asks ``gate``, which knows static tokens (``tokens``), those of an OpenID
provider (``issuer``, ``keys``) and rates (``rates``). What a caller may then do is for the tools to ask:
nothing here knows a tool or a build.
"""

from server.access.gate import Gate as Gate
from server.access.gate import create_gate as create_gate
from server.access.guard import Guard as Guard
from server.access.metadata import create_metadata_routes as create_metadata_routes
