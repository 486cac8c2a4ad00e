/** Input audio, bytes per ms. */
export const PCM_BYTES_PER_MS = 48;
export const G711_BYTES_PER_MS = 8;
