"""A first conversation in text, by the official client (pip install "openai[realtime]"). With the server running:
   PARLEY_API_KEY=… python3 examples/first_conversation.py "What is 12 times 7?"
A second argument is the server's address, when it is not the usual one."""

import asyncio
import os
import sys

from openai import AsyncOpenAI


async def main(question="What is 12 times 7?", base_url="http://127.0.0.1:8080/v1"):
    client = AsyncOpenAI(api_key=os.environ["PARLEY_API_KEY"], base_url=base_url)
    async with client.realtime.connect(model="parley") as connection:
        await connection.session.update(session={"type": "realtime", "output_modalities": ["text"]})
        content = [{"type": "input_text", "text": question}]
        await connection.conversation.item.create(item={"type": "message", "role": "user", "content": content})
        await connection.response.create()
        async for event in connection:
            if event.type == "response.output_text.delta":
                print(event.delta, end="", flush=True)
            elif event.type == "response.done":
                break
            elif event.type == "error":
                raise SystemExit(event.error.message)
    print()


asyncio.run(main(*sys.argv[1:]))
