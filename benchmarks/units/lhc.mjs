// NLM's @lhncbc/ucum-lhc.
import { createRequire } from "node:module";
import { probe } from "./probe.mjs";

await probe((modules) => {
  const require = createRequire(modules + "/");
  const { UcumLhcUtils } = require("@lhncbc/ucum-lhc");
  const ucum = UcumLhcUtils.getInstance();
  const convert = (value, source, target, molar) => {
    const found = ucum.convertUnitTo(source, value, target, molar ? { molecularWeight: molar } : {});
    return found.status === "succeeded" ? found.toVal : null;
  };
  return {
    version: require("@lhncbc/ucum-lhc/package.json").version,
    isUnit: (text) => ucum.validateUnitString(text).status === "valid",
    convert,
    weigh: (analyte, molar, source, target) => convert(1, source, target, molar),
    lookUp: (unit, wanted) => convert(1, unit, wanted),
  };
});
