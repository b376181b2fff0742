/** Credentials from docker's helper programs, run with as little as they need. */
import { execFile } from 'node:child_process';
import { isAbsolute, join } from 'node:path';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../../domain/ports.ts';
import type { RegistryCredential } from '../../domain/artifact/registry.ts';
import { FetchFailure } from '../../net/failure.ts';
import { own, ownText } from '../../text/json/fields.ts';
import { jsonValue } from '../../text/json/read.ts';
import { createSlots } from '../../net/slots.ts';

/** Asks a helper for the credential of a server; `undefined` when it has none. Throws FetchFailure when it fails. */
export type CredentialHelpers = (helper: string, server: string) => Promise<RegistryCredential | undefined>;

/** Where helpers are, and all they see of the environment. */
export interface HelperSettings {
  /** Absolute path of a folder of the operator's choice. */
  readonly folder: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
}

const NAME = /^[a-z0-9][a-z0-9-]{0,63}$/;
/** What a server may be called: host and port, or the one URL that stands for Docker Hub. Anything else never reaches a helper. */
const SERVER = /^(?:[a-z0-9[][a-z0-9.:[\]-]{0,260}|https:\/\/index\.docker\.io\/v1\/)$/;
const TIMEOUT = 5_000;
const KEPT = 300_000;
const FAILURE_KEPT = 5_000;
const AT_ONCE = 4;
const OUTPUT_BYTES = 64 * 1024;

interface Answer {
  readonly since: number;
  life: number;
  readonly credential: Promise<RegistryCredential | undefined>;
}

/**
 * Runs `docker-credential-NAME get` from one folder, without a shell, at most four at a time and for at most 5 s each;
 * the server's name goes in on standard input, never as an argument. Answers are kept for 5 min, failures for 5 s.
 * Only names from the server's own configuration get here, never a secret's. Protocol: docker-credential-helpers, `get`.
 */
export function createCredentialHelpers({ folder, environment }: HelperSettings, clock: Clock): CredentialHelpers {
  const answers = new LRUCache<string, Answer>({ max: 256 });
  const slots = createSlots(AT_ONCE);

  async function ask(path: string, helper: string, server: string): Promise<RegistryCredential | undefined> {
    const giveBack = await slots.take('helpers', helper, NEVER);
    try {
      return await run(join(path, `docker-credential-${helper}`), helper, { server, environment });
    } finally {
      giveBack();
    }
  }

  return (helper, server) => {
    if (folder === undefined || !isAbsolute(folder) || !NAME.test(helper))
      return Promise.reject(failure(helper, 'no folder with helpers is configured, or the name is none'));
    if (!SERVER.test(server)) return Promise.reject(failure(helper, 'the registry has a name that is given to no helper'));
    const key = `${helper}\n${server}`;
    const known = answers.get(key);
    const age = known === undefined ? -1 : clock.now() - known.since;
    if (known !== undefined && age >= 0 && age < known.life) return known.credential;
    const answer: Answer = { since: clock.now(), life: KEPT, credential: ask(folder, helper, server) };
    answers.set(key, answer);
    answer.credential.catch(() => (answer.life = FAILURE_KEPT));
    return answer.credential;
  };
}

const NEVER = new AbortController().signal;

function run(
  program: string,
  helper: string,
  { server, environment }: { readonly server: string; readonly environment: Readonly<Record<string, string>> },
): Promise<RegistryCredential | undefined> {
  return new Promise((resolve, reject) => {
    const options = {
      timeout: TIMEOUT,
      maxBuffer: OUTPUT_BYTES,
      encoding: 'buffer',
      killSignal: 'SIGKILL',
      env: { ...environment },
      cwd: '/',
      shell: false,
    } as const;
    const child = execFile(program, ['get'], options, (error, stdout) => {
      if (error !== null && stdout.toString('utf8').includes('credentials not found')) return resolve(undefined);
      if (error !== null)
        return reject(
          failure(
            helper,
            error.killed === true ? `no answer within ${TIMEOUT} ms and ${OUTPUT_BYTES} bytes` : `ended with ${String(error.code)}`,
          ),
        );
      const credential = readAnswer(jsonValue(stdout));
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
