"""Python's share of `cargo xtask bench --peers`: reads `DOCUMENT<tab>TIMES`, answers `WAY<tab>NANOSECONDS` for each way, then
an empty line."""

import json
import sys
from pathlib import Path
from time import perf_counter_ns

import fastjsonschema
import jsonschema_rs
from models import model_of
from pydantic import ValidationError

folder = Path(sys.argv[1])
schema = json.loads((folder / "schema.json").read_bytes())
report = jsonschema_rs.validator_for(schema, validate_formats=True)
compiled = fastjsonschema.compile(schema)
model = model_of(schema)


def stops_at_the_first(text):
    try:
        compiled(json.loads(text))
    except fastjsonschema.JsonSchemaValueException:
        pass


def typed(text):
    try:
        model.model_validate_json(text)
    except ValidationError as error:
        error.errors(include_url=False)


ways = {
    "json.loads": json.loads,
    "json.loads + jsonschema-rs, all faults": lambda text: list(report.iter_errors(json.loads(text))),
    "json.loads + fastjsonschema, first fault": stops_at_the_first,
    "pydantic, all faults": typed,
}

for line in sys.stdin:
    document, times = line.split("\t")
    text, times = (folder / document).read_bytes(), int(times)
    for name, run in ways.items():
        begun = perf_counter_ns()
        for _ in range(times):
            run(text)
        print(f"{name}\t{(perf_counter_ns() - begun) // times}")
    print(flush=True)
