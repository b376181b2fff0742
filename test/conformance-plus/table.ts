import { askGatehouse } from './gatehouse.ts';
import { askOracle } from './oracle.ts';
import type { Recipe } from './recipe.ts';
import { CHAPTERS } from './recipes/index.ts';

const HEAD = `# conformance-plus

Forgeries that the Sigstore conformance suite does not have. Each one is minted in the test's own Sigstore deployment, differs from honest
evidence in one point, and has a twin without that point, which Gatehouse admits. Gatehouse admits none of the forgeries.

The third column is what Gatehouse answers ([reasons](reasons.md); *refused when loaded*: the policy or trust root is refused before any
evidence is seen). The fourth is what plain [@sigstore/verify](https://www.npmjs.com/package/@sigstore/verify) VERSION says of the same
bundle, with the same trusted root, the identity the policy names, and thresholds as strict as the policy's: it accepts, it refuses (with a
VerificationError, PolicyError or ValidationError), or it throws something else, which a caller must not mistake. *Not asked* marks evidence in
a format it does not read. Where it accepts, its caller would have to check. *Refuses, its twin too* says that the honest evidence is beyond it.

This page is written by \`node test/conformance-plus/write.ts\`; a test compares it with what both verifiers answer.
`;

/** The published table, computed: both verifiers are asked about every forgery. */
export function renderTable(version: string): string {
  const answers = new Map(CHAPTERS.flatMap(({ recipes }) => recipes).map((recipe) => [recipe, answersTo(recipe)]));
  const all = [...answers.values()];
  const count = (start: string): number => all.filter(({ oracle }) => oracle.startsWith(start)).length;
  const sum = `**${all.length} forgeries.** Gatehouse admits 0. @sigstore/verify accepts ${count('accepts')}, refuses ${count('refuses')}, throws something else at ${count('throws')}; ${count('not asked')} it was not asked about.\n`;
  const chapters = CHAPTERS.map(({ title, recipes }) => {
    const rows = recipes.map((recipe) => row(recipe, answers.get(recipe) ?? answersTo(recipe)));
    return `## ${title}\n\n| id | forgery | Gatehouse | @sigstore/verify |\n|---|---|---|---|\n${rows.join('\n')}\n`;
  });
  return [HEAD.replace('VERSION', version), sum, ...chapters].join('\n');
}

interface Answers {
  readonly ours: string;
  readonly oracle: string;
}

function answersTo(recipe: Recipe): Answers {
  const question = recipe.forged();
  const { code, admitted } = askGatehouse(question);
  const oracle = askOracle(question.oracle);
  const able = oracle !== 'refuses' || askOracle(recipe.twin().oracle) === 'accepts';
  return { ours: admitted ? `**ADMITS** ${code}` : code, oracle: able ? oracle : 'refuses, its twin too' };
}

function row({ id, title, rows }: Recipe, { ours, oracle }: Answers): string {
  const seen = rows === undefined ? title : `${title} (${rows.join(', ')})`;
  const code = ours.includes(' ') ? ours : `[${ours}](reasons.md#${ours.toLowerCase()})`;
  const verdict = oracle.startsWith('refuses') || oracle === 'not asked' ? oracle : `**${oracle}**`;
  return `| \`${id}\` | ${seen.replaceAll('|', '\\|')} | ${code} | ${verdict} |`;
}
