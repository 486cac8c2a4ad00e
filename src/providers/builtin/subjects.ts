import { hashOf, plain } from "./words.ts";

interface Subject {
  /** Words that name it, singular, lower case. */
  readonly names: readonly string[];
  /** The first sentence alone is the short answer. */
  readonly text: string;
}

/** A handful of texts of our own: enough to have something to say, not an encyclopaedia. */
const subjects: readonly Subject[] = [
  {
    names: ["parley"],
    text: "Parley is a server for voice agents: it listens, works out what was said, and answers aloud. A client connects over a WebSocket and sends audio. Each conversation is looked after by an actor of its own, which hands recognition, language and speech to pools of workers. When you speak while it answers, it stops and listens. It runs whole on one machine with nothing configured, or spread over many.",
  },
  {
    names: ["websocket"],
    text: "A WebSocket is a connection between a client and a server over which both can send messages at any time. It begins as an ordinary web request and is then kept open. That makes it a good fit for conversation, where neither side knows who will speak next.",
  },
  {
    names: ["actor", "actor model"],
    text: "An actor is a part of a program that keeps its state to itself and talks to others only by messages. It handles one message at a time, so its state is never changed from two sides at once. When it fails, a supervisor decides whether to start it again. Many small actors together can look after many conversations.",
  },
  {
    names: ["speech recognition", "recognition"],
    text: "Speech recognition turns the sound of a voice into written words. The sound is cut into short pieces, and a model finds the words that fit them best. Noise, accents and rare names make it harder.",
  },
  {
    names: ["sea", "ocean"],
    text: "The sea covers about seven tenths of the Earth and holds nearly all of its water. The moon pulls it up and down twice a day as tides. Its waves are mostly made by wind. Sound travels through it more than four times as fast as through air.",
  },
  {
    names: ["moon"],
    text: "The moon goes around the Earth in a little over twenty-seven days and always shows it the same side. It gives no light of its own: what we see is sunlight. It has no air, so its sky is black even by day. Its pull makes the tides.",
  },
  {
    names: ["rain"],
    text: "Rain is water that rose as vapour, cooled into droplets, and grew too heavy for the air to hold. Small drops are round like balls, not shaped like tears. A cloud can weigh hundreds of tons and still float, because its droplets are so small.",
  },
  {
    names: ["bread"],
    text: "Bread is flour and water that were given time and heat. Yeast eats some of the sugar in the flour and makes bubbles, which the dough holds. In the oven the bubbles grow, the crust browns, and the kitchen smells of it.",
  },
  {
    names: ["tree", "forest"],
    text: "A tree lifts water from its roots to its leaves without a pump, sometimes higher than a church tower. Every year it adds a ring of wood under its bark. Its leaves make sugar from light, water and air, and give off oxygen.",
  },
  {
    names: ["music"],
    text: "Music is sound that was put in order so that people enjoy the order. A string that is half as long sounds an octave higher. Rhythm came first, perhaps, since hands and feet were always there.",
  },
  {
    names: ["bee", "honey"],
    text: "Bees live in large families and tell each other by a dance where the flowers are. A bee visits thousands of flowers for a teaspoon of honey. Much of the fruit that we eat depends on their visits.",
  },
];

const about =
  /\b(?:about|what(?:'s| is| are)|what do you know of|explain|describe|define|introduce)(?: (?:a|an|the|some))? (.+)$/;

/** The text on the subject that was asked for. */
export function answerSubject(text: string): string | undefined {
  const words = plain(text);
  if (/\bsomething(?: interesting| about anything| nice| new)?$/.test(words) && /\btell me\b/.test(words)) {
    return subjects[hashOf(words) % subjects.length]?.text;
  }
  const asked = ` ${about.exec(words)?.[1] ?? ""} `;
  if (asked.trim() === "") return undefined;
  const found = subjects.find(({ names }) =>
    names.some((name) => asked.includes(` ${name} `) || asked.includes(` ${name}s `)),
  );
  return found?.text;
}
