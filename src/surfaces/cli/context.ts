/** All that commands need from outside themselves, so that a test can put its own in its place. */
import type { CliRooms } from './rooms/rooms.ts';

export type {
  Comparison, ForecastOptions, Inspected, Judgement, LocalEngine, LocalInspector, LocalObject, LocalOptions,
} from './rooms/local.ts';
export type { GateRequest, GateReply, GateClient, SummarySigner } from './rooms/gate.ts';
export type { ImportedDocument, ImportRemark } from './policy/imported.ts';
export type { LintedFolders, RehearsedCase, Rehearsal } from './rooms/results.ts';
export type { CliRooms } from './rooms/rooms.ts';

/** Exit codes; stable, because scripts branch on them. */
export const EXIT = { admitted: 0, denied: 1, warned: 2, undetermined: 3, usage: 64 } as const;

/** Wrong usage, or an invalid policy or configuration: told on standard error, exit code 64. */
export class UsageError extends Error {}

/** Problems that name their own place (`file:line:column: …`), one per line; told as they are. */
export class PlacedProblems extends UsageError {}

/** Everything outside of the command line itself. */
export interface CliContext {
  readonly rooms: CliRooms;
  readonly version: string;
  readonly now: () => number;
  /** Data. */
  stdout(text: string): void;
  /** Everything else. */
  stderr(text: string): void;
  stdin(): Promise<Uint8Array>;
  /** Standard output is a terminal on which colours are wanted. */
  readonly colours?: boolean;
  /** Variables of the process, of which defaults of flags are read; absent: none. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Shows on a terminal what is under way until the function that it gives is called; absent where nobody looks. */
  readonly progress?: ((what: string) => () => void) | undefined;
  /** Waits so many milliseconds; absent: by the clock. */
  readonly pause?: (ms: number) => Promise<void>;
}
