// An EHR for tests: npm's oidc-provider as its SMART on FHIR authorization server, and a FHIR server behind its tokens.
// Arguments: port, client id, client secret ("" for a public client), redirect URI, base URL and token of the FHIR server
// that has the charts. Anyone signs in; without a launch, the name is the patient they choose. The patient of a launch,
// and what the card told the app, are in the launch itself. GET /chart?app=… is the EHR's page: a link, or with
// &frame=1 a frame, that opens the app.
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const [port, id, secret, redirect, charts, chartsToken] = process.argv.slice(2);
const here = `http://127.0.0.1:${port}`, iss = `${here}/fhir`;
const client = {
  client_id: id,
  redirect_uris: [redirect],
  grant_types: ['authorization_code'],
  response_types: ['code'],
  ...(secret ? { client_secret: secret } : { token_endpoint_auth_method: 'none' }),
};
const provider = new Provider(here, {
  clients: [client],
  scopes: ['openid', 'launch', 'launch/patient', 'patient/*.rs'],
  extraParams: ['launch', 'aud'],
  pkce: { required: () => true },
  cookies: { keys: ['for tests only'] },
  findAccount: async (_, name) => ({ accountId: name, claims: () => ({ sub: name }) }),
});
const asked = new Map(); // by code: the launch, or who signed in
provider.on('authorization.success', (ctx, out) => {
  if (ctx.oidc.params.aud !== iss) throw new Error('aud');
  const told = ctx.oidc.params.launch && JSON.parse(Buffer.from(ctx.oidc.params.launch, 'base64url').toString());
  asked.set(out.code, told || { patient: ctx.oidc.account.accountId });
});
provider.use(async (ctx, next) => {
  await next();
  if (ctx.path === '/token' && ctx.body?.access_token) {
    const { patient, appContext } = asked.get(ctx.oidc.body.code);
    ctx.body = { ...ctx.body, scope: 'launch patient/*.rs', patient, need_patient_banner: true, ...(appContext ? { appContext } : {}) };
  }
});
const configuration = {
  issuer: here,
  authorization_endpoint: `${here}/auth`,
  token_endpoint: `${here}/token`,
  grant_types_supported: ['authorization_code'],
  code_challenge_methods_supported: ['S256'],
  authorization_response_iss_parameter_supported: true,
  capabilities: ['launch-ehr', 'launch-standalone', 'client-public', 'client-confidential-symmetric', 'context-ehr-patient', 'context-standalone-patient', 'permission-patient', 'permission-v2'],
};

async function fhir(request, response, path) {
  const token = (request.headers.authorization ?? '').replace(/^Bearer /, '');
  if (!(await provider.AccessToken.find(token))) return response.writeHead(401).end('{}');
  const answer = await fetch(charts + path, { headers: { Authorization: `Bearer ${chartsToken}` } });
  const text = (await answer.text()).replaceAll(charts, iss);
  return response.writeHead(answer.status, { 'Content-Type': 'application/fhir+json' }).end(text);
}

function chart(url, response) {
  const app = `${url.searchParams.get('app')}/launch?${new URLSearchParams({ iss, launch: url.searchParams.get('launch') })}`;
  const safe = app.replaceAll('&', '&amp;');
  const shown = url.searchParams.has('frame') ? `<iframe src="${safe}" width="400" height="900" title="app"></iframe>` : `<a href="${safe}">Timeline</a>`;
  response.writeHead(200, { 'Content-Type': 'text/html' }).end(`<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>EHR</title><main>${shown}</main>`);
}

const oidc = provider.callback();
createServer((request, response) => {
  const url = new URL(request.url, here);
  if (url.pathname === '/fhir/.well-known/smart-configuration') return response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(configuration));
  if (url.pathname.startsWith('/fhir/')) return fhir(request, response, request.url.slice('/fhir'.length));
  if (url.pathname === '/chart') return chart(url, response);
  return oidc(request, response);
}).listen(Number(port), '127.0.0.1', () => console.log('ready'));
