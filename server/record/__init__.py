"""The record of a build: everything that is known of it, and how it changes. Pure data."""

from server.record.model import SCHEMA_VERSION, Record, Target
from server.record.names import (
    ALL_PHASES,
    PHASES,
    RUNNING,
    Phase,
    Reason,
    Status,
    build_of,
    job_id,
    phase_of,
)
from server.record.parts import (
    Delivery,
    DeliveryEvent,
    FailedStep,
    FailedTest,
    Failure,
    Kill,
    PhaseRecord,
    TaskRecord,
    TestReport,
)

__all__ = [
    "ALL_PHASES",
    "PHASES",
    "RUNNING",
    "SCHEMA_VERSION",
    "Delivery",
    "DeliveryEvent",
    "FailedStep",
    "FailedTest",
    "Failure",
    "Kill",
    "Phase",
    "PhaseRecord",
    "Reason",
    "Record",
    "Status",
    "Target",
    "TaskRecord",
    "TestReport",
    "build_of",
    "job_id",
    "phase_of",
]
