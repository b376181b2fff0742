/** Receipts are words of the past: where policies have changed since, the artifacts are judged under those of today. */
import type { ArtifactRef } from '../../../domain/artifact/artifact.ts';
import { parsePackageUrl } from '../../../domain/artifact/package-url.ts';
import type { Finding } from '../../../domain/decision/finding.ts';
import type { Receipt } from '../../../domain/gate/receipt.ts';
import type { RequestQuestion } from '../question.ts';
import { unknownYet } from '../question.ts';
import { digestIn } from './digest-text.ts';
import type { Told } from './fits.ts';
import type { TaskInput } from './inputs.ts';
import { isList } from './list.ts';
import type { Listed } from './list.ts';

/** What keeps the artifacts of a receipt from being used today, of a list all that are `listed`; `undefined` when nothing does. */
export function judgeAgain(
  receipt: Receipt, { name }: TaskInput, listed: () => Listed, { ask }: Pick<RequestQuestion, 'ask'>,
): Told | undefined {
  const list = isList(receipt) ? listed() : undefined;
  const artifacts = list === undefined ? ofSubject(receipt) : 'artifacts' in list ? [...list.artifacts.values()] : undefined;
  if (artifacts === undefined)
    return { stage: 'policies', outcome: { code: 'POLICY_RECEIPT_DIGEST', cause: 'what the receipt names cannot be judged anew' } };
  const answer = ask({ kind: 'artifacts', artifacts, caller: receipt.caller, policies: receipt.policies });
  if (answer?.known !== true) return { stage: 'open', outcome: unknownYet(`what today's policies say of ${name}`, answer?.cause) };
  const wrong = answer.value.find(isInTheWay);
  if (wrong === undefined) return undefined;
  const { code, expected, found, cause, policy, fix } = wrong;
  return {
    stage: 'policies',
    outcome: {
      code,
      ...(expected === undefined ? {} : { expected }), ...(found === undefined ? {} : { found }),
      cause: ['policies have changed since the receipt was given', ...(policy === undefined ? [] : [`today's ${policy} refuses it`]),
        ...(cause === undefined ? [] : [cause])].join('; '),
      ...(fix === undefined ? {} : { fix }),
    },
  };
}

function isInTheWay({ verdict, mode }: Finding): boolean {
  return verdict !== 'satisfied' && mode === 'enforce';
}

/** The artifact by the name and digest that we signed. */
function ofSubject({ subjects: [subject], usage }: Receipt): readonly ArtifactRef[] | undefined {
  const digest = subject === undefined ? undefined : digestIn(subject.digest);
  if (subject === undefined || digest === undefined) return undefined;
  const base = { usage, path: '', raw: subject.name, digest };
  const [, image] = /^oci:\/\/(.+)$/.exec(subject.name) ?? [];
  if (image !== undefined) return [{ ...base, kind: 'image', name: image, raw: `${image}@${digest}` }];
  if (subject.digest.startsWith('gitCommit:')) return [{ ...base, kind: 'git', name: subject.name }];
  return [{ ...base, kind: parsePackageUrl(subject.name).ok ? 'package' : 'blob', name: subject.name }];
}
