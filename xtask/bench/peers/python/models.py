"""The JSON Schema of the format as models of pydantic: as much of it as the format uses."""

from datetime import date
from typing import Annotated, Any, Literal, Union

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, create_model


class Strict(BaseModel):
    """No fields but its own."""

    model_config = ConfigDict(extra="forbid", strict=True)


def model_of(schema):
    """The model of a whole document."""
    return Models(schema["$defs"]).of(schema, "Document")


class Models:
    def __init__(self, defs):
        self.defs = defs
        self.known = {}

    def of(self, node, name):
        """The type of what `node` allows. Left out: `not`, `anyOf`, `minProperties`, `propertyNames`."""
        if "$ref" in node:
            name = node["$ref"].rsplit("/", 1)[-1]
            if name not in self.known:
                self.known[name] = self.of(self.defs[name], name)
            return self.known[name]
        if "const" in node:
            return Literal[node["const"]]
        if node.get("format") == "date":
            return date
        if node["type"] == "array":
            return Annotated[list[self.of(node["items"], name + "Item")], Field(min_length=node.get("minItems", 0))]
        if node["type"] == "object":
            return self.object(node, name) if "properties" in node else dict[str, Any]
        text = Annotated[
            str,
            StringConstraints(
                min_length=node.get("minLength"), max_length=node.get("maxLength"), pattern=node.get("pattern")
            ),
        ]
        return text if node["type"] == "string" else Union[text, float]

    def object(self, node, name):
        fields = {}
        for key, value in node["properties"].items():
            of_it = self.of(value, f"{name}_{key}")
            required = key in node.get("required", [])
            # With a name of its own, as some are taken: `type`, `schema`, `copy`.
            field = Field(alias=key) if required else Field(default=None, alias=key)
            fields[f"its_{key}"] = (of_it, field)
        return create_model(name, __base__=Strict, **fields)
