/** The `error` object of an error event, in its wire shape. Messages never repeat what a client said or sent, only
 *  names, paths, ids and limits. */
export interface RealtimeError {
  readonly type: "invalid_request_error" | "server_error" | "rate_limit_error" | "authentication_error";
  /** Stable, for programs. */
  readonly code: string;
  readonly message: string;
  /** Dotted path of the field that is wrong, e.g. `session.tools[3].description`. */
  readonly param: string | null;
  /** `event_id` of the client event that caused it. */
  readonly event_id: string | null;
}

/** Paths and ids come from clients: this bounds what an error repeats of them. */
const quotedCharsMax = 128;

const clip = (text: string): string =>
  text.length <= quotedCharsMax ? text : `${text.slice(0, quotedCharsMax)}…`;

const invalid = (
  code: string,
  message: string,
  param: string | null,
  eventId: string | null,
): RealtimeError => ({
  type: "invalid_request_error",
  code,
  message,
  param: param === null ? null : clip(param),
  event_id: eventId,
});

const noSuchItem = (
  verb: "retrieve" | "delete" | "truncate",
  gerund: string,
  itemId: string,
  eventId: string | null,
): RealtimeError =>
  invalid(
    `item_${verb}_invalid_item_id`,
    `Error ${gerund} item: the item with id '${clip(itemId)}' does not exist.`,
    "item_id",
    eventId,
  );

/** Every error that a client can meet. Clients match codes and the beginnings of some messages, so both are part of
 *  the protocol: change neither. */
export const realtimeError = {
  /** The frame holds no JSON object, or one too deep, large or intricate to read. */
  invalidJson: (message: string): RealtimeError => invalid("invalid_json", message, null, null),

  invalidValue: (param: string, message: string, eventId: string | null): RealtimeError =>
    invalid("invalid_value", message, param, eventId),

  missingParameter: (param: string, eventId: string | null): RealtimeError =>
    invalid("missing_required_parameter", `Missing required parameter: '${clip(param)}'.`, param, eventId),

  stringTooLong: (param: string, charsMax: number, eventId: string | null): RealtimeError =>
    invalid(
      "string_above_max_length",
      `Invalid '${clip(param)}': string too long. Expected a string with maximum length ${charsMax}.`,
      param,
      eventId,
    ),

  /** In-band `response.create` while the in-band response `responseId` is in progress. */
  activeResponse: (responseId: string, eventId: string | null): RealtimeError =>
    invalid(
      "conversation_already_has_active_response",
      `Conversation already has an active response in progress: ${clip(responseId)}. Wait until the response is finished before creating a new one.`,
      null,
      eventId,
    ),

  cancelNotActive: (eventId: string | null): RealtimeError =>
    invalid("response_cancel_not_active", "Cancellation failed: no active response found", null, eventId),

  commitEmpty: (bufferedMs: number, eventId: string | null): RealtimeError =>
    invalid(
      "input_audio_buffer_commit_empty",
      `Error committing input audio buffer: buffer too small. Expected at least 100ms of audio, but buffer only has ${bufferedMs.toFixed(2)}ms of audio.`,
      null,
      eventId,
    ),

  cannotRetrieve: (itemId: string, eventId: string | null): RealtimeError =>
    noSuchItem("retrieve", "retrieving", itemId, eventId),

  cannotDelete: (itemId: string, eventId: string | null): RealtimeError =>
    noSuchItem("delete", "deleting", itemId, eventId),

  cannotTruncate: (itemId: string, eventId: string | null): RealtimeError =>
    noSuchItem("truncate", "truncating", itemId, eventId),

  /** The item (or its part) exists, but is no audio of the assistant. */
  truncateNotAudio: (param: "item_id" | "content_index", eventId: string | null): RealtimeError =>
    invalid("invalid_value", "Only audio of the assistant can be truncated.", param, eventId),

  truncateBeyondAudio: (audioMs: number, audioEndMs: number, eventId: string | null): RealtimeError =>
    invalid(
      "invalid_value",
      `Audio content of ${audioMs}ms is already shorter than ${audioEndMs}ms`,
      "audio_end_ms",
      eventId,
    ),

  unknownPreviousItem: (itemId: string, eventId: string | null): RealtimeError =>
    invalid(
      "item_create_invalid_previous_item_id",
      `Error creating item: the previous item with id '${clip(itemId)}' does not exist.`,
      "previous_item_id",
      eventId,
    ),

  unknownCall: (callId: string, eventId: string | null): RealtimeError =>
    invalid(
      "invalid_tool_call_id",
      `Error creating item: no tool call with call_id '${clip(callId)}' in this conversation.`,
      "item.call_id",
      eventId,
    ),

  duplicateItem: (itemId: string, eventId: string | null): RealtimeError =>
    invalid(
      "item_create_duplicate_item_id",
      `Error creating item: an item with id '${clip(itemId)}' already exists.`,
      "item.id",
      eventId,
    ),

  conversationFull: (eventId: string | null): RealtimeError => ({
    type: "server_error",
    code: "conversation_full",
    message: "The conversation holds as much as it can: delete items.",
    param: null,
    event_id: eventId,
  }),

  /** An `item_reference` to an item that is not in the conversation. `param` as in `response.input[2].id`. */
  unknownReference: (itemId: string, param: string, eventId: string | null): RealtimeError =>
    invalid("invalid_value", `The item with id '${clip(itemId)}' does not exist.`, param, eventId),

  /** @param param the part, as in `item.content[1]` */
  imagesNotTaken: (param: string, eventId: string | null): RealtimeError =>
    invalid(
      "image_input_not_supported",
      "The language model of this server takes no images.",
      param,
      eventId,
    ),

  /** A response whose context is more than the model, or a job, can take. */
  contextTooLong: (): RealtimeError =>
    invalid(
      "context_length_exceeded",
      "The conversation is longer than the model's context. Delete items, shorten the instructions or allow truncation.",
      null,
      null,
    ),

  /** The voice cannot change once the assistant has spoken. */
  voiceFixed: (eventId: string | null): RealtimeError =>
    invalid(
      "cannot_update_voice",
      "Cannot update the voice of a session once the assistant has spoken.",
      "session.audio.output.voice",
      eventId,
    ),

  /** An update that is meant for the other kind of session. */
  sessionTypeFixed: (type: string, eventId: string | null): RealtimeError =>
    invalid(
      "invalid_value",
      `Invalid value for 'session.type': this session is of type '${type}', which cannot change.`,
      "session.type",
      eventId,
    ),

  /** `response.create` where nothing is ever answered. */
  neverAnswers: (eventId: string | null): RealtimeError =>
    invalid("response_not_available", "A transcription session gives no responses.", "type", eventId),

  /** A setting of the GA dialect on a connection that asked for the beta one. */
  notInBeta: (param: string, eventId: string | null): RealtimeError =>
    invalid(
      "unknown_parameter",
      `Unknown parameter: '${clip(param)}'. This connection asked for the beta dialect, whose sessions and responses are flat.`,
      param,
      eventId,
    ),

  /** Sent just before the connection closes with 1001. */
  sessionExpired: (maxMinutes: number): RealtimeError =>
    invalid("session_expired", `Your session hit the maximum duration of ${maxMinutes} minutes.`, null, null),

  rateLimited: (message: string, eventId: string | null): RealtimeError => ({
    type: "rate_limit_error",
    code: "rate_limit_exceeded",
    message,
    param: null,
    event_id: eventId,
  }),

  /** A failure on this side. `code` is stable; `message` says what the client can do about it. */
  server: (code: string, message: string, eventId: string | null): RealtimeError => ({
    type: "server_error",
    code,
    message,
    param: null,
    event_id: eventId,
  }),
} as const;
