/** What other rooms see of policies that are themselves signed. */
export { carriedSignature, documentName, signableDocument } from './document.ts';
export { POLICY_PAYLOAD_TYPE, SIGNATURE_ANNOTATION, VERSION_ANNOTATION } from './document.ts';
export type { SignableDocument } from './document.ts';
export { artifactRefusal } from './artifact.ts';
export type { ArtifactSigners, FoundBeside } from './artifact.ts';
export { beginPass } from './guard.ts';
export type { GuardOptions, GuardPass } from './guard.ts';
export { judgeDocument, signedContent } from './judge.ts';
export type { JudgedDocument, PolicySigners, ProvePolicy } from './judge.ts';
export { readRecord, RECORD_PAYLOAD_TYPE, recordText } from './record.ts';
export { REFUSED_BECAUSE } from './refusal.ts';
export type { RefusedBecause, SignatureRefusal } from './refusal.ts';
export { createVersions } from './versions.ts';
export type { RecordState, SeenVersion, SeenVersions, VersionRecord, Versions } from './versions.ts';
