/** Secrets that are written into a build, where whoever may read the object has them. */
import { keptText } from '../../../domain/decision/kept-text.ts';
import type { Matter } from '../../../domain/build/matter.ts';
import { secretsIn } from '../../../text/secret-shapes.ts';
import type { RequestOutcome } from '../question.ts';
import { taskName } from './places.ts';
import type { HygieneJudge, HygieneSubject } from './rule.ts';

/** A text of the object, where it stands, and what people call the place. */
interface Written {
  readonly text: string;
  readonly path: string;
  readonly who?: string | undefined;
}

const NOT_HERE = { expected: ['no secret in the object'] } as const;

/** Told is of what sort a secret is and how long, never the secret. A text that stands at several places is looked through once. */
export const judgeSecrets: HygieneJudge = (subject) => {
  const seen = new Set<string>();
  return textsOf(subject).flatMap(({ text, path, who }): RequestOutcome[] => {
    if (seen.has(text)) return [];
    seen.add(text);
    const found = secretsIn(text).map(({ sort, length }) => `${sort} (${length} characters)`);
    if (found.length === 0) return [];
    return [{ code: 'POLICY_HYGIENE_SECRET', path, ...NOT_HERE, found, ...(who === undefined ? {} : { artifact: who }) }];
  });
};

function textsOf({ matter, containers }: HygieneSubject): readonly Written[] {
  return [
    ...ofObject(matter).map((one) => ({ ...one, who: one.who ?? holderOf(one.path, containers) })),
    ...containers.flatMap(({ container: { command, path }, who }) => command.map((text) => ({ text, path, who }))),
  ];
}

/** What people call the container in which a text stands; `undefined` for one that stands in none. */
function holderOf(path: string, containers: HygieneSubject['containers']): string | undefined {
  return containers.find(({ container }) => path.startsWith(`${container.path}.`))?.who;
}

function ofObject(matter: Matter): readonly Written[] {
  if (matter.about !== 'build') return [];
  const { texts, parameters, definitions } = matter.request;
  return [
    ...texts,
    ...parameters.flatMap(({ name, values, path }) => values.map((text) => ({ text, path, who: `parameter ${keptText(name)}` }))),
    ...definitions.flatMap((use) => (use.form !== 'remote' ? [] : Object.entries(use.params).map(([name, text]) =>
      ({ text, path: use.path, who: taskName(use.usedBy ?? '', `parameter ${name} of the resolver`) })))),
  ];
}
