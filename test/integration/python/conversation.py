"""One conversation with the server, by the official client. Prints each server event as a line of JSON, and at the
end a line with the keys that the client's types do not have. Ends with status 1 at the first thing that is wrong."""

import asyncio
import base64
import json
import os
import sys
import time
import wave

from openai import AsyncOpenAI
from openai._models import BaseModel

WAIT_S = 45  # what takes longer than this is lost
FRAME_MS = 100
RATE = 24_000


def extra_keys(model, path=""):
    """Paths of everything in a parsed event that its type does not know."""
    found = [path + key for key in (model.model_extra or {})]
    for key in model.model_fields_set:
        value = getattr(model, key, None)
        for inner in value if isinstance(value, list) else [value]:
            if isinstance(inner, BaseModel):
                found += extra_keys(inner, f"{path}{key}.")
    return found


class Conversation:
    def __init__(self, connection):
        self.connection = connection
        self.events = []
        self.extra = set()
        self.read = 0
        self.arrived = asyncio.Condition()

    async def receive(self):
        while True:
            raw = await self.connection.recv_bytes()
            event = self.connection.parse_event(raw)
            # The client itself builds its objects unchecked; the types are to hold all the same.
            checked = type(event).model_validate_json(raw, strict=True)
            self.extra |= {f"{event.type}: {key}" for key in extra_keys(checked)}
            if event.type == "error":
                raise RuntimeError(f"the server says {event.error.code}: {event.error.message}")
            print(raw.decode(), flush=True)
            async with self.arrived:
                self.events.append(event)
                self.arrived.notify_all()

    async def next(self, kind):
        """The next event of this type after the one that the last call found."""
        async with self.arrived:
            while True:
                while self.read < len(self.events):
                    event = self.events[self.read]
                    self.read += 1
                    if event.type == kind:
                        return event
                await self.arrived.wait()

    async def configure(self, **session):
        await self.connection.session.update(session={"type": "realtime", **session})
        await self.next("session.updated")

    async def say(self, text):
        content = [{"type": "input_text", "text": text}]
        await self.connection.conversation.item.create(
            item={"type": "message", "role": "user", "content": content}
        )

    async def speak(self, audio, in_real_time=True):
        begun = time.monotonic()
        size = RATE * 2 * FRAME_MS // 1000
        for number, at in enumerate(range(0, len(audio), size), 1):
            frame = base64.b64encode(audio[at : at + size]).decode()
            await self.connection.input_audio_buffer.append(audio=frame)
            if in_real_time:
                await asyncio.sleep(max(0, begun + number * FRAME_MS / 1000 - time.monotonic()))

    def count(self, kind):
        return sum(event.type == kind for event in self.events)


def said(response):
    parts = [part for item in response.output for part in (getattr(item, "content", None) or [])]
    return " ".join(part.text or part.transcript or "" for part in parts)


def expect(fact, *shown):
    if not fact:
        raise AssertionError(f"unexpected: {shown}")


def speech():
    with wave.open(os.environ["SPEECH"]) as file:
        expect(file.getframerate() == RATE and file.getnchannels() == 1)
        return file.readframes(file.getnframes())


def silence(ms):
    return bytes(RATE * 2 * ms // 1000)


TRANSCRIPTION = {"model": "parley"}


async def text(c):
    await c.configure(output_modalities=["text"])
    for question, answers in (("What is seven plus five?", ("12", "twelve")), ("Say hello.", ("hello",))):
        await c.say(question)
        await c.connection.response.create()
        response = (await c.next("response.done")).response
        expect(response.status == "completed", response.status)
        expect(any(answer in said(response).lower() for answer in answers), said(response))


async def push_to_talk(c):
    await c.configure(audio={"input": {"turn_detection": None, "transcription": TRANSCRIPTION}})
    await c.speak(speech(), in_real_time=False)
    await c.connection.input_audio_buffer.commit()
    await c.connection.response.create()
    heard = await c.next("conversation.item.input_audio_transcription.completed")
    expect("forward" in heard.transcript.lower(), heard.transcript)
    response = (await c.next("response.done")).response
    expect(response.status == "completed" and said(response), response.status)
    expect(c.count("response.output_audio.delta") > 1)


async def server_vad(c):
    await c.configure(audio={"input": {"transcription": TRANSCRIPTION}})
    await c.speak(silence(300) + speech() + silence(1500))
    started = await c.next("input_audio_buffer.speech_started")
    await c.next("input_audio_buffer.speech_stopped")
    committed = await c.next("input_audio_buffer.committed")
    expect(committed.item_id == started.item_id)
    response = (await c.next("response.done")).response
    expect(response.status == "completed", response.status)
    expect(c.count("conversation.item.input_audio_transcription.completed") == 1)


async def barge_in(c):
    await c.configure(audio={"input": {"transcription": TRANSCRIPTION}})
    await c.say("Tell me a story of a thousand words.")
    await c.connection.response.create()
    first = (await c.next("response.created")).response
    begun = await c.next("response.output_audio.delta")
    speaking = asyncio.create_task(c.speak(speech() + silence(1500)))
    cut = (await c.next("response.done")).response
    expect(cut.id == first.id and cut.status == "cancelled", cut.status)
    expect(cut.status_details.reason == "turn_detected", cut.status_details)
    await c.connection.conversation.item.truncate(item_id=begun.item_id, content_index=0, audio_end_ms=100)
    await c.next("conversation.item.truncated")
    second = (await c.next("response.done")).response
    await speaking
    expect(second.id != first.id and second.status == "completed", second.status)


async def tool(c):
    parameters = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    weather = {"type": "function", "name": "get_weather", "description": "The weather in a city"}
    await c.configure(output_modalities=["text"], tools=[{**weather, "parameters": parameters}])
    await c.say("What is the weather in Paris?")
    await c.connection.response.create()
    call = (await c.next("response.done")).response.output[0]
    expect(call.type == "function_call" and call.name == "get_weather", call.type)
    expect(json.loads(call.arguments) == {"city": "Paris"}, call.arguments)
    output = json.dumps({"sky": "cloudy", "degrees": 17})
    await c.connection.conversation.item.create(
        item={"type": "function_call_output", "call_id": call.call_id, "output": output}
    )
    await c.connection.response.create()
    response = (await c.next("response.done")).response
    expect(response.status == "completed" and "cloudy" in said(response), said(response))


SCENARIOS = {f.__name__: f for f in (text, push_to_talk, server_vad, barge_in, tool)}


async def main(scenario):
    client = AsyncOpenAI()  # OPENAI_BASE_URL and OPENAI_API_KEY
    async with client.realtime.connect(model="parley") as connection:
        conversation = Conversation(connection)
        receiving = asyncio.create_task(conversation.receive())

        async def act():
            await conversation.next("session.created")
            await SCENARIOS[scenario](conversation)

        acting = asyncio.create_task(act())
        done, _ = await asyncio.wait({receiving, acting}, timeout=WAIT_S, return_when=asyncio.FIRST_COMPLETED)
        if not done:
            raise TimeoutError(f"after {[event.type for event in conversation.events[-12:]]}")
        for task in done:
            task.result()
        receiving.cancel()
        print(json.dumps({"extra_keys": sorted(conversation.extra)}), flush=True)


asyncio.run(main(sys.argv[1]))
