import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serveRepo, TufRepo } from '../world/tuf.ts';
import type { TufRepoOptions, TufServer } from '../world/tuf.ts';
import { main } from './tuf-client.ts';

export const DAY = 86_400_000;

/** One run of the suite: a repository behind a socket, and the client with folders of its own. */
export class Run {
  readonly repo: TufRepo;
  readonly server: TufServer;
  readonly folder = mkdtempSync(join(tmpdir(), 'tuf-client-'));
  /** What the client said last. */
  said = '';

  private constructor(repo: TufRepo, server: TufServer) {
    this.repo = repo;
    this.server = server;
  }

  static async start(options: Partial<TufRepoOptions> = {}): Promise<Run> {
    const repo = new TufRepo({ now: Date.now(), keyType: 'p256', ...options });
    return new Run(repo, await serveRepo(repo));
  }

  async close(): Promise<void> {
    await this.server.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Initializes with the repository's first root, or the bytes given. */
  init(root: Uint8Array = this.repo.roots[0] ?? new Uint8Array()): Promise<number> {
    writeFileSync(join(this.folder, 'initial.root'), root);
    return this.#client('init', join(this.folder, 'initial.root'));
  }

  refresh(days = 0): Promise<number> {
    return this.#client('--metadata-url', `${this.server.url}/metadata`, ...this.#at(days), 'refresh');
  }

  download(name: string): Promise<number> {
    return this.#client('--metadata-url', `${this.server.url}/metadata`, '--target-name', name, '--target-base-url', `${this.server.url}/targets`, '--target-dir', join(this.folder, 'targets'), 'download');
  }

  /** Version of the metadata the client trusts; `undefined` when it has none. */
  version(role: string): number | undefined {
    const path = join(this.folder, 'metadata', `${role}.json`);
    return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as { signed: { version: number } }).signed.version : undefined;
  }

  /** How many metadata files the client trusts. */
  get trusted(): number {
    return readdirSync(join(this.folder, 'metadata')).filter((name) => name.endsWith('.json')).length;
  }

  /** Content of all downloaded artifacts, sorted. */
  get downloaded(): string[] {
    const folder = join(this.folder, 'targets');
    return existsSync(folder) ? readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8')).sort() : [];
  }

  /** Roles asked for, as `role` or `version.role`. */
  get asked(): string[] {
    return this.repo.asked.map((path) => path.replace(/\.json$/, ''));
  }

  #at(days: number): string[] {
    return days === 0 ? [] : ['--now', new Date(this.repo.now + days * DAY).toISOString()];
  }

  async #client(...args: string[]): Promise<number> {
    return main(['--metadata-dir', join(this.folder, 'metadata'), ...args], (text) => { this.said = text; });
  }
}
