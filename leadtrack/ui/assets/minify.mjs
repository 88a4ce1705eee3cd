// Minifies the snippet once for each set of parts: node minify.mjs SNIPPET OUTPUT, beside node_modules.
import { readFileSync, writeFileSync } from "node:fs";
import { minify } from "terser";

const [source, output] = process.argv.slice(2);
// One word instead of two packs better, and nothing asks for the difference.
const code = readFileSync(source, "utf8").replace(/\bconst\b/g, "let");
const PARTS = ["CODE", "CONSENT", "CROSS", "FILL", "GOALS", "NUMBERS"];
const NAMES = ["API", "SITE", ...PARTS];

const built = async (names) => {
  const global_defs = Object.fromEntries(NAMES.map((name) => [name, names.includes(name)]));
  // What was smallest, gzipped, of all that keeps its meaning.
  const compress = { passes: 4, global_defs, unsafe_arrows: true, pure_getters: true, lhs_constants: false };
  const options = { ecma: 2020, toplevel: true, compress };
  return (await minify(code, options)).code;
};

// "core" is what the plain script would be without its interface for the page: only measured.
const variants = { core: await built([]), plain: await built(["API"]) };
for (let set = 0; set < 2 ** PARTS.length; set++) {
  const parts = PARTS.filter((_, place) => (set >> place) & 1);
  variants[parts.join(" ")] = await built(["API", "SITE", ...parts]);
}
writeFileSync(output, JSON.stringify(variants));
