"""How the image is tested: commands, environment, services, graphics processors, reports."""

from __future__ import annotations

from typing import Annotated, Literal

import pydantic

from server.request import credentials
from server.request.build import Switch
from server.request.parts import (
    DeviceConstraint,
    Environment,
    Part,
    Resources,
    Service,
    VariableName,
    require_arguments,
    require_plain_environment,
)
from server.request.patterns import FOLDER, Line, require_text
from server.request.references import SecretValue

_COMMAND_LIMIT = 8192  # characters
_WORDS_LIMIT = 128


def _check_command(value: object) -> str | tuple[str, ...]:
    """Take a command for a shell, or the words of one that needs none."""
    if isinstance(value, str):
        if not value.strip():
            msg = "is an empty command"
            raise ValueError(msg)
        return require_text(_within(value))
    if not isinstance(value, list | tuple) or not all(isinstance(word, str) for word in value):
        msg = "must be a command as text, or a list of the words of one"
        raise ValueError(msg)
    if not 0 < len(value) <= _WORDS_LIMIT or not value[0]:
        msg = f"must name a program, and have at most {_WORDS_LIMIT} words"
        raise ValueError(msg)
    return require_arguments(tuple(require_text(_within(word)) for word in value))


def _within(text: str) -> str:
    if len(text) > _COMMAND_LIMIT:
        msg = f"has more than {_COMMAND_LIMIT} characters"
        raise ValueError(msg)
    return text


_Command = Annotated[
    str | tuple[str, ...],
    pydantic.PlainValidator(_check_command),
    # What kind it is shows by itself; pydantic would look for the type that it does not know to be checked.
    pydantic.PlainSerializer(lambda command: command),
    pydantic.WithJsonSchema(
        {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
    ),
]


class TestFields(Part):
    """The fields of a request that say what has to be true of the image before it is published."""

    __test__ = False  # pytest takes classes of this name for its own

    test_commands: Annotated[
        tuple[_Command, ...],
        pydantic.Field(
            strict=False,
            max_length=64,
            description="Run side by side in the image; nothing is published unless all end with 0. Text for its "
            "/bin/sh, or a list of words without a shell",
        ),
    ] = ()
    test_entry_point: Annotated[bool, pydantic.Field(description="Run the image as it is, too")] = (
        False
    )
    test_env: Annotated[
        Environment,
        pydantic.Field(description="Never secrets"),
        pydantic.AfterValidator(require_plain_environment),
    ] = {}
    test_secrets: Annotated[
        dict[VariableName, SecretValue],
        pydantic.Field(
            max_length=32,
            description="Variable to vault:PATH#FIELD or nomad:PATH#FIELD",
        ),
    ] = {}
    test_working_directory: Annotated[
        Line, pydantic.Field(max_length=255, description="Default: the image's own")
    ] = ""
    test_network: Literal["on", "off"] = "on"
    test_reports: Annotated[
        tuple[Annotated[Line, pydantic.Field(min_length=1, max_length=1024)], ...],
        pydantic.Field(
            strict=False, max_length=8, description="JUnit XML files that the tests write"
        ),
    ] = ()
    test_resources: Annotated[Resources, pydantic.Field(description="Of each command")] = (
        Resources()
    )
    services: Annotated[
        tuple[Service, ...],
        pydantic.Field(
            strict=False,
            max_length=8,
            description="Run beside the tests, e.g. a database; reached by name",
        ),
    ] = ()
    gpu: Annotated[
        Switch,
        pydantic.Field(description="auto: if gpuCount or gpuConstraints ask for one"),
    ] = "auto"
    gpu_count: Annotated[int, pydantic.Field(ge=0, le=64, description="GPUs of each test")] = 0
    gpu_constraints: Annotated[
        tuple[DeviceConstraint, ...],
        pydantic.Field(strict=False, max_length=8, description="What each GPU must have"),
    ] = ()

    @pydantic.field_validator("test_env")
    @classmethod
    def _check_test_env(cls, value: dict[str, str]) -> dict[str, str]:
        # The password of a test's own database is no secret; a token of somebody is.
        credentials.require_no_secrets(value, "its reference in testSecrets", by_name=False)
        return value

    @pydantic.field_validator("test_working_directory")
    @classmethod
    def _check_working_directory(cls, value: str) -> str:
        if value and (not FOLDER.fullmatch(value) or ".." in value.split("/")):
            msg = "must be an absolute path of letters, digits, '/', '_', '.', '-', without '..'"
            raise ValueError(msg)
        return value

    @pydantic.field_validator("services")
    @classmethod
    def _check_services(cls, value: tuple[Service, ...]) -> tuple[Service, ...]:
        for what, found in (
            ("name", [service.name for service in value]),
            ("port", [str(service.port) for service in value if service.port]),
        ):
            twice = next((each for each in found if found.count(each) > 1), None)
            if twice is not None:
                msg = f"has the {what} {twice} twice: services share one network"
                raise ValueError(msg)
        return value

    @pydantic.model_validator(mode="after")
    def _check_tests(self) -> TestFields:
        both = sorted(set(self.test_env) & set(self.test_secrets))
        if both:
            msg = f"{both[0]} is in testEnv and in testSecrets"
            raise ValueError(msg)
        if self.test_secrets and (
            self.test_entry_point
            or any(not isinstance(command, str) for command in self.test_commands)
        ):
            # Only a shell can send what a test prints through what takes secrets out of it.
            msg = "testSecrets need testCommands as text: elsewhere nothing would mask them in the log"
            raise ValueError(msg)
        if self.services and not self.tested:
            msg = "services are of no use without testCommands or testEntryPoint"
            raise ValueError(msg)
        if self.services and self.test_network == "off":
            msg = "services need testNetwork on"
            raise ValueError(msg)
        if self.gpu == "off" and (self.gpu_count or self.gpu_constraints):
            msg = "gpuCount and gpuConstraints need gpu auto or on"
            raise ValueError(msg)
        return self

    @property
    def tested(self) -> bool:
        """Whether there is anything to test."""
        return bool(self.test_commands) or self.test_entry_point
