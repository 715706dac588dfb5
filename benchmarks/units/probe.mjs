// The same as probe.py for a JavaScript library: load it, put the questions, take the time.
import { readFileSync } from "node:fs";

const AT_LEAST_MS = 200;
const ROUNDS = 5;

const resident = () => process.memoryUsage().rss / 2 ** 20;

function answer(ask, ...question) {
  try {
    return ask(...question) ?? null;
  } catch {
    return null;
  }
}

function eachNew(library, pairs) {
  const began = performance.now();
  for (const pair of pairs) answer(library.lookUp, ...pair);
  return ((performance.now() - began) / pairs.length) * 1000;
}

function known(library, unit, wanted) {
  let times = 1;
  let least = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    for (;;) {
      const began = performance.now();
      for (let i = 0; i < times; i++) library.lookUp(unit, wanted);
      const took = performance.now() - began;
      if (took >= AT_LEAST_MS / ROUNDS) {
        least = Math.min(least, took / times);
        break;
      }
      times *= 4;
    }
  }
  return least * 1000;
}

export async function probe(load) {
  const asked = JSON.parse(readFileSync(0, "utf8"));
  const before = resident();
  const began = performance.now();
  const library = await load(process.argv[2]);
  const loaded = performance.now() - began;
  const answers = {
    version: library.version,
    load_ms: loaded,
    memory_mib: resident() - before,
    validation: asked.validation.map((text) => answer(library.isUnit, text) === true),
    conversion: asked.conversion.map((question) => answer(library.convert, ...question)),
    safe: asked.safe.map((pair) => answer(library.convert, 1, ...pair)),
    mass: asked.mass.map((question) => answer(library.weigh, ...question)),
    new_us: eachNew(library, asked.new),
    known_us: known(library, ...asked.known),
    worst_ms: Math.max(...asked.worst.map((text) => eachNew(library, [[text, "ng/dL"]]))) / 1000,
  };
  process.stdout.write(JSON.stringify(answers));
}
