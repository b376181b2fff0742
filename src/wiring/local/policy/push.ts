/** Policies put into a registry from files, for servers that take them from there. */
import { basename } from 'node:path';
import { parseImageReference } from '../../../domain/artifact/image-reference.ts';
import { readInputFile } from '../../../platform/input-file.ts';
import { UsageError } from '../../../surfaces/cli/context.ts';
import type { CliRooms } from '../../../surfaces/cli/context.ts';
import { withLifetime } from '../../lifetime.ts';
import { openRegistries } from '../source.ts';
import { asUsageError } from '../usage.ts';

/** `gatehouse policy push`. */
export const pushPolicies: CliRooms['pushPolicies'] = async (reference, paths, { version, signal, ...options }) => {
  const read = parseImageReference(reference);
  if (!read.ok) throw new UsageError(`${reference}: ${read.problem}`);
  const { name, tag, digest, host } = read.reference;
  if (digest !== undefined) throw new UsageError(`${reference}: expected HOST/PATH:TAG; the digest is what a push comes to`);
  const fileAt = async (path: string) => ({ name: basename(path), bytes: await readInputFile(path).catch(asUsageError) });
  const files = await Promise.all(paths.map(fileAt));
  const twice = files.find((one, index) => files.findIndex((other) => other.name === one.name) < index);
  if (twice !== undefined) throw new UsageError(`${twice.name}: two files have this name; each needs one of its own`);
  return withLifetime(async (lifetime) => {
    const registries = await openRegistries(options, new Set([host]), lifetime);
    const pushed = await registries.pushPolicies({ name }, { files, version, tag }, signal);
    await lifetime.disposeAsync();
    if (pushed.ok) return { name, digest: pushed.digest };
    const { code, source, found, expected, cause } = pushed.problem;
    const said = [cause, expected === undefined ? undefined : `expected ${expected}`, found === undefined ? undefined : `found ${found}`];
    return { problem: `${source}: [${code}] ${said.filter((one) => one !== undefined).join(', ')}` };
  });
};
