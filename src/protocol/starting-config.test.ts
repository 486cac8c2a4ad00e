import { expect, it } from "vitest";
import { defaultSessionConfig } from "./session-config.ts";
import { startingConfig } from "./starting-config.ts";

const config = (wanted: Parameters<typeof startingConfig>[0]): unknown => {
  const starting = startingConfig(wanted);
  return starting.ok ? starting.config : starting.error;
};

it("starts from the defaults of the kind that was asked for", () => {
  for (const kind of ["realtime", "transcription"] as const)
    expect(config({ model: "m", kind })).toEqual(defaultSessionConfig("m", kind));
});

it("starts with what a secret says", () => {
  const session = { type: "realtime", model: "theirs", instructions: "be brief", tracing: "auto" };
  expect(config({ model: "", kind: "realtime", session })).toEqual({
    ...defaultSessionConfig("theirs"),
    instructions: "be brief",
  });
  expect(startingConfig({ model: "", kind: "realtime", session })).toMatchObject({
    notes: ["session.tracing has no effect"],
  });
});

it("takes the model of the request before that of the secret", () => {
  expect(config({ model: "m", kind: "realtime", session: { type: "realtime", model: "n" } })).toEqual(
    defaultSessionConfig("m"),
  );
});

it("opens the kind of session that the secret is for", () => {
  expect(config({ model: "m", kind: "realtime", session: { type: "transcription" } })).toEqual(
    defaultSessionConfig("m", "transcription"),
  );
  expect(config({ model: "m", kind: "transcription", session: { type: "realtime" } })).toEqual(
    defaultSessionConfig("m"),
  );
});

it("says what is wrong with a session", () => {
  expect(
    config({ model: "m", kind: "realtime", session: { audio: { output: { speed: 9 } } } }),
  ).toMatchObject({
    code: "invalid_value",
    param: "session.audio.output.speed",
  });
  expect(config({ model: "m", kind: "realtime", session: 7 })).toMatchObject({ param: "session" });
});
