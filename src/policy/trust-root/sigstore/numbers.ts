/** How many log entries, SCTs and timestamps evidence must bring; to demand more than the root lists is a problem. */
import type { SecondOpinion, SigstoreRoot } from '../../../domain/policy/trust-root.ts';
import type { TrustReader } from '../../../domain/ports.ts';
import type { SigstoreField } from './schema.ts';

/** How much evidence must bring. */
export type Requirements = SigstoreRoot['require'];

/** How many authorities of each sort a trusted root lists: the most that can be required of evidence. */
export type Listed = Required<Requirements>;

/** The numbers as a document writes them; what is left out follows from the root. */
export type WrittenNumbers = NonNullable<SigstoreField['require']>;

/** What a document demands beside the content of the root. */
export interface Demands {
  readonly require?: WrittenNumbers | undefined;
  readonly secondOpinion?: SecondOpinion | undefined;
}

/**
 * Requires what the root lists, unless the numbers are written: a log entry if it lists logs, an SCT if it lists CT
 * logs, and a timestamp only if nothing else could prove the time (DESIGN §8, "Identities").
 */
export function makeRoot(name: string, trustedRoot: unknown, demands: Demands, trust: TrustReader): SigstoreRoot {
  const has = listed(trustedRoot);
  const { require: written = {}, secondOpinion = 'report' } = demands;
  const require: Requirements = {
    transparencyLog: written.transparencyLog ?? Math.min(1, has.transparencyLog),
    sct: written.sct ?? Math.min(1, has.sct),
    timestamps: written.timestamps ?? (has.transparencyLog === 0 ? 1 : 0),
    ...(written.transparencyLogOperators === undefined ? {} : { transparencyLogOperators: written.transparencyLogOperators }),
  };
  // The name is part of the id because verified evidence, which is cached by it, carries the name.
  return { kind: 'sigstore', name, id: trust.hash({ name, trustedRoot, require, secondOpinion }), trustedRoot, require, secondOpinion };
}

/** How many authorities of each sort a `trusted_root.json` lists. */
export function listed(content: unknown): Listed {
  const logs = entriesOf(content, 'tlogs');
  return {
    transparencyLog: logs.length,
    transparencyLogOperators: new Set(logs.flatMap((log) => memberOf(log, 'operator') ?? [])).size,
    sct: entriesOf(content, 'ctlogs').length,
    timestamps: entriesOf(content, 'timestampAuthorities').length,
  };
}

function entriesOf(content: unknown, key: string): readonly unknown[] {
  const entries = memberOf(content, key);
  return Array.isArray(entries) ? entries : [];
}

function memberOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;
}

const LABELS = {
  transparencyLog: 'transparency logs',
  transparencyLogOperators: 'named operators of transparency logs',
  sct: 'CT logs',
  timestamps: 'timestamp authorities',
} as const;

/** A number that cannot be, and why. */
export interface NumberProblem {
  /** Which number; empty when it is about all of them. */
  readonly key: keyof Requirements | '';
  readonly message: string;
}

/** Numbers above what the root lists, and numbers that leave nothing to prove the time with. */
export function numberProblems({ require }: Pick<SigstoreRoot, 'require'>, has: Listed): readonly NumberProblem[] {
  const above = (['transparencyLog', 'transparencyLogOperators', 'sct', 'timestamps'] as const)
    .filter((key) => (require[key] ?? 0) > has[key])
    .map((key): NumberProblem => ({
      key,
      message: `${require[key]} required, but the trusted root lists only ${has[key]} ${LABELS[key]}: nothing could ever be verified`,
    }));
  const timeless = require.transparencyLog === 0 && require.timestamps === 0;
  return timeless
    ? [
        ...above,
        {
          key: '',
          message:
            'requires neither a log entry nor a timestamp, so no signing time could be proven; set transparencyLog or timestamps to at least 1',
        },
      ]
    : above;
}
