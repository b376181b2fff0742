/** Reasons that concern questions to the gate, receipts and packages; part of the catalogue. */
import { undetermined, violated } from '../reason.ts';

/** As `REASONS`, which holds them all. */
export const GATE_REASONS = {
  INPUT_QUESTION_INVALID: violated('question cannot be read', 'send what the OpenAPI document at /v1/openapi.json describes'),
  INPUT_ARTIFACT_INVALID: violated('artifact of the question cannot be read', 'name it as docs/concepts/gate.md shows for its kind'),
  INPUT_DIGEST_MISSING: violated('artifact is named without a digest', 'name it with the digest of what you have, so that the answer holds for it'),
  INPUT_TOKEN_MISSING: violated('nobody asks: there is no token', 'send Authorization: Bearer with a token issued for this gate'),
  INPUT_TOKEN_INVALID: violated('token is none that counts', 'send a token of a configured issuer, as it was issued, from the pod that it was issued for'),
  INPUT_TOKEN_ALGORITHM: violated('token is signed by an algorithm that is not allowed', 'have the issuer sign with one of the algorithms that are named (gate.callers.algorithms)'),
  INPUT_TOKEN_EXPIRED: violated('token does not hold now', 'ask with a fresh token; when that is refused too, compare the clocks'),
  INPUT_TOKEN_AUDIENCE: violated('token was issued for somebody else', 'ask with a token for the audience of this gate (gate.audience)'),
  INPUT_TOKEN_ISSUER: violated('token comes from an issuer that is not configured', 'have an administrator add the issuer to gate.callers'),
  INPUT_TOKEN_CLAIMS: violated('token is of somebody who may not ask', 'have an administrator let the claims of the token in (gate.callers.ci)'),
  INPUT_TOKEN_UNCHECKED: undetermined('token cannot be checked now', 'could not verify, retry; when it lasts, have an administrator check that Gatehouse reaches the issuer of the token'),
  ENGINE_BUDGET: undetermined('caller has used up its budget', 'could not verify, retry after the time that is named, or ask for many artifacts in one question'),

  POLICY_CALLER: violated('caller may not ask for this', 'ask as one of the callers of the policy, or have its owner add this one'),
  POLICY_CALLER_JAILED: violated('user code in the jail asks: nothing is admitted to it', 'fetch in a task before the build, and hand over what was admitted'),
  POLICY_CALLER_RUN: violated('caller claims a run that it does not belong to', 'ask from a pod that the engine made for the run'),

  VERIFY_RECEIPT_MALFORMED: violated('receipt cannot be read', 'hand over the receipt exactly as the gate gave it'),
  VERIFY_RECEIPT_UNTRUSTED: violated('receipt is signed by a key that is not ours', 'ask this gate for the receipt'),
  VERIFY_RECEIPT_INVALID: violated('signature of the receipt is broken', 'hand over the receipt exactly as the gate gave it'),
  VERIFY_RECEIPT_REVOKED: violated('receipt was revoked', 'ask the gate anew'),
  POLICY_RECEIPT_MISSING: violated('artifact comes without a receipt', 'ask the gate before the artifact is used, and hand the receipt over beside its digest'),
  POLICY_RECEIPT_EXPIRED: violated('receipt has expired', 'ask the gate anew'),
  POLICY_RECEIPT_EARLY: violated('receipt is from the future', 'ask the gate anew; when that is refused too, have an administrator compare the clocks of the replicas'),
  POLICY_RECEIPT_RUN: violated('receipt was given to another run', 'ask the gate in this run'),
  POLICY_RECEIPT_DIGEST: violated('receipt is for something else', 'hand over the receipt of this very digest'),
  POLICY_RECEIPT_USAGE: violated('receipt is for another use', 'ask the gate for this use'),
  POLICY_RECEIPT_PURPOSE: violated('summary was made for another purpose', 'a receipt of the gate admits inputs, and a publish summary what was built: hand over the other one'),

  POLICY_PUBLISH_CALLER: violated('caller may not publish for the run', 'ask from a task of class publish that runs in the same run, after the one that built'),
  POLICY_PUBLISH_RESULT: violated('run did not build this', 'publish a digest that a task of this run has among its results'),
  POLICY_PUBLISH_INPUT: violated('run took something in without a receipt', 'ask the gate before every input is used, in a task that emits the receipt as a result'),
  POLICY_RUN_OTHER: violated('another run published this', 'have a task of class publish of the run that built it ask for its summary, or deploy what another run has built and published'),
  POLICY_PUBLISH_PENDING: undetermined('provenance of the result is not there yet', 'could not verify, retry after the time that is named: Chains signs when the task has ended'),

  POLICY_VERIFIED_LABEL: violated('label says verified of something that is not', 'leave the label gatehouse.dev/verified out: Gatehouse sets it where it is true'),

  VERIFY_ECOSYSTEM_SILENT: violated('ecosystem cannot prove what the policy demands', 'take the package from an ecosystem that attests its builds, or have the owner of the policy demand what it can prove'),
  POLICY_CHECKSUM: violated('index of the ecosystem lists other bytes for this version', 'fetch the package anew from that index; when the digests still differ, ask who changed it'),
  POLICY_YANKED: violated('version was withdrawn by its publisher', 'take a version that is not yanked, or have the owner of the policy write yanked: allow'),
  POLICY_DOWNGRADE: violated('version lacks provenance that an earlier one had', 'use the earlier version, or ask its publisher why this one was not built the same way'),
} as const;
