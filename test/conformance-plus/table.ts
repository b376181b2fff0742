import { askGatehouse } from './gatehouse.ts';
import type { Answer } from './gatehouse.ts';
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

/** What both verifiers answer about a forgery and its twin. */
export interface Answers {
  readonly forged: Answer;
  readonly twin: Answer;
  readonly oracle: string;
  readonly oracleOfTwin: string;
}

const asked = new Map<Recipe, Promise<Answers>>();

/** Asks both verifiers, once per recipe. */
export function answersTo(recipe: Recipe): Promise<Answers> {
  const known = asked.get(recipe);
  if (known !== undefined) return known;
  const answers = ask(recipe);
  asked.set(recipe, answers);
  return answers;
}

async function ask(recipe: Recipe): Promise<Answers> {
  const [forged, twin] = [recipe.forged(), recipe.twin()];
  return { forged: await askGatehouse(forged), twin: await askGatehouse(twin), oracle: askOracle(forged.oracle), oracleOfTwin: askOracle(twin.oracle) };
}

/** The published table, computed. */
export async function renderTable(version: string): Promise<string> {
  const answers = new Map<Recipe, Answers>();
  for (const recipe of CHAPTERS.flatMap(({ recipes }) => recipes)) answers.set(recipe, await answersTo(recipe));
  const all = [...answers.values()];
  const count = (start: string): number => all.filter(({ oracle }) => oracle.startsWith(start)).length;
  const admitted = all.filter(({ forged }) => forged.admitted).length;
  const sum = `**${all.length} forgeries.** Gatehouse admits ${admitted}. @sigstore/verify accepts ${count('accepts')}, refuses ${count('refuses')}, throws something else at ${count('throws')}; ${count('not asked')} it was not asked about.\n`;
  const chapters = CHAPTERS.map(({ title, recipes }) => `## ${title}\n\n| id | forgery | Gatehouse | @sigstore/verify |\n|---|---|---|---|\n${recipes.map((recipe) => row(recipe, answers.get(recipe))).join('\n')}\n`);
  return [HEAD.replace('VERSION', version), sum, ...chapters].join('\n');
}

function row({ id, title, rows }: Recipe, answers: Answers | undefined): string {
  if (answers === undefined) throw new Error(`${id} was not asked`);
  const { forged, oracle, oracleOfTwin } = answers;
  const seen = rows === undefined ? title : `${title} (${rows.join(', ')})`;
  const code = forged.code.includes(' ') ? forged.code : `[${forged.code}](reasons.md#${forged.code.toLowerCase()})`;
  const ours = forged.admitted ? `**ADMITS** ${code}` : code;
  return `| \`${id}\` | ${seen.replaceAll('|', '\\|')} | ${ours} | ${verdict(oracle, oracleOfTwin)} |`;
}

function verdict(oracle: string, ofTwin: string): string {
  if (oracle === 'refuses') return ofTwin === 'accepts' ? oracle : 'refuses, its twin too';
  return oracle === 'not asked' ? oracle : `**${oracle}**`;
}
