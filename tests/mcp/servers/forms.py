"""The forms that the servers ask a user to fill in."""

from pydantic import BaseModel, Field

from tests.mcp.servers.shapes import titled


class Reply(BaseModel):
    """Free text."""

    response: str = Field(description="User's response")


class Name(BaseModel):
    """Who is asked."""

    name: str


class Agreement(BaseModel):
    """Yes or no."""

    ok: bool


class Color(BaseModel):
    """A favourite."""

    color: str


class Context(BaseModel):
    """What a prompt is about."""

    context: str


class Defaults(BaseModel):
    """A form with something in every field (SEP-1034)."""

    name: str = Field(default="John Doe", description="User name")
    age: int = Field(default=30, description="User age")
    score: float = Field(default=95.5, description="User score")
    status: str = Field(
        default="active",
        description="User status",
        json_schema_extra={"enum": ["active", "inactive", "pending"]},
    )
    verified: bool = Field(default=True, description="Verification status")


class Choices(BaseModel):
    """Every way to write an enum (SEP-1330); the names are the conformance suite's."""

    untitledSingle: str = Field(  # noqa: N815
        json_schema_extra={"enum": ["option1", "option2", "option3"]}
    )
    titledSingle: str = Field(  # noqa: N815
        json_schema_extra={"oneOf": titled(("value1", "First Option"), ("value2", "Second Option"))}
    )
    legacyEnum: str = Field(  # noqa: N815
        json_schema_extra={"enum": ["opt1", "opt2"], "enumNames": ["Option One", "Option Two"]}
    )
    untitledMulti: list[str] = Field(  # noqa: N815
        json_schema_extra={"items": {"type": "string", "enum": ["option1", "option2"]}}
    )
    titledMulti: list[str] = Field(  # noqa: N815
        json_schema_extra={
            "items": {"anyOf": titled(("value1", "First Choice"), ("value2", "Second Choice"))}
        }
    )
