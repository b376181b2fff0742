import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../domain/ports.ts';
import type { RegistryCredential } from '../domain/registry.ts';
import { FetchFailure } from './failure.ts';
import { own, ownText, parseJson } from './json.ts';

/** Asks a helper for the credential of a server; `undefined` when it has none. Throws FetchFailure when it fails. */
export type CredentialHelpers = (helper: string, server: string) => Promise<RegistryCredential | undefined>;

const NAME = /^[a-z0-9][a-z0-9-]{0,63}$/;
const TIMEOUT = 5_000;
const KEPT = 300_000;
const OUTPUT_BYTES = 64 * 1024;

/**
 * Runs `docker-credential-NAME get` from one folder of the operator's choice, without a shell, for at most 5 s;
 * answers are kept for 5 min. Only names from the server's own configuration get here, never a secret's.
 * Protocol: docker-credential-helpers, command `get`.
 */
export function createCredentialHelpers(folder: string | undefined, clock: Clock): CredentialHelpers {
  const answers = new LRUCache<string, { readonly until: number; readonly credential: Promise<RegistryCredential | undefined> }>({ max: 256 });
  return (helper, server) => {
    if (folder === undefined || !NAME.test(helper)) return Promise.reject(failure(helper, 'no folder with helpers is configured, or the name is none'));
    const key = `${helper}\n${server}`;
    const known = answers.get(key);
    if (known !== undefined && known.until > clock.now() && known.until <= clock.now() + KEPT) return known.credential;
    const credential = run(join(folder, `docker-credential-${helper}`), helper, server);
    answers.set(key, { until: clock.now() + KEPT, credential });
    credential.catch(() => answers.delete(key));
    return credential;
  };
}

function run(program: string, helper: string, server: string): Promise<RegistryCredential | undefined> {
  return new Promise((resolve, reject) => {
    const child = execFile(program, ['get'], { timeout: TIMEOUT, maxBuffer: OUTPUT_BYTES, encoding: 'buffer', killSignal: 'SIGKILL' }, (error, stdout) => {
      if (error !== null && stdout.toString('utf8').includes('credentials not found')) return resolve(undefined);
      if (error !== null) return reject(failure(helper, error.killed === true ? `no answer after ${TIMEOUT} ms` : `ended with ${String(error.code)}`));
      const credential = readAnswer(parseJson(stdout));
      return credential === undefined ? reject(failure(helper, 'its answer cannot be read')) : resolve(credential);
    });
    child.stdin?.on('error', () => undefined).end(`${server}\n`);
  });
}

/** A user called `<token>` means that the secret is an identity token. */
function readAnswer(answer: unknown): RegistryCredential | undefined {
  const username = ownText(answer, 'Username');
  const secret = own(answer, 'Secret');
  if (username === undefined || typeof secret !== 'string' || secret === '') return undefined;
  return username === '<token>' ? { identityToken: secret } : { username, password: secret };
}

function failure(helper: string, cause: string): FetchFailure {
  return new FetchFailure({ code: 'FETCH_CREDENTIALS', source: `credential helper ${helper}`, cause });
}
