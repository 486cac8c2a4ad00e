/** Writes docs/config.md from the schema of the configuration; with `--check` only says whether it is up to date. */
import { readFileSync, writeFileSync } from "node:fs";
import { format } from "prettier";
import { variables } from "../src/config-variables.ts";

const file = new URL("../docs/config.md", import.meta.url);

/** A list as it is written in a variable. */
const inWords = (value: unknown): string =>
  typeof value === "string" ? value : JSON.stringify(value).replaceAll(/["[\]]/g, "");

function row([name, schema]: [string, (typeof variables.shape)[keyof typeof variables.shape]]): string {
  const worked = schema.meta()?.["shownDefault"];
  const given = schema.def.type === "default" ? schema.def.defaultValue : undefined;
  const shown = given === undefined ? "" : `\`${inWords(given)}\``;
  return `| \`${name}\` | ${typeof worked === "string" ? worked : shown} | ${schema.description ?? ""} |`;
}

const markdown = `# Configuration

Everything has a default: with nothing set the server runs whole on one machine. An empty variable counts as not set.
Lists are comma-separated. All faults are reported at start, in one message, and a \`PARLEY_\` variable that is not
in this table is one of them.

This page is made by \`scripts/config-doc.ts\` from \`src/config-variables.ts\`: change it there.

Who may ask: \`/health\` and \`/ready\` anyone, \`/metrics\` this machine without a key and others with it, all else with
the key. A proxy on this machine must send \`X-Forwarded-For\` or \`Forwarded\`, or keep \`/metrics\` to itself.

| Variable | Default | Meaning |
| --- | --- | --- |
${Object.entries(variables.shape).map(row).join("\n")}
`;

const wanted = await format(markdown, { parser: "markdown", printWidth: 110 });
if (!process.argv.includes("--check")) {
  writeFileSync(file, wanted);
} else if (readFileSync(file, "utf8") !== wanted) {
  console.error(
    "docs/config.md is not what src/config-variables.ts says: run node --import tsx scripts/config-doc.ts",
  );
  process.exitCode = 1;
}
