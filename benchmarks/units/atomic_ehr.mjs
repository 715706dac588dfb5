// @atomic-ehr/ucum.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { probe } from "./probe.mjs";

await probe(async (modules) => {
  const folder = modules + "/node_modules/@atomic-ehr/ucum";
  const { ucum } = await import(pathToFileURL(folder + "/dist/index.js"));
  const convert = (value, source, target) => ucum.convert(value, source, target);
  return {
    version: JSON.parse(readFileSync(folder + "/package.json", "utf8")).version,
    isUnit: (text) => ucum.validate(text).valid,
    convert,
    weigh: (analyte, molar, source, target) => convert(1, source, target),
    lookUp: (unit, wanted) => convert(1, unit, wanted),
  };
});
