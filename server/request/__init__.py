"""What a caller may ask to have built: the fields of a build request, and what is accepted in each."""

from server.request.model import BuildRequest
from server.request.parts import Destination, DeviceConstraint, Proxy, Resources, Service
from server.request.reading import parse_request

__all__ = [
    "BuildRequest",
    "Destination",
    "DeviceConstraint",
    "Proxy",
    "Resources",
    "Service",
    "parse_request",
]
