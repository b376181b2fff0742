import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cleanEnvironment, dataFolder } from '../cluster/processes.ts';
import { toolPaths } from '../cluster/tools.ts';
import { makeKey } from '../world/keys.ts';
import type { KeyType, SigningKey } from '../world/keys.ts';

const call = promisify(execFile);

/** How cosign 3.1.3 can be told to store things: bundles (its default), the tags of older versions, or these as OCI 1.1 referrers. */
export const LAYOUTS = {
  bundle: [],
  legacy: ['--new-bundle-format=false'],
  experimental: ['--new-bundle-format=false', '--registry-referrers-mode=oci-1-1'],
} as const satisfies Record<string, readonly string[]>;

export type Layout = keyof typeof LAYOUTS;

/** A key pair in cosign's own format. */
export interface CosignKey {
  /** Name of the signer in policies. */
  readonly name: string;
  readonly file: string;
  readonly pem: string;
}

/** What differs from signing an image into its own repository. */
export interface Where {
  readonly layout?: Layout;
  /** COSIGN_REPOSITORY. */
  readonly repository?: string;
  readonly extra?: readonly string[];
}

const OFFLINE = ['--tlog-upload=false', '--use-signing-config=false', '--yes'];

/** A P-256 key made by `cosign generate-key-pair`. */
export async function generateKey(name: string): Promise<CosignKey> {
  const prefix = join(dataFolder('key'), name);
  await cosign(['generate-key-pair', '--output-key-prefix', prefix]);
  return { name, file: `${prefix}.key`, pem: readFileSync(`${prefix}.pub`, 'utf8') };
}

/** A key of another type, made here and given to cosign with `import-key-pair`. */
export async function importKey(name: string, type: KeyType): Promise<CosignKey & { readonly signing: SigningKey }> {
  const prefix = join(dataFolder('key'), name);
  const signing = makeKey(type);
  writeFileSync(`${prefix}.pem`, signing.privateKey.export({ type: 'pkcs8', format: 'pem' }));
  await cosign(['import-key-pair', '--key', `${prefix}.pem`, '--output-key-prefix', prefix, '--yes']);
  return { name, file: `${prefix}.key`, pem: readFileSync(`${prefix}.pub`, 'utf8'), signing };
}

/** `cosign sign` of an image by digest, without log. */
export async function sign(image: string, key: CosignKey, { layout = 'bundle', repository, extra = [] }: Where = {}): Promise<void> {
  await cosign(['sign', '--key', key.file, ...OFFLINE, ...LAYOUTS[layout], ...extra, image], repository);
}

/** `cosign sign-blob` of a file, without log; gives the file of the bundle. */
export async function signBlob(file: string, key: CosignKey): Promise<string> {
  const bundle = `${file}.sigstore.json`;
  await cosign(['sign-blob', '--key', key.file, ...OFFLINE, '--bundle', bundle, file]);
  return bundle;
}

/** `cosign attest` of an image by digest, without log; the type is one of cosign's names or a URI. */
export async function attest(image: string, key: CosignKey, statement: { readonly type: string; readonly predicate: object }, { layout = 'bundle', repository, extra = [] }: Where = {}): Promise<void> {
  const file = join(dataFolder('predicate'), 'predicate.json');
  writeFileSync(file, JSON.stringify(statement.predicate));
  await cosign(['attest', '--key', key.file, ...OFFLINE, '--type', statement.type, '--predicate', file, ...LAYOUTS[layout], ...extra, image], repository);
}

/** The version the program reports, without the `v`. */
export async function version(): Promise<string> {
  return /GitVersion:\s+v(\S+)/.exec(await cosign(['version']))?.[1] ?? '';
}

async function cosign(args: readonly string[], repository?: string): Promise<string> {
  const experimental = args.includes('oci-1-1') || args.includes('--registry-referrers-mode=oci-1-1') ? { COSIGN_EXPERIMENTAL: '1' } : {};
  const elsewhere = repository === undefined ? {} : { COSIGN_REPOSITORY: repository };
  const { stdout } = await call(toolPaths().cosign, args, { env: { ...cleanEnvironment(), COSIGN_PASSWORD: '', ...experimental, ...elsewhere } });
  return stdout;
}

/** Flags by which `cosign verify` asks for a public key, without log, or for an identity, with whatever the root has. */
export const BY = {
  key: (file: string) => ['--key', file, '--insecure-ignore-tlog=true', '--private-infrastructure=true'],
  identity: ({ san, issuer }: { readonly san: string; readonly issuer: string }) => ['--certificate-identity', san, '--certificate-oidc-issuer', issuer, '--offline=true'],
} as const;

/** Whether `cosign verify` takes what lies beside an image, asked with flags of {@link BY}. */
export async function verifies(
  image: string,
  by: readonly string[],
  { layout, trustedRoot, flags = [] }: { readonly layout: 'tag' | 'referrers'; readonly trustedRoot: string; readonly flags?: readonly string[] },
): Promise<boolean> {
  const format = layout === 'tag' ? '--new-bundle-format=false' : '--new-bundle-format=true';
  try {
    await cosign(['verify', ...by, '--trusted-root', trustedRoot, format, ...flags, image]);
    return true;
  } catch (cause) {
    const text = String((cause as { stderr?: unknown }).stderr);
    if (process.env['ODDITIES_SAY'] !== undefined) process.stderr.write(`${image}: ${text}\n`);
    if (/unknown flag|tuf|no such file/i.test(text)) throw new Error(text, { cause });
    return false;
  }
}
