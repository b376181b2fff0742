/** Whether Tekton Chains, as it is set now, signs what runs make and stores it beside what was published. */
import type { RequestOutcome, RequestQuestion } from '../question.ts';
import { unknownYet } from '../question.ts';
import { isObject, own } from '../../../text/json/fields.ts';

const CONFIG = 'chains-config';
/** What Chains makes provenance of; a setting that is absent has the value that Chains gives it. */
const DEFAULTS = { format: 'in-toto', storage: 'tekton', signer: 'x509' } as const;
const FORMATS: ReadonlySet<string> = new Set(['in-toto', 'slsa/v1', 'slsa/v2alpha1', 'slsa/v2alpha2', 'slsa/v2alpha3', 'slsa/v2alpha4']);
const SIGNERS: ReadonlySet<string> = new Set(['x509', 'kms']);

const NAME_IT = 'have an administrator of Gatehouse name it in pipelines.tekton.chains of the configuration';
const INSTALL = 'install Tekton Chains, or have pipelines.tekton.chains of the configuration name its account';

/**
 * What is wrong with the live settings of Chains; empty when provenance of one of `kinds` is signed and stored in the registry, beside
 * what it is about. Read in the namespaces of the accounts that Chains runs as; where there are several, all have to be right.
 */
export function judgeChains(
  kinds: readonly ('taskrun' | 'pipelinerun')[], { settings, ask }: Pick<RequestQuestion, 'settings' | 'ask'>,
): readonly RequestOutcome[] {
  const namespaces = new Set([...settings.tekton.chains].map((account) => account.split(':')[2] ?? ''));
  if (namespaces.size === 0) return [{ code: 'POLICY_PUBLISH_PROVENANCE', found: ['no account of Tekton Chains is configured'], fix: NAME_IT }];
  const outcomes = [...namespaces].map((namespace) => ofNamespace(namespace, kinds, ask));
  const wrong = outcomes.filter((outcome) => outcome !== undefined && outcome !== 'none');
  if (wrong.length > 0) return wrong.filter((outcome) => typeof outcome === 'object');
  return outcomes.includes(undefined) ? [] : [{ code: 'POLICY_PUBLISH_PROVENANCE', found: [`there is no ConfigMap ${CONFIG}`], fix: INSTALL }];
}

function ofNamespace(
  namespace: string, kinds: readonly string[], ask: RequestQuestion['ask'],
): RequestOutcome | 'none' | undefined {
  const called = `ConfigMap ${namespace}/${CONFIG}`;
  const answer = ask({ kind: 'object', group: '', resource: 'configmaps', namespace, name: CONFIG });
  if (answer === undefined || !answer.known) return { ...unknownYet(called, answer?.cause), artifact: called };
  if (answer.value === null) return 'none';
  const data = own(answer.value, 'data');
  const faults = kinds.map((kind) => fault(kind, isObject(data) ? data : {}));
  if (faults.includes(undefined)) return undefined;
  return {
    code: 'POLICY_PUBLISH_PROVENANCE', artifact: called,
    expected: [`artifacts.${kinds.join(' or ')}: signer x509 or kms, storage with oci, format in-toto or slsa/…`],
    found: faults.filter((one) => one !== undefined),
  };
}

/** The first setting by which provenance of this kind is not made, not signed or not stored beside what was published. */
function fault(kind: string, data: Readonly<Record<string, unknown>>): string | undefined {
  const setting = (name: keyof typeof DEFAULTS): string => {
    const value = own(data, `artifacts.${kind}.${name}`);
    return typeof value === 'string' ? value.trim() : DEFAULTS[name];
  };
  const [format, storage, signer] = [setting('format'), setting('storage'), setting('signer')];
  if (!SIGNERS.has(signer)) return `artifacts.${kind}.signer: ${signer || 'empty'}`;
  if (signer === 'kms' && own(data, 'signers.kms.kmsref') === undefined) return `artifacts.${kind}.signer: kms, without signers.kms.kmsref`;
  if (!FORMATS.has(format)) return `artifacts.${kind}.format: ${format || 'empty'}`;
  return storage.split(',').some((one) => one.trim() === 'oci') ? undefined : `artifacts.${kind}.storage: ${storage || 'empty'}`;
}
