import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { accepts, cleanEnvironment, dataFolder, freePort, start, waitFor } from './processes.ts';
import type { Running } from './processes.ts';
import { toolPaths } from './tools.ts';

const call = promisify(execFile);

/** A registry on loopback, plain HTTP. */
export interface Registry {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  readonly program: Running;
}

/** Where cosign puts a signature: a Sigstore bundle as referrer (its default), or the `.sig` tag of older versions. */
export type Layout = 'bundle' | 'legacy';

/** A key pair made by cosign. */
export interface CosignKey {
  readonly file: string;
  /** The public key in PEM. */
  readonly pem: string;
}

/** Starts a registry of go-containerregistry, with or without the referrers API. */
export async function startRegistry(referrers: boolean): Promise<Registry> {
  const port = await freePort();
  const program = start({
    name: referrers ? 'registry-referrers' : 'registry-plain', command: toolPaths().registry,
    args: ['-address', `127.0.0.1:${port}`, `-referrers=${String(referrers)}`],
  });
  await waitFor(program, 'listening', () => accepts(port));
  return { host: `127.0.0.1:${port}`, program };
}

/** Pushes an image of one small layer whose content depends on its name, and returns `name@sha256:…`. */
export async function pushImage(name: string): Promise<string> {
  const folder = dataFolder('image');
  const layer = join(folder, 'layer.tar.gz');
  writeFileSync(layer, gzipSync(tarOf('name', name)));
  await call(toolPaths().crane, ['append', '--new_layer', layer, '--new_tag', name, '--insecure'], { env: cleanEnvironment() });
  const { stdout } = await call(toolPaths().crane, ['digest', '--insecure', name], { env: cleanEnvironment() });
  return `${name.replace(/:[^:/]+$/, '')}@${stdout.trim()}`;
}

/** Makes a key pair with `cosign generate-key-pair`. */
export async function makeKey(name: string): Promise<CosignKey> {
  const prefix = join(dataFolder('key'), name);
  await cosign(['generate-key-pair', '--output-key-prefix', prefix]);
  return { file: `${prefix}.key`, pem: readFileSync(`${prefix}.pub`, 'utf8') };
}

/** Signs an image given by digest, without transparency log. */
export async function sign(image: string, key: CosignKey, layout: Layout = 'bundle'): Promise<void> {
  await cosign(['sign', '--key', key.file, ...WITHOUT_LOG, ...(layout === 'legacy' ? ['--new-bundle-format=false'] : []), image]);
}

/** Attaches an in-toto attestation of the given predicate type to an image given by digest. */
export async function attest(image: string, key: CosignKey, type: string, predicate: object): Promise<void> {
  const file = join(dataFolder('predicate'), 'predicate.json');
  writeFileSync(file, JSON.stringify(predicate));
  await cosign(['attest', '--key', key.file, ...WITHOUT_LOG, '--type', type, '--predicate', file, image]);
}

const WITHOUT_LOG = ['--tlog-upload=false', '--use-signing-config=false', '--allow-insecure-registry', '--yes'];

async function cosign(args: readonly string[]): Promise<void> {
  await call(toolPaths().cosign, args, { env: { ...cleanEnvironment(), COSIGN_PASSWORD: '' } });
}

/** A tar archive with one file. */
function tarOf(name: string, content: string): Buffer {
  const body = Buffer.from(content);
  const header = Buffer.alloc(512);
  const put = (text: string, offset: number): void => void header.write(text, offset, 'latin1');
  put(name, 0);
  put('0000644\0', 100);
  put('0000000\0', 108);
  put('0000000\0', 116);
  put(`${body.length.toString(8).padStart(11, '0')}\0`, 124);
  put('00000000000\0', 136);
  put('        ', 148);
  put('0', 156);
  put('ustar\0' + '00', 257);
  put(`${header.reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([header, body, Buffer.alloc((512 - (body.length % 512)) % 512), Buffer.alloc(1024)]);
}

