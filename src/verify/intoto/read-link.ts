/** A link is read so that no artifact has two names or no digest. */
import type { ArtifactSet, Link } from '../../domain/policy/layout.ts';
import { normalPath } from '../../domain/policy/layout-path.ts';
import type { Members } from '../fields.ts';
import { list, member, members, text } from '../fields.ts';
import { clip, parsed, Refusal } from '../problem.ts';
import type { Parsed } from '../problem.ts';
import { LAYOUT_LIMITS } from './limits.ts';

const ALGORITHM = /^[A-Za-z0-9_.-]{1,64}$/;
const HEX = /^[0-9a-fA-F]{8,256}$/;

/**
 * Reads a link (in-toto specification v1.0, 4.4). Paths are normalised, and two that become the same are refused:
 * a rule could then be satisfied by one and the artifact be the other (security.md C15). Every artifact has a digest.
 */
export function readLink(signed: Members): Parsed<Link> {
  return parsed('VERIFY_MALFORMED', () => ({
    name: text(signed, 'name', 'link', LAYOUT_LIMITS.nameLength),
    materials: readArtifacts(signed, 'materials'),
    products: readArtifacts(signed, 'products'),
    command: readArguments(signed, 'command', 'link'),
  }));
}

/** The words of a command; for a message only, so what is no text is shown as JSON. */
export function readArguments(of: Members, key: string, place: string): readonly string[] {
  return list(of, key, place, LAYOUT_LIMITS.arguments).map((word) => (typeof word === 'string' ? word : JSON.stringify(word)));
}

function readArtifacts(signed: Members, key: 'materials' | 'products'): ArtifactSet {
  const place = `link.${key}`;
  const entries = Object.entries(member(signed, key) === undefined ? {} : members(member(signed, key), place));
  if (entries.length > LAYOUT_LIMITS.artifacts) {
    throw new Refusal(`${place} has too many artifacts`, {
      code: 'VERIFY_LIMIT',
      found: `${entries.length}`,
      expected: `at most ${LAYOUT_LIMITS.artifacts}`,
    });
  }
  const artifacts = new Map<string, string>();
  for (const [name, digests] of entries) {
    if (name.length > LAYOUT_LIMITS.pathLength || !name.isWellFormed())
      throw new Refusal(`${place} has a path that is too long or not valid Unicode`, { found: clip(name, 80) });
    const path = normalPath(name);
    if (artifacts.has(path)) throw new Refusal(`${place} has the same artifact under two paths`, { found: clip(name, 80) });
    artifacts.set(path, readDigests(digests, `${place}["${clip(name, 80)}"]`));
  }
  return artifacts;
}

function readDigests(value: unknown, place: string): string {
  const digests = Object.entries(members(value, place));
  if (digests.length === 0 || digests.length > LAYOUT_LIMITS.digests)
    throw new Refusal(`${place} has ${digests.length} digests`, { expected: `1 to ${LAYOUT_LIMITS.digests}` });
  return digests
    .map(([algorithm, hex]) => digestText(algorithm, hex, place))
    .sort()
    .join(',');
}

function digestText(algorithm: string, hex: unknown, place: string): string {
  if (ALGORITHM.test(algorithm) && typeof hex === 'string' && HEX.test(hex)) return `${algorithm}:${hex}`;
  throw new Refusal(`${place} has something that is not a digest`, {
    found: clip(`${algorithm}: ${JSON.stringify(hex)}`, 80),
    expected: 'an algorithm and hexadecimal text',
  });
}
