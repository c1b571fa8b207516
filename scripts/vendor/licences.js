// Prints name, version and licence of every package whose code is in api/static/vendor.
import { existsSync, readFileSync } from "node:fs";

const bundled = Object.keys(JSON.parse(readFileSync("bundle.json", "utf8")).inputs);
const packages = bundled.map((path) => path.match(/^node_modules\/((?:@[^/]+\/)?[^/]+)\//)?.[1]).filter(Boolean);
for (const name of [...new Set([...packages, "cytoscape"])].sort()) {
  const folder = `node_modules/${name}`;
  const { version, license } = JSON.parse(readFileSync(`${folder}/package.json`, "utf8"));
  const text = ["LICENSE", "LICENSE.md", "LICENSE.txt"].map((file) => `${folder}/${file}`).find((file) => existsSync(file));
  if (!text) throw new Error(`${name} ${version} comes without its licence`);
  console.log(`${"=".repeat(78)}\n${name} ${version} (${license})\n${"=".repeat(78)}\n${readFileSync(text, "utf8").trim()}\n`);
}
