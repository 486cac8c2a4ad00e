"""Runs Autobahn's cases against the server at the address given, and prints each result as a line of JSON. Arguments:
the address, then the cases to leave out (`*` for a group)."""

import asyncio
import json
import sys

from kosoku import FailureError, run_fuzzingclient


async def main(url, left_out):
    try:
        results = await run_fuzzingclient(url, None, left_out, concurrency=4)
    except FailureError as failure:
        results = failure.results
    for result in results:
        verdict = {"behavior": result.behavior.value, "close": result.behavior_close.value}
        print(json.dumps({"id": result.case_id, **verdict}))


asyncio.run(main(sys.argv[1], sys.argv[2:]))
