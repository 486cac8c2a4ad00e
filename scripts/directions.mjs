/** Holds the tree to the directions of `.dependency-cruiser.mjs`. */
import { existsSync } from "node:fs";
import { cruise } from "dependency-cruiser";
import extractOptions from "dependency-cruiser/config-utl/extract-depcruise-options";
import extractTsConfig from "dependency-cruiser/config-utl/extract-ts-config";
import { layers, tests } from "../.dependency-cruiser.mjs";

/** Below this many modules of `src` the cruise went wrong: it calls an empty tree a success. */
const modulesMin = 80;

const folders = ["src", "test", "bench", "examples"].filter((folder) => existsSync(folder));
const { output } = await cruise(
  folders,
  await extractOptions("./.dependency-cruiser.mjs"),
  {},
  { tsConfig: extractTsConfig("tsconfig.json") },
);
const { modules, summary } = output;
const ours = modules.map(({ source }) => source).filter((source) => /^src\/.*\.ts$/.test(source));
const homeless = ours.filter(
  (source) =>
    !new RegExp(tests).test(source) &&
    Object.values(layers).filter(({ path }) => new RegExp(path).test(source)).length !== 1,
);

const faults = [
  ...summary.violations.map(({ rule, from, to, cycle }) => {
    const way = cycle === undefined ? to : cycle.map(({ name }) => name).join(" → ");
    return `${rule.name}: ${from} → ${way}`;
  }),
  ...homeless.map((source) => `one-layer: ${source} belongs to no layer, or to several`),
];
if (ours.length < modulesMin)
  faults.push(`looked at ${ours.length} modules of src, fewer than ${modulesMin}`);

console.log(
  `${ours.length} modules of src, ${summary.totalDependenciesCruised} imports, ${faults.length} faults`,
);
for (const fault of faults) console.log(`  ${fault}`);
if (faults.length > 0) process.exitCode = 1;
