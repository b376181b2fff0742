import { SEVERITIES } from '../domain/content.ts';
import type { Severity } from '../domain/content.ts';
import { field, isObject } from '../domain/json.ts';
import type { JsonObject } from '../domain/json.ts';
import { inside, objects, text, time, Unreadable } from './read.ts';
import { said } from './sbom-model.ts';

/** One vulnerability that a scanner found. */
export interface Vulnerability {
  readonly id: string;
  readonly aliases: readonly string[];
  /** `none`: negligible by the scanner's own word. `unknown`: not said, or in a way that is not known. */
  readonly severity: Severity | 'none' | 'unknown';
  /** Name and version of the package, for messages. */
  readonly where?: string;
  readonly purl?: string;
  /** Absent: the report does not say, which is not the same as no. */
  readonly fixable?: boolean;
}

/** What a scan found, and when it says it ended (epoch milliseconds, the scanner's own word). */
export interface Scan {
  readonly vulnerabilities: readonly Vulnerability[];
  readonly finishedAt?: number;
}

/**
 * Reads a scan: cosign's vuln predicate with the report of Trivy or Grype inside, a plain list, and in-toto's
 * vulns v0.1 and v0.2. Throws {@link Unreadable}: a report that is not understood is not an empty one.
 */
export function readScan(predicate: unknown): Scan {
  const scanner = inside(asObject(predicate), 'scanner');
  const metadata = field(asObject(predicate), 'metadata');
  const finishedAt = isObject(metadata) ? time(field(metadata, 'scanFinishedOn')) : undefined;
  return { vulnerabilities: readResult(field(scanner, 'result')), ...(finishedAt === undefined ? {} : { finishedAt }) };
}

function asObject(value: unknown): JsonObject {
  if (!isObject(value)) throw new Unreadable('predicate', 'an object');
  return value;
}

function readResult(result: unknown): readonly Vulnerability[] {
  if (Array.isArray(result)) return objects(result, 'scanner.result').map(readEntry);
  if (isObject(result) && Array.isArray(field(result, 'matches'))) return objects(field(result, 'matches'), 'scanner.result.matches').map(readGrype);
  if (isObject(result) && Object.hasOwn(result, 'SchemaVersion')) return readTrivy(result);
  throw new Unreadable('scanner.result', 'a list of vulnerabilities, or a report of Trivy or Grype');
}

/** in-toto vulns: v0.2 is flat, v0.1 has the fields one level down; `severity` is a word or a list of scores. */
function readEntry(entry: JsonObject): Vulnerability {
  const nested = field(entry, 'vulnerability');
  const from = isObject(nested) ? nested : entry;
  const [id] = said(text(from, 'id'), typeof nested === 'string' ? nested : undefined);
  if (id === undefined) throw new Unreadable('scanner.result', 'an id for every vulnerability');
  return { id, aliases: [], severity: gravest(field(from, 'severity') ?? field(entry, 'severity')) };
}

function readTrivy(report: JsonObject): readonly Vulnerability[] {
  return objects(field(report, 'Results'), 'scanner.result.Results').flatMap((result) =>
    objects(field(result, 'Vulnerabilities'), 'Vulnerabilities').map((one): Vulnerability => {
      const identifier = field(one, 'PkgIdentifier');
      const purl = isObject(identifier) ? text(identifier, 'PURL') : undefined;
      const where = said([text(one, 'PkgName'), text(one, 'InstalledVersion')].filter(Boolean).join(' '));
      return {
        id: text(one, 'VulnerabilityID') ?? 'a vulnerability without an id', aliases: [], severity: severityOf(text(one, 'Severity')),
        ...(where[0] === undefined ? {} : { where: where[0] }), ...(purl === undefined ? {} : { purl }), fixable: said(text(one, 'FixedVersion')).length > 0,
      };
    }));
}

function readGrype(match: JsonObject): Vulnerability {
  const one = inside(match, 'vulnerability');
  const artifact = inside(match, 'artifact');
  const fix = field(one, 'fix');
  const purl = text(artifact, 'purl');
  const aliases = objects(field(match, 'relatedVulnerabilities'), 'relatedVulnerabilities').flatMap((related) => said(text(related, 'id')));
  return {
    id: text(one, 'id') ?? 'a vulnerability without an id', aliases, severity: severityOf(text(one, 'severity')),
    where: [text(artifact, 'name'), text(artifact, 'version')].filter(Boolean).join(' '),
    ...(purl === undefined || purl === '' ? {} : { purl }), ...fixOf(isObject(fix) ? text(fix, 'state') : undefined),
  };
}

/** Grype's own words; `unknown` and anything new leave it open. */
function fixOf(state: string | undefined): Pick<Vulnerability, 'fixable'> {
  if (state === 'fixed') return { fixable: true };
  return state === 'not-fixed' || state === 'wont-fix' ? { fixable: false } : {};
}

const RANKS: readonly Vulnerability['severity'][] = ['unknown', ...SEVERITIES, 'none'];

/** The gravest of several scores; one that is not understood counts only when no other is. */
function gravest(value: unknown): Vulnerability['severity'] {
  if (typeof value === 'string' || typeof value === 'number') return severityOf(String(value));
  const known = objects(value, 'severity').map((score) => severityOf(scoreOf(score))).filter((severity) => severity !== 'unknown');
  return known.toSorted((a, b) => RANKS.indexOf(a) - RANKS.indexOf(b))[0] ?? 'unknown';
}

/** The specification writes scores as texts; some tools write numbers. */
function scoreOf(entry: JsonObject): string | undefined {
  const score = field(entry, 'score');
  return typeof score === 'number' ? String(score) : text(entry, 'score');
}

const WORDS: ReadonlyMap<string, Vulnerability['severity']> = new Map([
  ['critical', 'critical'], ['high', 'high'], ['important', 'high'], ['medium', 'medium'], ['moderate', 'medium'], ['low', 'low'], ['negligible', 'none'], ['none', 'none'], ['info', 'none'],
]);

/** A word, or a CVSS base score in its qualitative rating (CVSS v3.1, section 5). */
function severityOf(value: string | undefined): Vulnerability['severity'] {
  const word = WORDS.get((value ?? '').toLowerCase());
  if (word !== undefined || value === undefined || !/^\d{1,2}(?:\.\d)?$/.test(value)) return word ?? 'unknown';
  const score = Number(value);
  if (score > 10) return 'unknown';
  if (score >= 9) return 'critical';
  if (score >= 7) return 'high';
  if (score >= 4) return 'medium';
  return score > 0 ? 'low' : 'none';
}
