import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const root = new URL("..", import.meta.url);
const folder = fileURLToPath(root);

/** All files of the project by path from its root: what git would commit, or, in a copy without git, what is there. */
function projectFiles(): string[] {
  try {
    const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
      cwd: folder,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    return listed.split("\0").filter((path) => path !== "");
  } catch {
    const foreign = /^(?:node_modules|dist|coverage|data|\.git)(?:\/|$)/;
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(folder, `${entry.parentPath}/${entry.name}`))
      .filter((path) => !foreign.test(path));
  }
}

/** Path → text; files with a zero byte (recordings) and files deleted but not yet committed are left out. */
const texts = new Map(
  projectFiles().flatMap((path) => {
    try {
      const text = readFileSync(new URL(path, root), "utf8");
      return text.includes("\0") ? [] : [[path, text] as const];
    } catch {
      return [];
    }
  }),
);
const matching = (pattern: RegExp) => [...texts].filter(([path]) => pattern.test(path));
const production = matching(/^src\/.*(?<!\.test)\.ts$/);

/** Comments as blank space: a comment may name what the code may not call. Lines keep their numbers. */
const withoutComments = (text: string): string =>
  text
    .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, " "))
    .replace(/(^|\s)\/\/.*$/gm, "$1");

/** `path:line: what`, once for each line of `text` that matches. */
const offenders = (path: string, text: string, pattern: RegExp, what: string): string[] =>
  text.split("\n").flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}: ${what}`] : []));

it("looks at a project that is there", () => {
  expect(production.length).toBeGreaterThan(80);
});

const ruleId = /\[([A-Z]{2,}-\d+)\]/g;
/** `- **TURN-3** text`, `### TURN-3 title` or `| TURN-3 | text |`. */
const definition = /^\s*(?:[-*]|#+|\|)\s+\**\[?([A-Z]{2,}-\d+)\b/gm;

const defined = () =>
  [...readFileSync(new URL("docs/SPEC.md", root), "utf8").matchAll(definition)].map(([, id]) => String(id));

/** Rule id → the first place whose test name cites it. Names are strings: ids in comments do not count. */
function cited(): Map<string, string> {
  const places = new Map<string, string>();
  for (const [path, text] of matching(/^(?:src\/.*\.test|test\/.*)\.ts$/)) {
    withoutComments(text)
      .split("\n")
      .forEach((line, index) => {
        const name = /["'`].*/.exec(line)?.[0] ?? "";
        for (const [, id] of name.matchAll(ruleId)) {
          if (id !== undefined && !places.has(id)) places.set(id, `${path}:${index + 1}`);
        }
      });
  }
  return places;
}

it("cites only rules that docs/SPEC.md has", () => {
  const known = new Set(defined());
  expect([...cited()].filter(([id]) => !known.has(id)).map(([id, place]) => `${place}: ${id}`)).toEqual([]);
});

it("has a test for each rule of docs/SPEC.md, and each id once", () => {
  const ids = defined();
  const tested = cited();
  expect(ids.length).toBeGreaterThan(0);
  expect(ids.filter((id) => !tested.has(id))).toEqual([]);
  expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
});

/** What production code may not call, what to use instead, and the files that are that replacement. */
const banned = [
  {
    call: /\bDate\.now\b|\bperformance\.(?:now|timeOrigin)\b|\bnew Date\(\)|\bprocess\.hrtime\b/,
    use: "Clock of src/lib/clock.ts",
    except: /^src\/lib\/clock\.ts$/,
  },
  {
    call: /\bMath\.random\b|\brandom(?:UUID|Bytes|Int|Fill(?:Sync)?)\b|\bgetRandomValues\b/,
    use: "src/lib/ids.ts, or injected randomness",
    except: /^src\/(?:lib\/ids|gateway\/api-key)\.ts$/,
  },
  { call: /\bprocess\.env\b/, use: "loadConfig of src/config.ts", except: /^src\/config\.ts$/ },
  {
    call: /\bconsole\.|\bprocess\.std(?:out|err)\.write\b/,
    use: "the logger of src/telemetry/logs.ts",
    except: /^src\/(?:(?:cli|[^/]+-command)\.ts$|talk\/)/,
  },
];

it.each(banned)("calls nothing for which there is $use", ({ call, use, except }) => {
  const found = production
    .filter(([path]) => !except.test(path))
    .flatMap(([path, text]) => offenders(path, withoutComments(text), call, `use ${use}`));
  expect(found).toEqual([]);
});

it("names no folder of one machine", () => {
  // A path of the file system, not the end of an address or of a relative path; containers
  // have /home/node, and examples are of "me".
  const machinePath = /(?<![\w.~}/-])\/(?:work|root|tmp|(?:Users|home)(?!\/(?:me|node)\b))\/[\w.-]/;
  expect(
    [...texts].flatMap(([path, text]) => offenders(path, text, machinePath, "a machine's path")),
  ).toEqual([]);
});
