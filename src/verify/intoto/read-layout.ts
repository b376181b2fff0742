/** A layout is read so that none is without steps, and no step without a threshold. */
import type { ArtifactRule, Layout, LayoutInspection, LayoutItem, LayoutStep } from '../../domain/policy/layout.ts';
import type { Members } from '../fields.ts';
import { list, member, members, text } from '../fields.ts';
import { clip, parsed, Refusal } from '../problem.ts';
import type { Parsed } from '../problem.ts';
import type { CertificateConstraint } from './certificate-constraint.ts';
import { readConstraint } from './certificate-constraint.ts';
import { LAYOUT_LIMITS } from './limits.ts';
import { readArguments } from './read-link.ts';
import { readRule } from './read-rule.ts';

/** Who may do a step, as the layout says it. */
export interface StepTrust {
  readonly pubkeys: readonly string[];
  readonly constraints: readonly CertificateConstraint[];
}

/** A layout with the keys and certificates it trusts; keys are not read yet. */
export interface ParsedLayout {
  readonly layout: Layout;
  readonly keys: ReadonlyMap<string, Members>;
  readonly trust: ReadonlyMap<string, StepTrust>;
  readonly roots: ReadonlyMap<string, Members>;
  readonly intermediates: ReadonlyMap<string, Members>;
}

const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/;

/**
 * Reads a layout (in-toto specification v1.0, 4.3, and the certificate extension of in-toto-golang).
 *
 * Stricter than the reference: at least one step, every threshold at least 1, names unique over steps and inspections,
 * a key listed under its own id. An unknown member is ignored, but it is signed like everything else.
 */
export function readLayout(signed: Members): Parsed<ParsedLayout> {
  return parsed('VERIFY_MALFORMED', () => {
    const stepValues = list(signed, 'steps', 'layout', LAYOUT_LIMITS.items).map((value, index) => members(value, `steps[${index}]`));
    const steps = stepValues.map((value, index) => readStep(value, `steps[${index}]`));
    const inspections = list(signed, 'inspect', 'layout', LAYOUT_LIMITS.items).map((value, index) =>
      readInspection(members(value, `inspect[${index}]`), `inspect[${index}]`),
    );
    if (steps.length === 0) throw new Refusal('layout has no steps', { found: '0 steps', expected: 'at least 1' });
    requireUnique([...steps, ...inspections]);
    return {
      layout: { expires: readTime(signed), steps, inspections },
      keys: readKeyed(signed, 'keys'),
      trust: new Map(stepValues.map((value, index) => [steps[index]?.name ?? '', readTrust(value, `steps[${index}]`)])),
      roots: readKeyed(signed, 'rootcas'),
      intermediates: readKeyed(signed, 'intermediatecas'),
    };
  });
}

function readTime(signed: Members): number {
  const expires = text(signed, 'expires', 'layout', 64);
  const at = TIME.test(expires) ? Date.parse(expires) : Number.NaN;
  // Date.parse takes 31 February for 3 March; what does not come back as it was written is no date.
  const real = !Number.isNaN(at) && new Date(at).toISOString() === expires.replace('Z', '.000Z');
  if (!real) throw new Refusal('layout.expires is not a time', { found: clip(expires, 40), expected: 'YYYY-MM-DDTHH:MM:SSZ' });
  return at;
}

function readItem(item: Members, place: string): LayoutItem {
  const name = text(item, 'name', place, LAYOUT_LIMITS.nameLength);
  if (name === '') throw new Refusal(`${place}.name is empty`);
  return {
    name,
    expectedMaterials: readRules(item, 'expected_materials', place),
    expectedProducts: readRules(item, 'expected_products', place),
  };
}

function readRules(item: Members, key: string, place: string): readonly ArtifactRule[] {
  return list(item, key, place, LAYOUT_LIMITS.rules).map((rule, index) => readRule(rule, `${place}.${key}[${index}]`));
}

function readStep(step: Members, place: string): LayoutStep {
  const threshold = member(step, 'threshold') ?? 1;
  if (typeof threshold !== 'number' || !Number.isSafeInteger(threshold) || threshold < 1) {
    throw new Refusal(`${place}.threshold is not a number of functionaries`, {
      found: clip(JSON.stringify(threshold), 40),
      expected: 'an integer of at least 1',
    });
  }
  return { ...readItem(step, place), threshold, expectedCommand: readArguments(step, 'expected_command', place) };
}

function readInspection(inspection: Members, place: string): LayoutInspection {
  return { ...readItem(inspection, place), run: readArguments(inspection, 'run', place) };
}

function readTrust(step: Members, place: string): StepTrust {
  return {
    pubkeys: list(step, 'pubkeys', place, LAYOUT_LIMITS.keys).map((keyid, index) => {
      if (typeof keyid !== 'string') throw new Refusal(`${place}.pubkeys[${index}] is not a key id`);
      return keyid;
    }),
    constraints: list(step, 'cert_constraints', place, LAYOUT_LIMITS.constraints).map((value, index) =>
      readConstraint(value, `${place}.cert_constraints[${index}]`),
    ),
  };
}

function readKeyed(signed: Members, name: string): ReadonlyMap<string, Members> {
  const value = member(signed, name);
  const entries = value === undefined ? [] : Object.entries(members(value, name));
  if (entries.length > LAYOUT_LIMITS.keys)
    throw new Refusal(`layout.${name} has too many keys`, {
      code: 'VERIFY_LIMIT',
      found: `${entries.length}`,
      expected: `at most ${LAYOUT_LIMITS.keys}`,
    });
  return new Map(
    entries.map(([id, key]) => {
      const place = `${name}.${clip(id, 80)}`;
      const read = members(key, place);
      if (text(read, 'keyid', place) !== id) throw new Refusal(`${place} is listed under the id of another key`);
      return [id, read];
    }),
  );
}

function requireUnique(items: readonly LayoutItem[]): void {
  const seen = new Set<string>();
  for (const { name } of items) {
    if (seen.has(name)) throw new Refusal('layout has two steps or inspections of the same name', { found: clip(name, 80) });
    seen.add(name);
  }
}
