/** What reasons about resources of ours mean, in a sentence or two; part of the meanings. */
import type { OWN_REASONS } from '../../domain/decision/catalogue/own-reasons.ts';

/** The meaning of each. */
export const OWN_MEANINGS: Readonly<Record<keyof typeof OWN_REASONS, string>> = {
  INPUT_POLICY_INVALID: 'A resource of gatehouse.dev says something that cannot be compiled: a field is not known, a value is none, or two of them contradict each other. Every problem is told, each with its path.',
  INPUT_POLICY_TOO_LARGE: 'Documents are compiled between the answers to other requests, and one may not hold all of them up.',
  INPUT_POLICY_TOO_MANY: 'Whoever may write in a namespace may write ArtifactPolicies, each of which costs every decision about the namespace something.',
  INPUT_POLICY_UNRESOLVED: 'A Signer, TrustRoot or policy that the document names is not in force here. Resources may be created in any order, so that is no denial; but nothing is admitted by a policy whose signer is not known.',
  INPUT_POLICY_ADVICE: 'What gatehouse policy lint advises. The warning names the rule; nothing is denied for it.',
  INPUT_POLICY_LOOSENS: 'Beside what is in force now, the change demands less, or of fewer artifacts, or lets more people vouch. It is told to whoever makes it, and not denied.',
  INPUT_POLICY_BREAKS: 'Other documents rely on this one and cannot be compiled with it as it will be, or without it. They keep their last good form, or make what they speak about undetermined.',
  INPUT_POLICY_ADMINISTRATOR: 'The configuration lists the groups that may change resources of gatehouse.dev for the whole cluster, and whoever asks is in none of them, whatever RBAC allows.',
  INPUT_POLICY_BREAK_GLASS: 'Whoever asks is in the group of the configuration that may act in an emergency. It is admitted, and told in the audit log of the cluster, in the log and in the metrics.',
  INPUT_EXCEPTION_REQUESTER: 'An exception takes two persons, and the API server knows who the first is. Nobody may write another name.',
  INPUT_EXCEPTION_APPROVER: 'Somebody else than whoever requested the exception sets approvedBy, to the name by which the API server knows them, and changes nothing besides.',
  INPUT_EXCEPTION_IMMUTABLE: 'What two persons looked at must be what acts. The one change that there is sets approvedBy, once.',
  INPUT_EXCEPTION_RIGHT: 'Whoever requests an exception, and whoever approves it, needs the verb exempt on each policy that it names (RBAC: resources clusterartifactpolicies or artifactpolicies of gatehouse.dev).',
  INPUT_EXCEPTION_RIGHT_UNKNOWN: 'The API server decides who may except from a policy, and it gave no answer, or there is none to be asked.',
};
