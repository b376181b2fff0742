/** Every kind that looks at content compiles here: signers, a check, and the conditions that may be added to it. */
import type { ContentCheck } from '../../domain/policy/content-check.ts';
import type { ExaminedRequirement } from '../../domain/policy/examined-requirement.ts';
import { isNewest, singlesOf } from '../../domain/policy/requirement.ts';
import type { Site } from '../kinds/kind.ts';
import type { WhereField } from '../schema/content.ts';
import { compileConditions } from './conditions.ts';
import { compileVouched } from './vouched.ts';
import type { VouchedField } from './vouched.ts';

/** What a kind of requirement asks of content, before its conditions are added. */
export interface Content extends Pick<ExaminedRequirement, 'written' | 'wanted'> {
  readonly types: readonly string[];
  readonly check?: ContentCheck;
  readonly more?: Partial<Pick<ExaminedRequirement, 'vex' | 'scanMaxAge' | 'maxAge' | 'authors' | 'authoredBy'>>;
}

/** What everything that examines content is written with. */
interface ExaminedField extends VouchedField {
  readonly where?: WhereField | undefined;
  readonly newest?: boolean | undefined;
}

const AGELESS =
  'needs maxAge: whoever serves the evidence can hide the newest, and what that gains has to end; write maxAge beside it, for example 24h';

/**
 * Compiles a requirement that examines content; gives `undefined` for what was reported. Signers and conditions come out of
 * one and the same value, so that no kind can lose its `where`.
 */
export function compileExamined(written: ExaminedField, site: Site, read: () => Content | undefined): ExaminedRequirement | undefined {
  return compileVouched(written, site, (base) => {
    const { tools: { report, hash }, collected: { earlier }, path } = site;
    const content = read();
    const where = compileConditions(written.where ?? [], { report, path, earlier });
    if (content === undefined || where === undefined) return undefined;
    if (written.newest === true && base.maxAge === undefined && content.more?.maxAge === undefined) {
      report.error([...path, 'newest'], AGELESS);
      return undefined;
    }
    const { types, check, more, ...named } = content;
    const looked = new Set(where.flatMap(({ uses }) => uses.attestations));
    const others = [...looked].map((name) => earlier.get(name)).filter((other) => other !== undefined);
    const dated = others.find((other) => singlesOf(other).some(isNewest));
    if (dated !== undefined) {
      report.error([...path, 'where'], `looks at ${JSON.stringify(dated.name)}, of which the newest decides: conditions see each attestation alone`);
      return undefined;
    }
    return {
      kind: 'examined',
      ...base,
      ...named,
      types: new Set(types),
      id: hash({ check: check ?? null, where: where.map(({ expression }) => expression) }),
      ...(check === undefined ? {} : { check }),
      where,
      others,
      ...more,
      ...(written.newest === true ? { newest: true } : {}),
    };
  });
}
