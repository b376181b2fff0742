/** A supply chain is proven from the owners downwards: layout, links, and sublayouts by those whom a step names. */
import type { LayoutNote, ProvenChain, ProvenLink, ProvenParty, ProvenStep } from '../../domain/policy/layout.ts';
import type { Validity } from '../../domain/policy/requirement.ts';
import { clip, parsed } from '../problem.ts';
import type { Parsed, Problem } from '../problem.ts';
import type { Authorities } from './certificate-chain.ts';
import { readAuthorities } from './certificate-chain.ts';
import type { Signatory, StepParties } from './functionary.ts';
import { findSignatories } from './functionary.ts';
import type { LayoutKey } from './layout-key.ts';
import { readLayoutKeys } from './layout-key.ts';
import type { LayoutFile, ReadFile } from './layout-file.ts';
import { readFiles } from './layout-file.ts';
import type { PartyKey } from './keys.ts';
import { partyOf, readPartyKey } from './keys.ts';
import { Budget, LAYOUT_LIMITS } from './limits.ts';
import type { Metadata } from './metadata.ts';
import { readMetadata } from './metadata.ts';
import type { ParsedLayout, StepTrust } from './read-layout.ts';
import { readLayout } from './read-layout.ts';
import { readLink } from './read-link.ts';

/** A layout, the keys of its owners, and whatever lies beside it. */
export interface LayoutQuestion {
  /** Where the layout was found, for messages. */
  readonly source: string;
  readonly layout: Uint8Array;
  /** Every one of them must have signed the layout; at least one. */
  readonly keys: readonly LayoutKey[];
  readonly files: readonly LayoutFile[];
}

/**
 * Verifies all signatures of a supply chain: the layout by every owner key, links and sublayouts by the functionaries
 * whom the layout (or sublayout) names for the step (in-toto specification v1.0, 5.2, without everything that time,
 * parameters and the artifact decide: that is `evaluate/layout/`'s). Pure, and never throws on hostile bytes.
 *
 * A file that cannot be read, is signed by somebody else or whose signature does not hold is noted and ignored. The
 * name inside a link must be the step's name, so that a link for one step never counts for another.
 */
export function proveLayout(question: LayoutQuestion): Parsed<ProvenChain> {
  const owners = readLayoutKeys(question.keys);
  if (!owners.ok) return owners;
  const metadata = readMetadata(question.layout);
  if (!metadata.ok) return metadata;
  const files = readFiles(question.files);
  if (!files.ok) return files;
  const budget = new Budget();
  const chain = proveChain(
    { source: question.source, metadata: metadata.value, owners: owners.value, place: '', depth: 1 },
    { files: files.value, budget },
  );
  if (chain.ok && budget.exhausted)
    return {
      ok: false,
      problem: {
        code: 'VERIFY_LIMIT',
        found: 'more signatures and keys than can be tried',
        expected: `a layout with at most ${LAYOUT_LIMITS.attempts} attempts`,
      },
    };
  return chain;
}

/** One layout on its way down: the outermost, or a sublayout at a place such as `build.a1b2c3d4`. */
interface Level {
  readonly source: string;
  readonly metadata: Metadata;
  readonly owners: readonly PartyKey[];
  readonly place: string;
  readonly depth: number;
}

interface Tools {
  readonly files: readonly ReadFile[];
  readonly budget: Budget;
}

function proveChain(level: Level, tools: Tools): Parsed<ProvenChain> {
  if (level.depth > LAYOUT_LIMITS.depth)
    return refused('VERIFY_LIMIT', {
      found: `layouts nested more than ${LAYOUT_LIMITS.depth} deep`,
      expected: `at most ${LAYOUT_LIMITS.depth}`,
    });
  if (level.metadata.type !== 'layout') return refused('VERIFY_MALFORMED', { found: level.metadata.type, expected: 'layout' });
  const signed = proveOwners(level, tools.budget);
  if (!signed.ok) return signed;
  const layout = readLayout(level.metadata.signed);
  if (!layout.ok) return layout;
  const authorities = parsed('VERIFY_MALFORMED', () => readAuthorities(layout.value.roots, layout.value.intermediates));
  if (!authorities.ok) return authorities;
  const parties = partiesOf(layout.value, authorities.value);
  const steps = new Map(layout.value.layout.steps.map((step) => [step.name, proveStep({ name: step.name, level, parties }, tools)]));
  return { ok: true, value: { source: level.source, layout: layout.value.layout, ...signed.value, steps } };
}

function refused(code: Problem['code'], details: Omit<Problem, 'code'>): { readonly ok: false; readonly problem: Problem } {
  return { ok: false, problem: { code, ...details } };
}

/** Every owner must have signed; classic in-toto knows no threshold of owners. */
function proveOwners({ metadata, owners }: Level, budget: Budget): Parsed<Pick<ProvenChain, 'validity' | 'owners'>> {
  const signatures: OwnerSignature[] = [];
  for (const owner of owners) {
    const signature = ownerSignature(metadata, owner, budget);
    if (signature === undefined) {
      return refused('VERIFY_SIGNATURE_INVALID', {
        found: `signatures by ${metadata.signatures.map(({ keyid }) => clip(keyid, 16) || 'a key without id').join(', ') || 'nobody'}`,
        expected: `a signature by owner ${clip(owner.keyid, 80)}`,
        cause: 'the layout is not signed by every owner',
      });
    }
    signatures.push(signature);
  }
  return {
    ok: true,
    value: {
      owners: signatures.map(({ name, keyId, party }) => ({ name, keyId, party })),
      validity: intersection(signatures.map(({ validity }) => validity)),
    },
  };
}

interface OwnerSignature {
  readonly name: string;
  readonly keyId: string;
  readonly party: ProvenParty;
  readonly validity: Validity;
}

function ownerSignature(metadata: Metadata, owner: PartyKey, budget: Budget): OwnerSignature | undefined {
  const signatures = owner.anyId
    ? metadata.signatures
    : metadata.signatures.filter(({ keyid }) => keyid === '' || owner.keys.has(keyid)).slice(0, 1);
  for (const signature of signatures) {
    const keys = owner.anyId || signature.keyid === '' ? [...owner.keys.values()] : [owner.keys.get(signature.keyid)];
    for (const key of keys) {
      const verdict = key !== undefined && budget.take(metadata.message) && key.verify(metadata.message, signature);
      if (key !== undefined && verdict !== false)
        return { name: owner.keyid, keyId: key.fingerprint, party: partyOf(owner, key), validity: verdict.validity };
    }
  }
  return undefined;
}

function intersection(validities: readonly Validity[]): Validity {
  const starts = validities.flatMap(({ notBefore }) => notBefore ?? []);
  const ends = validities.flatMap(({ notAfter }) => notAfter ?? []);
  return {
    ...(starts.length === 0 ? {} : { notBefore: Math.max(...starts) }),
    ...(ends.length === 0 ? {} : { notAfter: Math.min(...ends) }),
  };
}

/** Per step, the keys by the ids that count. A listed subkey counts alone; a listed primary key with all its subkeys. */
function partiesOf({ keys, trust }: ParsedLayout, authorities: Authorities): ReadonlyMap<string, StepParties> {
  const parties = [...keys].flatMap(([id, key]) => {
    const party = readPartyKey(id, key);
    return party.ok ? [party.value] : [];
  });
  return new Map([...trust].map(([step, of]) => [step, stepParties(of, parties, authorities)]));
}

function stepParties({ pubkeys, constraints }: StepTrust, parties: readonly PartyKey[], authorities: Authorities): StepParties {
  const listed = new Set(pubkeys);
  const keys = parties.flatMap((party) => (
    [...party.keys].filter(([id]) => listed.has(party.keyid) || listed.has(id)).map(([id, key]) => [id, { key, party }] as const)));
  return { keys: new Map(keys), constraints, authorities };
}

interface StepQuestion {
  readonly name: string;
  readonly level: Level;
  readonly parties: ReadonlyMap<string, StepParties>;
}

function proveStep(question: StepQuestion, tools: Tools): ProvenStep {
  const links: ProvenLink[] = [];
  const notes: LayoutNote[] = [];
  for (const file of tools.files) {
    if (file.place !== undefined && file.place !== question.level.place) continue;
    if (!file.metadata.ok) {
      if (file.step === undefined || file.step === question.name)
        notes.push({ source: file.source, text: file.metadata.problem.cause ?? file.metadata.problem.code });
      continue;
    }
    const proved =
      file.metadata.value.type === 'link'
        ? proveLink(file, file.metadata.value, question, tools)
        : proveSublayout(file, file.metadata.value, question, tools);
    links.push(...proved.links);
    notes.push(...proved.notes);
  }
  return { links, notes };
}

const NOTHING: ProvenStep = { links: [], notes: [] };

function proveLink(file: ReadFile, metadata: Metadata, { name, parties }: StepQuestion, { budget }: Tools): ProvenStep {
  const of = parties.get(name);
  if (of === undefined || metadata.signed['name'] !== name) return named(file, metadata, name);
  const { found, refused: reasons } = findSignatories(metadata, of, budget);
  if (found.length === 0) return noted(file, reasons);
  const link = readLink(metadata.signed);
  if (!link.ok) return noted(file, [link.problem.cause ?? link.problem.code]);
  return { links: found.map((signatory) => ({ ...common(file, signatory), content: { kind: 'link', link: link.value } })), notes: [] };
}

/** A link for another step is not worth a note, unless its file name says that it is for this one. */
function named(file: ReadFile, metadata: Metadata, name: string): ProvenStep {
  if (file.step !== name) return NOTHING;
  return noted(file, [`it is a link for step ${clip(JSON.stringify(metadata.signed['name'] ?? null), 80)}`]);
}

/**
 * A layout has no name, so its file's name tells which step it stands for, or, without one, that its signer is a
 * functionary of this step alone. Its own signatures are verified with the functionary's key once more, as its owner.
 */
function proveSublayout(file: ReadFile, metadata: Metadata, question: StepQuestion, tools: Tools): ProvenStep {
  const { name, level, parties } = question;
  const of = parties.get(name);
  if (of === undefined || (file.step !== undefined && file.step !== name)) return NOTHING;
  const { found, refused: reasons } = findSignatories(metadata, of, tools.budget);
  const mine = found.filter(
    ({ keyid }) => file.step === name || ![...parties].some(([other, { keys }]) => other !== name && keys.has(keyid)),
  );
  if (mine.length === 0) return file.step === undefined ? NOTHING : noted(file, reasons);
  const links: ProvenLink[] = [];
  const notes: LayoutNote[] = [];
  for (const signatory of mine) {
    const place = `${level.place === '' ? '' : `${level.place}/`}${name}.${signatory.keyid.slice(0, 8)}`;
    const chain = proveChain({ source: file.source, metadata, owners: [signatory.party], place, depth: level.depth + 1 }, tools);
    if (chain.ok) links.push({ ...common(file, signatory), content: { kind: 'sublayout', chain: chain.value } });
    else notes.push({ source: file.source, text: `sublayout: ${chain.problem.cause ?? chain.problem.found ?? chain.problem.code}` });
  }
  return { links, notes };
}

function common(file: ReadFile, { functionary, signer, validity }: Signatory): Omit<ProvenLink, 'content'> {
  return { source: file.source, functionary, signer, validity };
}

function noted(file: ReadFile, reasons: readonly string[]): ProvenStep {
  return { links: [], notes: reasons.map((text) => ({ source: file.source, text })) };
}
