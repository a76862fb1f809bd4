// A provider of identities for the tests: oidc-provider, a certified implementation of OpenID
// Connect. Whoever signs in at it is whom they say; their address is verified unless their name
// begins with "un". Arguments: port, client id, client secret, the address to send browsers back to.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import path from "node:path";

const [port, clientId, clientSecret, back, packages] = process.argv.slice(2);
const require = createRequire(path.join(packages, "package.json"));
const { Provider } = await import(pathToFileURL(require.resolve("oidc-provider")).href);

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{ client_id: clientId, client_secret: clientSecret, redirect_uris: [back] }],
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["preferred_username"] },
  cookies: { keys: ["of the tests"] },
  pkce: { required: () => true },
  findAccount: (_, login) => ({
    accountId: login,
    claims: () => ({
      sub: `subject-of-${login}`,
      email: `${login.replace(/^un/, "")}@example.org`,
      email_verified: !login.startsWith("un"),
      preferred_username: login,
    }),
  }),
});
provider.listen(Number(port), "127.0.0.1", () => console.log("listening"));
