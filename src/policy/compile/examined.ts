/** Every kind that looks at content compiles here: signers, a check, and the conditions that may be added to it. */
import type { ContentCheck } from '../../domain/policy/content-check.ts';
import type { ExaminedRequirement } from '../../domain/policy/examined-requirement.ts';
import type { Site } from '../kinds/kind.ts';
import type { WhereField } from '../schema/content.ts';
import { compileConditions } from './conditions.ts';
import { compileVouched } from './vouched.ts';
import type { VouchedField } from './vouched.ts';

/** What a kind of requirement asks of content, before its conditions are added. */
export interface Content extends Pick<ExaminedRequirement, 'written' | 'wanted'> {
  readonly types: readonly string[];
  readonly check?: ContentCheck;
  readonly more?: Partial<Pick<ExaminedRequirement, 'vex' | 'scanMaxAge' | 'authors' | 'authoredBy'>>;
}

/** What everything that examines content is written with. */
interface ExaminedField extends VouchedField {
  readonly where?: WhereField | undefined;
}

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
    const { types, check, more, ...named } = content;
    const looked = new Set(where.flatMap(({ uses }) => uses.attestations));
    return {
      kind: 'examined',
      ...base,
      ...named,
      types: new Set(types),
      id: hash({ check: check ?? null, where: where.map(({ expression }) => expression) }),
      ...(check === undefined ? {} : { check }),
      where,
      others: [...looked].map((name) => earlier.get(name)).filter((other) => other !== undefined),
      ...more,
    };
  });
}
