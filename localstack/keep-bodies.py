"""Has LocalStack hand on each message's body as it was sent.

Before LocalStack 4.14.0 gives messages of a queue to a function, it reads every body as JSON, for filters to look into, and writes
it anew; it does so where there is no filter, too. Blanks and letters are others then, a field that was there twice is there once,
and one deeply nested body costs its batch. This changes the one line that begins the reading: without a filter nothing is read.

compose.yaml mounts this file where LocalStack runs it before it starts, /etc/localstack/init/boot.d. Where the line is not found
this is another LocalStack, of which nobody knows what it does with bodies: it must not come up. So this ends with an error, which
ends the container; and the health check asks for the file KEPT, which is made last.
"""

import importlib.util
import os
import sys

POLLER = "services/lambda_/event_source_mapping/pollers/sqs_poller.py"
# The first line is changed; the others tell it from one that is the same.
READS = """\
        for event in polled_events:
            try:
                event["body"] = json.loads(event["body"])
"""
READS_FOR_FILTERS = READS.replace("polled_events:", "polled_events if self.filter_patterns else []:")
KEPT = os.environ.get("ADUANA_BODIES_ARE_KEPT", "/tmp/aduana-bodies-are-kept")


def fail(why):
    sys.stderr.write(
        f"error: failed to have LocalStack keep the bodies of messages: {why}\n"
        "help: use localstack/localstack:4.14.0, as localstack/compose.yaml does; localstack/README.md tells why\n"
    )
    raise SystemExit(1)


def poller():
    package = importlib.util.find_spec("localstack")
    for folder in (package and package.submodule_search_locations) or []:
        path = os.path.join(folder, POLLER)
        if os.path.isfile(path):
            return path
    return fail(f"it has no {POLLER}")


path = poller()
with open(path, encoding="utf-8") as file:
    text = file.read()
# A container that is started again has the line as it is to be.
if (text.count(READS), text.count(READS_FOR_FILTERS)) != (0, 1):
    if text.count(READS) != 1:
        fail(f"the line to change is not in {path}")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text.replace(READS, READS_FOR_FILTERS))
with open(KEPT, "w", encoding="utf-8") as file:
    file.write("yes\n")
