/** What cosign and crane do in the tutorial, for machines that have neither: a key pair, a signature, a digest, over plain HTTP. */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { bundleReferrer } from '../world/cosign.ts';
import { keyBundle } from '../world/bundle.ts';
import { httpTarget } from '../world/http-target.ts';
import { keyFromPem, makeKey } from '../world/keys.ts';
import { pushReferrer } from '../world/push.ts';
import { cosignSignStatement } from '../world/statement.ts';
import { createWorld } from '../world/world.ts';
import type { Digest } from '../../src/domain/artifact/digest.ts';

interface Found { readonly base: string; readonly path: string; readonly manifest: Buffer; readonly digest: Digest }

/** Manifest of `HOST/PATH:TAG` or `HOST/PATH@DIGEST`, and where it is. */
async function manifestOf(reference: string): Promise<Found> {
  const [, host = '', path = '', , tag = '', named = ''] = /^([^/]+)\/([^@]+?)((?::([^:@/]+))|@(.+))$/.exec(reference) ?? [];
  const base = `http://${host}`;
  const bytes = await httpTarget(base).getManifest?.(path, tag === '' ? named : tag);
  if (bytes === undefined) throw new Error(`there is no ${reference}`);
  return { base, path, manifest: Buffer.from(bytes), digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}` as Digest };
}

async function main([verb, ...args]: readonly string[]): Promise<void> {
  if (verb === 'digest') return void process.stdout.write(`${(await manifestOf(args.at(-1) ?? '')).digest}\n`);
  if (verb === 'generate-key-pair') {
    const { privateKey, publicKeyPem } = makeKey();
    writeFileSync('cosign.key', privateKey.export({ type: 'pkcs8', format: 'pem' }));
    return writeFileSync('cosign.pub', publicKeyPem);
  }
  if (verb !== 'sign') throw new Error(`${String(verb)} is not done here`);
  const reference = args.at(-1) ?? '';
  if (!reference.includes('@sha256:')) throw new Error('a digest is signed, never a tag');
  const { base, path, manifest, digest } = await manifestOf(reference);
  const key = keyFromPem('p256', readFileSync(args[args.indexOf('--key') + 1] ?? '', 'utf8'));
  const bundle = keyBundle(createWorld({ now: Date.now() }), { key, statement: cosignSignStatement(digest) });
  const { mediaType } = JSON.parse(manifest.toString('utf8')) as { mediaType: string };
  await pushReferrer(httpTarget(base), path, bundleReferrer({ digest, mediaType, manifest }, bundle));
}

await main(process.argv.slice(2));
