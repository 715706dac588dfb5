// A real OpenID provider for tests: anyone signs in under any name with any password, and is told to be in the group
// that stands before the first dash of the name ("stats-anna"). Arguments: port, client id, client secret ("" for a
// public client), redirect URI.
import Provider from 'oidc-provider';

const [port, id, secret, redirect] = process.argv.slice(2);
const client = {
  client_id: id,
  redirect_uris: [redirect],
  grant_types: ['authorization_code'],
  response_types: ['code'],
  ...(secret ? { client_secret: secret } : { token_endpoint_auth_method: 'none' }),
};
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [client],
  claims: { openid: ['sub'], profile: ['name'], email: ['email', 'email_verified'], groups: ['groups'] },
  scopes: ['openid', 'profile', 'email', 'groups'],
  pkce: { required: () => true },
  cookies: { keys: ['for tests only'] },
  async findAccount(_, name) {
    return {
      accountId: name,
      claims: () => ({
        sub: name,
        name: `Dr. ${name}`,
        email: `${name}@clinic.example`,
        email_verified: !name.startsWith('unverified'),
        groups: [name.split('-')[0], 'staff'],
      }),
    };
  },
});
provider.listen(Number(port), '127.0.0.1', () => console.log('ready'));
