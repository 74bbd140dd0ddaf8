"""Plain HTTP: one of the doors to the tools, as calls by name and as resources, and its description.

What a request asks for is read here and what came of it is written here; what is done is the tools' alone.
"""

from server.http.following import create_follow_route as create_follow_route
from server.http.operators import create_health_routes as create_health_routes
from server.http.operators import create_metrics_route as create_metrics_route
from server.http.pages import create_page_routes as create_page_routes
from server.http.refusals import EXCEPTION_HANDLERS as EXCEPTION_HANDLERS
from server.http.refusals import STATUS_CODES as STATUS_CODES
from server.http.refusals import refuse as refuse
from server.http.resources import create_resource_routes as create_resource_routes
from server.http.tools import create_tool_routes as create_tool_routes
