import { z } from "zod";
import { realtimeError } from "../realtime-error.ts";
import { maxOutputTokensSchema, modalitiesAliasSchema, voiceSchema } from "../settings.ts";
import { validate } from "../validation.ts";
import type { Outcome } from "../validation.ts";
import { refuseGaKeys } from "./ga-keys.ts";
import { betaFormatSchema, formatFromBeta, present, sessionFromBeta, toolsFromBeta } from "./session.ts";

type Fields = Readonly<Record<string, unknown>>;

const responseSchema = z.looseObject({
  modalities: modalitiesAliasSchema.nullish(),
  voice: voiceSchema.nullish(),
  output_audio_format: betaFormatSchema.nullish(),
  max_response_output_tokens: maxOutputTokensSchema.nullish(),
});

/** Temperature, too, may be there: it has no effect. */
function responseFromBeta(response: unknown, eventId: string | null): Outcome<unknown> {
  if (response === undefined || response === null) return { ok: true, value: response };
  const checked = validate(responseSchema, response, "response", eventId);
  if (!checked.ok) return checked;
  const refused = refuseGaKeys(checked.value, "response", eventId);
  if (refused !== undefined) return refused;
  const {
    voice,
    output_audio_format: format,
    max_response_output_tokens: limit,
    tools,
    ...same
  } = response as Fields & z.infer<typeof responseSchema>;
  const output = { format: format && formatFromBeta(format), voice };
  return {
    ok: true,
    value: present({
      ...same,
      audio: { output },
      max_output_tokens: limit ?? same["max_output_tokens"],
      tools: toolsFromBeta(tools),
    }),
  };
}

/** The GA event that says what a beta event says; events that are the same in both pass as they are. */
export function translateBetaEvent(fields: Fields, eventId: string | null): Outcome<Fields> {
  switch (fields["type"]) {
    case "session.update":
    case "transcription_session.update": {
      if (fields["session"] === undefined)
        return { ok: false, error: realtimeError.missingParameter("session", eventId) };
      const kind = fields["type"] === "session.update" ? "realtime" : "transcription";
      const session = sessionFromBeta(fields["session"], kind, eventId);
      return session.ok
        ? { ok: true, value: { ...fields, type: "session.update", session: session.value } }
        : session;
    }
    case "response.create": {
      const response = responseFromBeta(fields["response"], eventId);
      return response.ok ? { ok: true, value: { ...fields, response: response.value } } : response;
    }
    default:
      return { ok: true, value: fields };
  }
}
