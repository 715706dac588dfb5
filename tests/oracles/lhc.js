// NLM's UCUM library as an oracle. Each line of input is a JSON list: for [from, to] the answer is how many `to` one
// `from` is, or null when it refuses; for a string it is whether that is a unit. Each line of output answers one line.
"use strict";
const { UcumLhcUtils } = require("@lhncbc/ucum-lhc");
const ucum = UcumLhcUtils.getInstance();

function answer([from, to]) {
  try {
    const found = ucum.convertUnitTo(from, 1, to);
    return found.status === "succeeded" ? found.toVal : null;
  } catch {
    return null;
  }
}

function isUnit(text) {
  try {
    return ucum.validateUnitString(text).status === "valid";
  } catch {
    return false;
  }
}

require("readline")
  .createInterface({ input: process.stdin })
  .on("line", (line) => {
    const answers = JSON.parse(line).map((asked) => (Array.isArray(asked) ? answer(asked) : isUnit(asked)));
    process.stdout.write(JSON.stringify(answers) + "\n");
  });
