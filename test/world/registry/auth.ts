import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

/** How a test registry asks for authorization. */
export interface RegistryAuth {
  readonly kind: 'basic' | 'bearer';
  readonly users: Readonly<Record<string, { readonly password: string; /** Absent: every repository. */ readonly repositories?: readonly string[] }>>;
  /** Repositories that everybody may read; with `bearer` an anonymous token is still needed. */
  readonly anonymous?: (repository: string) => boolean;
  /** Token service, when it is not this registry's own `/token`. */
  readonly realm?: string;
  /** Seconds a token lives; 300 by default. */
  readonly tokenLife?: number;
  /** Tokens for users who have logged in once (`identitytoken` in docker configurations), by user. */
  readonly identityTokens?: Readonly<Record<string, string>>;
}

/** Checks authorization and issues tokens. */
export interface AuthGate {
  /** True when the request may go on; otherwise it has been answered with 401. */
  admit(request: IncomingMessage, response: ServerResponse, repository: string): boolean;
  /** Answers a request to `/token`. */
  issue(request: IncomingMessage, response: ServerResponse, body: string): void;
}

interface Grant {
  readonly user: string | undefined;
  readonly repository: string;
  readonly until: number;
}

/** Authorization of a test registry reached at `url`. */
export function createAuthGate(auth: RegistryAuth, url: () => string): AuthGate {
  const grants = new Map<string, Grant>();

  function mayRead(user: string | undefined, repository: string): boolean {
    if (auth.anonymous?.(repository) === true) return true;
    const known = user === undefined || !Object.hasOwn(auth.users, user) ? undefined : auth.users[user];
    return known !== undefined && (known.repositories?.includes(repository) ?? true);
  }

  function login(header: string | undefined): string | undefined {
    if (header?.startsWith('Basic ') !== true) return undefined;
    const [user = '', ...password] = Buffer.from(header.slice(6), 'base64').toString('utf8').split(':');
    return Object.hasOwn(auth.users, user) && auth.users[user]?.password === password.join(':') ? user : undefined;
  }

  function allowed(header: string | undefined, repository: string): boolean {
    if (auth.kind === 'basic') return mayRead(login(header), repository);
    const grant = grants.get(header?.replace(/^Bearer /, '') ?? '');
    return grant !== undefined && grant.until > Date.now() && grant.repository === repository && mayRead(grant.user, repository);
  }

  return {
    admit(request, response, repository) {
      if (allowed(request.headers.authorization, repository)) return true;
      const realm = auth.realm ?? `${url()}/token`;
      const challenge = auth.kind === 'basic' ? 'Basic realm="test"' : `Bearer realm="${realm}",service="test-registry",scope="repository:${repository}:pull"`;
      response.writeHead(401, { 'www-authenticate': challenge, 'content-type': 'application/json' }).end('{"errors":[{"code":"UNAUTHORIZED"}]}');
      return false;
    },
    issue(request, response, body) {
      const query = new URLSearchParams(request.method === 'POST' ? body : (request.url ?? '').split('?')[1]);
      const refresh = query.get('refresh_token');
      const owner = Object.entries(auth.identityTokens ?? {}).find(([, token]) => token === refresh)?.[0];
      const user = refresh === null ? login(request.headers.authorization) : owner;
      if (user === undefined && (request.headers.authorization !== undefined || refresh !== null)) {
        response.writeHead(401).end('{}');
        return;
      }
      const token = randomBytes(16).toString('hex');
      const life = auth.tokenLife ?? 300;
      const repository = /^repository:([^:]+):/.exec(query.get('scope') ?? '')?.[1] ?? '';
      grants.set(token, { user, repository, until: Date.now() + life * 1000 });
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ token, expires_in: life }));
    },
  };
}
