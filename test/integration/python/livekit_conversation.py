"""One conversation with the server, by the OpenAI Realtime plugin of LiveKit Agents. Prints, as lines of JSON, each
event that the plugin received, and at the end `{"warnings": [...]}`: what it logged. Ends with status 1 at the first
thing that is wrong."""

import asyncio
import json
import logging
import os
import sys
import wave

import aiohttp
from livekit import rtc
from livekit.agents import function_tool, llm
from livekit.plugins import openai

WAIT_S = 45  # what takes longer than this is lost
FRAME_MS = 20
RATE = 24_000


class Warnings(logging.Handler):
    """Keeps what is logged as a warning or worse: a stock client that is content says nothing."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.said = []

    def emit(self, record):
        details = {k: v for k, v in vars(record).items() if k in ("error", "errors", "lk.pii.event")}
        self.said.append(f"{record.name}: {self.format(record)} {details or ''}")


def expect(fact, *shown):
    if not fact:
        raise AssertionError(f"unexpected: {shown}")


@function_tool
async def get_weather(city: str) -> str:
    """Current weather in a city"""
    return "cloudy, 17 degrees"


class Answer:
    """What one generation gave, read to its end as the framework does."""

    def __init__(self):
        self.message_ids = []
        self.text = ""
        self.seconds = 0.0
        self.calls = []
        self.begun = asyncio.Event()

    async def read(self, generation):
        await asyncio.gather(self._messages(generation), self._calls(generation))
        return self

    async def _messages(self, generation):
        async for message in generation.message_stream:
            self.message_ids.append(message.message_id)
            await asyncio.gather(self._text(message), self._audio(message))

    async def _text(self, message):
        async for text in message.text_stream:
            self.text += text

    async def _audio(self, message):
        async for frame in message.audio_stream:
            self.seconds += frame.samples_per_channel / frame.sample_rate
            self.begun.set()

    async def _calls(self, generation):
        async for call in generation.function_stream:
            self.calls.append(call)


class Conversation:
    def __init__(self, session):
        self.session = session
        self.heard = []
        self.speech = []
        self.own_answers = asyncio.Queue()
        self.transcribed = asyncio.Event()
        self.started = asyncio.Event()
        session.on("openai_server_event_received", lambda event: print(json.dumps(event), flush=True))
        session.on("generation_created", self._on_generation)
        session.on("input_audio_transcription_completed", self._on_transcript)
        session.on("input_speech_started", lambda _: (self.speech.append("started"), self.started.set()))
        session.on("input_speech_stopped", lambda _: self.speech.append("stopped"))

    def _on_generation(self, generation):
        if not generation.user_initiated:
            self.own_answers.put_nowait(generation)

    def _on_transcript(self, event):
        if event.is_final:
            self.heard.append(event.transcript)
            self.transcribed.set()

    async def reply(self, **options):
        return await Answer().read(await self.session.generate_reply(**options))

    async def own_answer(self):
        return await Answer().read(await self.own_answers.get())

    async def add(self, *items):
        context = self.session.chat_ctx.copy()
        context.items.extend(items)
        await self.session.update_chat_ctx(context)

    async def say(self, text):
        await self.add(llm.ChatMessage(role="user", content=[text]))

    async def speak(self, audio):
        """In real time."""
        size = RATE * 2 * FRAME_MS // 1000
        for at in range(0, len(audio), size):
            data = audio[at : at + size].ljust(size, b"\0")
            self.session.push_audio(rtc.AudioFrame(data, RATE, 1, size // 2))
            await asyncio.sleep(FRAME_MS / 1000)

    def texts(self):
        return [item.text_content for item in self.session.chat_ctx.items if item.type == "message"]


def speech():
    with wave.open(os.environ["SPEECH"]) as file:
        expect(file.getframerate() == RATE and file.getnchannels() == 1)
        return file.readframes(file.getnframes())


def silence(ms):
    return bytes(RATE * 2 * ms // 1000)


async def text(c):
    await c.session.update_instructions("Be brief.")
    await c.say("What is seven plus five?")
    answer = await c.reply()
    expect("12" in answer.text or "twelve" in answer.text.lower(), answer.text)
    expect(answer.seconds > 0.3, answer.seconds)
    await c.session.update_instructions("Answer in one word.")
    greeting = await c.reply(instructions="Say hello.", tool_choice="none")
    expect(greeting.text and greeting.seconds > 0, greeting.text)


async def semantic_vad(c):
    await c.speak(silence(300) + speech() + silence(5000))
    answer = await c.own_answer()
    await c.transcribed.wait()
    expect("forward" in c.heard[0].lower(), c.heard)
    expect(c.speech == ["started", "stopped"], c.speech)
    expect(answer.text and answer.seconds > 0.3, answer.text, answer.seconds)
    texts = c.texts()
    expect(len(texts) == 2 and "forward" in texts[0].lower(), texts)
    expect(texts[1] == answer.text, texts)


async def push_to_talk(c):
    c.session.push_audio(rtc.AudioFrame(silence(200), RATE, 1, RATE // 5))
    c.session.clear_audio()
    await c.speak(speech())
    c.session.commit_audio()
    answer = await c.reply()
    await c.transcribed.wait()
    expect("forward" in c.heard[0].lower(), c.heard)
    expect(answer.text and answer.seconds > 0.3, answer.text, answer.seconds)


async def barge_in(c):
    await c.say("Tell me a story of a thousand words.")
    generation = await c.session.generate_reply()
    told = Answer()
    reading = asyncio.create_task(told.read(generation))
    await told.begun.wait()
    speaking = asyncio.create_task(c.speak(speech() + silence(5000)))
    await c.started.wait()
    # as the framework does when it is spoken over
    c.session.interrupt()
    await reading
    [story] = told.message_ids
    c.session.truncate(message_id=story, modalities=["audio", "text"], audio_end_ms=600)
    answer = await c.own_answer()
    await speaking
    expect(answer.text and answer.seconds > 0, answer.text)
    # nothing of it had been played: the framework deletes it
    generation = await c.session.generate_reply(instructions="Tell me a story of a thousand words.")
    unheard = Answer()
    reading = asyncio.create_task(unheard.read(generation))
    await unheard.begun.wait()
    c.session.interrupt()
    c.session.truncate(message_id=unheard.message_ids[0], modalities=["audio"], audio_end_ms=0)
    await reading
    # what is added meanwhile would be placed after what is gone
    while c.session.chat_ctx.get_by_id(unheard.message_ids[0]) is not None:
        await asyncio.sleep(0.02)
    await c.say("Say hello.")
    await c.reply()
    expect(c.session.chat_ctx.get_by_id(story) is not None, c.texts())


async def tool(c):
    await c.session.update_tools([get_weather])
    await c.say("What is the weather in Paris?")
    asked = await c.reply()
    [call] = asked.calls
    expect(call.name == "get_weather" and json.loads(call.arguments) == {"city": "Paris"}, call)
    output = llm.FunctionCallOutput(call_id=call.call_id, name=call.name, output="cloudy, 17 degrees", is_error=False)
    await c.add(output)
    answer = await c.reply()
    expect("cloudy" in answer.text, answer.text)
    kinds = [item.type for item in c.session.chat_ctx.items]
    expect(kinds == ["message", "function_call", "function_call_output", "message"], kinds)
    forced = await c.reply(tool_choice={"type": "function", "function": {"name": "get_weather"}})
    expect([call.name for call in forced.calls] == ["get_weather"], forced.calls)


async def context(c):
    a, b, d = (llm.ChatMessage(role="user", content=[text]) for text in ("My favourite colour is green.", "I like tea.", "Hm."))
    answered = llm.ChatMessage(role="assistant", content=["A fine colour."])
    ruled = llm.ChatMessage(role="system", content=["Be brief."])
    await c.session.update_chat_ctx(llm.ChatContext([a, b, d]))
    await c.session.update_chat_ctx(llm.ChatContext([ruled, a, answered, d]))
    ids = [item.id for item in c.session.chat_ctx.items]
    expect(ids == [ruled.id, a.id, answered.id, d.id], ids)
    # the same item with another text: deleted and created under its own id
    changed = d.model_copy(update={"content": ["What is my favourite colour?"]})
    await c.session.update_chat_ctx(llm.ChatContext([ruled, a, answered, changed]))
    expect(c.texts() == ["Be brief.", "My favourite colour is green.", "A fine colour.", "What is my favourite colour?"], c.texts())
    answer = await c.reply()
    expect("green" in answer.text, answer.text)
    await c.session.update_chat_ctx(llm.ChatContext([]))
    expect(c.session.chat_ctx.items == [], c.texts())


async def reconnect(c):
    anew = asyncio.Event()
    c.session.on("session_reconnected", lambda _: anew.set())
    await c.session.update_tools([get_weather])
    await c.say("What is the weather in Paris?")
    [call] = (await c.reply()).calls
    await c.add(llm.FunctionCallOutput(call_id=call.call_id, name=call.name, output="cloudy", is_error=False))
    await c.reply()
    before = [item.id for item in c.session.chat_ctx.items]
    await anew.wait()
    # the plugin has the context only when the new connection has given it back
    while [item.id for item in c.session.chat_ctx.items] != before:
        await asyncio.sleep(0.02)
    await c.say("What is seven plus five?")
    answer = await c.reply()
    expect("12" in answer.text or "twelve" in answer.text.lower(), answer.text)
    after = [item.id for item in c.session.chat_ctx.items]
    expect(after[:4] == before and len(after) == 6, before, after)


SCENARIOS = {f.__name__: f for f in (text, semantic_vad, push_to_talk, barge_in, tool, context, reconnect)}
OPTIONS = {"push_to_talk": {"turn_detection": None}, "reconnect": {"max_session_duration": 6}}


async def main(scenario):
    warnings = Warnings()
    logging.getLogger().addHandler(warnings)
    async with aiohttp.ClientSession() as http:
        model = openai.realtime.RealtimeModel(
            base_url=os.environ["OPENAI_BASE_URL"],
            api_key=os.environ["OPENAI_API_KEY"],
            http_session=http,
            **OPTIONS.get(scenario, {}),
        )
        session = model.session()
        failed = asyncio.get_running_loop().create_future()
        session.on("error", lambda event: failed.done() or failed.set_exception(event.error))
        acting = asyncio.create_task(SCENARIOS[scenario](Conversation(session)))
        done, _ = await asyncio.wait({acting, failed}, timeout=WAIT_S, return_when=asyncio.FIRST_COMPLETED)
        if not done:
            raise TimeoutError(f"after {warnings.said}")
        for task in done:
            task.result()
        failed.cancel()
        await session.aclose()
    print(json.dumps({"warnings": warnings.said}), flush=True)


asyncio.run(main(sys.argv[1]))
