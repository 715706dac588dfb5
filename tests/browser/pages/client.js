// A CDS Hooks client that lives in a browser, on another origin than the service, as a SMART app or the CDS Hooks
// sandbox does: it signs its own tokens, and shows what it is answered. Tests call `window.ehr`.
import { marked } from '/node_modules/marked/lib/marked.esm.js';

const encoder = new TextEncoder();
const base64url = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

async function sign({ jwk, issuer, algorithm }, audience) {
  const curve = { name: 'ECDSA', namedCurve: jwk.crv };
  const key = await crypto.subtle.importKey('jwk', jwk, curve, false, ['sign']);
  const now = Math.round(Date.now() / 1000);  // up to half a second in the future, as the sandbox has it
  const header = { alg: algorithm, typ: 'JWT', kid: jwk.kid };
  const claims = { iss: issuer, aud: audience, iat: now, exp: now + 300, jti: crypto.randomUUID() };
  const signed = [header, claims].map((part) => base64url(encoder.encode(JSON.stringify(part)))).join('.');
  const signature = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-384' }, key, encoder.encode(signed));
  return `${signed}.${base64url(signature)}`;
}

// What a page can read of an answer; where CORS forbids it, fetch throws.
async function ask(url, { method = 'GET', body, headers = {}, identity } = {}) {
  const authorization = identity ? { Authorization: `Bearer ${await sign(identity, url)}` } : {};
  const content = body === undefined ? {} : { 'Content-Type': 'application/json' };
  const answer = await fetch(url, {
    method,
    headers: { ...content, ...authorization, ...headers },
    body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await answer.text();
  const json = answer.headers.get('content-type')?.includes('json') ? JSON.parse(text) : null;
  const told = Object.fromEntries(answer.headers);
  return { status: answer.status, json, headers: told };
}

// Cards as a careless client shows them: Markdown, with raw HTML let through.
function show(cards) {
  document.getElementById('cards').innerHTML = cards
    .map((card) => `<article><h2></h2>${marked.parse(card.detail ?? '')}</article>`)
    .join('');
  document.querySelectorAll('article > h2').forEach((title, place) => (title.textContent = cards[place].summary));
}

window.ehr = { ask, show, uuid: () => crypto.randomUUID() };
document.body.dataset.ready = 'yes';
