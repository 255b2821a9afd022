// Node's share of `cargo xtask bench --peers`: reads `DOCUMENT<tab>TIMES`, answers `WAY<tab>NANOSECONDS` for each way, then an
// empty line.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";

const [installed, folder] = process.argv.slice(2);
const require = createRequire(join(installed, "package.json"));
const Ajv = require("ajv/dist/2020").default;
const addFormats = require("ajv-formats").default;

const schema = JSON.parse(readFileSync(join(folder, "schema.json"), "utf8"));
// The schema has annotations of its own, `x-bt`, which a strict Ajv does not take.
const compiled = (allErrors) => addFormats(new Ajv({ allErrors, strict: false })).compile(schema);
const [first, all] = [compiled(false), compiled(true)];
const ways = [
  ["JSON.parse", (text) => JSON.parse(text)],
  ["JSON.parse + Ajv, first fault", (text) => first(JSON.parse(text))],
  ["JSON.parse + Ajv, all faults", (text) => all(JSON.parse(text))],
];

for await (const line of createInterface({ input: process.stdin })) {
  const [document, times] = line.split("\t");
  const text = readFileSync(join(folder, document), "utf8");
  for (const [name, run] of ways) {
    const begun = process.hrtime.bigint();
    for (let time = 0; time < Number(times); time++) run(text);
    console.log(`${name}\t${(process.hrtime.bigint() - begun) / BigInt(times)}`);
  }
  console.log("");
}
