"""One conversation with the server, by a Pipecat pipeline around its OpenAI Realtime service. At the end prints
`{"warnings": [...]}`: what Pipecat logged. Ends with status 1 at the first thing that is wrong."""

import asyncio
import json
import os
import sys
import wave

from loguru import logger
from pipecat.adapters.llm.schemas.function_schema import FunctionSchema
from pipecat.adapters.llm.schemas.tools_schema import ToolsSchema
from pipecat.frames.frames import (
    BotStoppedSpeakingFrame,
    EndFrame,
    InputAudioRawFrame,
    InterruptionFrame,
    LLMFullResponseEndFrame,
    LLMMessagesAppendFrame,
    LLMRunFrame,
    LLMTextFrame,
    TTSAudioRawFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.services.openai.realtime import events
from pipecat.services.openai.realtime.llm import OpenAIRealtimeLLMService
from pipecat.workers.runner import WorkerRunner

WAIT_S = 45  # what takes longer than this is lost
FRAME_MS = 20
RATE = 24_000


def expect(fact, *shown):
    if not fact:
        raise AssertionError(f"unexpected: {shown}")


class Heard(FrameProcessor):
    """Where an output transport would be: what the service gave, answer by answer."""

    def __init__(self):
        super().__init__()
        self.text = ""
        self.seconds = 0.0
        self.answers = asyncio.Queue()
        self.speaking = asyncio.Event()
        self.interrupted = asyncio.Event()

    async def process_frame(self, frame, direction):
        await super().process_frame(frame, direction)
        if isinstance(frame, LLMTextFrame):
            self.text += frame.text
        elif isinstance(frame, TTSAudioRawFrame):
            self.seconds += len(frame.audio) / 2 / frame.sample_rate
            self.speaking.set()
        elif isinstance(frame, InterruptionFrame):
            self.interrupted.set()
        elif isinstance(frame, LLMFullResponseEndFrame):
            if self.text or self.seconds:
                self.answers.put_nowait((self.text, self.seconds))
            self.text, self.seconds = "", 0.0
            self.speaking.clear()
        await self.push_frame(frame, direction)

    async def played(self):
        """All was played, says the transport."""
        await self.push_frame(BotStoppedSpeakingFrame(), FrameDirection.UPSTREAM)


class Conversation:
    def __init__(self, worker, llm, context, heard, items):
        self.worker = worker
        self.llm = llm
        self.context = context
        self.heard = heard
        self.items = items
        self.calls = []

    async def send(self, *frames):
        for frame in frames:
            await self.worker.queue_frame(frame)

    async def answer(self):
        text, seconds = await self.heard.answers.get()
        await self.heard.played()
        return text, seconds

    async def run(self):
        await self.send(LLMRunFrame())
        return await self.answer()

    async def say(self, text, role="user"):
        message = {"role": role, "content": text}
        # to the service and not through the user's aggregator, which would keep it to itself
        await self.llm.queue_frame(LLMMessagesAppendFrame(messages=[message], run_llm=True))
        return await self.answer()

    async def speak(self, audio):
        """In real time."""
        size = RATE * 2 * FRAME_MS // 1000
        for at in range(0, len(audio), size):
            data = audio[at : at + size].ljust(size, b"\0")
            await self.send(InputAudioRawFrame(audio=data, sample_rate=RATE, num_channels=1))
            await asyncio.sleep(FRAME_MS / 1000)

    def said(self, role):
        return [m["content"] for m in self.context.get_messages() if m.get("role") == role]

    async def until_said(self, role, word):
        """The aggregators write the context a little after the frames have passed."""
        while not any(word in text.lower() for text in self.said(role)):
            await asyncio.sleep(0.02)


def speech():
    with wave.open(os.environ["SPEECH"]) as file:
        expect(file.getframerate() == RATE and file.getnchannels() == 1)
        return file.readframes(file.getnframes())


def silence(ms):
    return bytes(RATE * 2 * ms // 1000)


async def text(c):
    text, seconds = await c.run()
    expect("hello" in text.lower() and seconds > 0.3, text, seconds)
    for role in ("user", "assistant", "developer"):
        answer, _ = await c.say("Say the word forward.", role)
        expect(answer, role)
    item = await c.llm.retrieve_conversation_item(c.items[0][1])
    expect(item.content[0].text == "Say hello.", item)
    try:
        await c.llm.retrieve_conversation_item("item_unknown")
    except Exception as error:
        expect("does not exist" in str(error), error)
    else:
        expect(False, "an unknown item was found")


async def semantic_vad(c):
    await c.run()
    await c.speak(silence(300) + speech() + silence(4500))
    text, seconds = await c.answer()
    expect(text and seconds > 0.3, text, seconds)
    await c.until_said("user", "forward")
    await c.until_said("assistant", text.lower()[:10])


async def server_vad(c):
    await semantic_vad(c)


async def push_to_talk(c):
    await c.run()
    await c.send(UserStartedSpeakingFrame(), InterruptionFrame())
    await c.speak(speech())
    await c.send(UserStoppedSpeakingFrame())
    text, seconds = await c.answer()
    expect(text and seconds > 0.3, text, seconds)


async def barge_in(c):
    await c.send(LLMRunFrame())
    await c.heard.speaking.wait()
    c.heard.interrupted.clear()
    await c.speak(speech() + silence(4500))
    told, _ = await c.answer()
    expect(c.heard.interrupted.is_set())
    story = await c.llm.retrieve_conversation_item(next(i for role, i in c.items if role == "assistant"))
    heard = story.content[0].transcript
    expect(story.status == "incomplete" and len(heard) < len(told) and told.startswith(heard), story.status, heard, told)
    text, seconds = await c.answer()
    expect(text and seconds > 0.3, text, seconds)
    await c.until_said("user", "forward")
    # by hand, as a button would, while it speaks
    story = {"role": "user", "content": "Tell me a story of a thousand words."}
    await c.llm.queue_frame(LLMMessagesAppendFrame(messages=[story], run_llm=True))
    await c.heard.speaking.wait()
    await c.send(InterruptionFrame())
    await c.answer()


async def tool(c):
    text, seconds = await c.run()
    expect(c.calls == [("get_weather", {"city": "Paris"})], c.calls)
    expect("cloudy" in text and seconds > 0.3, text, seconds)


SCENARIOS = {f.__name__: f for f in (text, semantic_vad, server_vad, push_to_talk, barge_in, tool)}
DETECTION = {"push_to_talk": False, "server_vad": events.TurnDetection()}
FIRST = {"barge_in": "Tell me a story of a thousand words.", "tool": "What is the weather in Paris?"}


def session_of(scenario):
    return events.SessionProperties(
        instructions="You are telling stories.",
        audio=events.AudioConfiguration(
            input=events.AudioInput(
                transcription=events.InputAudioTranscription(),
                turn_detection=DETECTION.get(scenario, events.SemanticTurnDetection()),
                noise_reduction=events.InputAudioNoiseReduction(type="near_field"),
            )
        ),
    )


async def main(scenario):
    warnings = []
    logger.remove()
    # of push to talk it warns that the pipeline has no detector of its own
    known = "not emitting turn frames" if scenario == "push_to_talk" else "\0"
    logger.add(
        lambda message: warnings.append(message.strip()),
        level="WARNING",
        format="{name}: {message}",
        filter=lambda record: known not in record["message"],
    )
    weather = FunctionSchema("get_weather", "Current weather in a city", {"city": {"type": "string"}}, ["city"])
    llm = OpenAIRealtimeLLMService(
        api_key=os.environ["OPENAI_API_KEY"],
        base_url=os.environ["OPENAI_BASE_URL"].replace("http", "ws", 1) + "/realtime",
        settings=OpenAIRealtimeLLMService.Settings(session_properties=session_of(scenario)),
    )
    tools = ToolsSchema(standard_tools=[weather] if scenario == "tool" else [])
    context = LLMContext([{"role": "user", "content": FIRST.get(scenario, "Say hello.")}], tools)
    pair = LLMContextAggregatorPair(context, realtime_service_mode=True)
    heard, items = Heard(), []

    async def on_item(_, item_id, item):
        items.append((item.role, item_id))

    llm.add_event_handler("on_conversation_item_created", on_item)
    params = PipelineParams(audio_in_sample_rate=RATE, audio_out_sample_rate=RATE)
    worker = PipelineWorker(Pipeline([pair.user(), llm, heard, pair.assistant()]), params=params)
    conversation = Conversation(worker, llm, context, heard, items)

    async def answer_weather(call):
        conversation.calls.append((call.function_name, call.arguments))
        await call.result_callback({"sky": "cloudy", "degrees": 17})

    llm.register_function("get_weather", answer_weather)
    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    running = asyncio.create_task(runner.run())
    try:
        await asyncio.wait_for(SCENARIOS[scenario](conversation), WAIT_S)
    except TimeoutError:
        raise TimeoutError(f"{warnings} {context.get_messages()}") from None
    finally:
        await worker.queue_frame(EndFrame())
        await asyncio.wait_for(running, WAIT_S)
    print(json.dumps({"warnings": warnings}), flush=True)


asyncio.run(main(sys.argv[1]))
