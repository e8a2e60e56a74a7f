// Tells the server what the workspace holds beside the open documents, so that it needs no file
// system of its own: the same on disk, in a virtual workspace and in a browser.
import * as vscode from 'vscode';
import {
  MANIFEST_WORD,
  SETTINGS_FILE,
  type FilesParams,
  type WorkspaceFile,
} from '../../server/src/protocol/index.ts';

const MANIFESTS = '**/*.{yaml,yml,json}';
/** Bounds on what is read of a workspace. */
const MAX_FILES = 5_000;
const MAX_BYTES = 4 * 1024 * 1024;
/** Files read at the same time, and events gathered into one message. */
const BATCH = 32;
const GATHER_MILLISECONDS = 100;

export interface WorkspaceFilesHost {
  readonly exclude: readonly string[];
  readonly log: vscode.LogOutputChannel;
  send(params: FilesParams): Promise<void>;
}

export class WorkspaceFiles implements vscode.Disposable {
  readonly #host: WorkspaceFilesHost;
  readonly #disposables: vscode.Disposable[] = [];
  readonly #known = new Set<string>();
  readonly #pending = new Map<string, vscode.Uri>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #disposed = false;

  constructor(host: WorkspaceFilesHost) {
    this.#host = host;
    const watcher = vscode.workspace.createFileSystemWatcher(MANIFESTS);
    const note = (uri: vscode.Uri) => this.#note(uri);
    watcher.onDidCreate(note);
    watcher.onDidChange(note);
    watcher.onDidDelete(note);
    // A folder that is deleted or moved is one event, for the folder.
    const folders = vscode.workspace.createFileSystemWatcher('**', true, true, false);
    folders.onDidDelete((uri) => this.#noteBelow(uri));
    this.#disposables.push(
      watcher,
      folders,
      vscode.workspace.onDidChangeWorkspaceFolders(() => void this.sendAll()),
    );
  }

  /** Reads the whole workspace and sends it. */
  async sendAll(): Promise<void> {
    const exclude = this.#excludeGlob();
    const found = await vscode.workspace.findFiles(MANIFESTS, exclude, MAX_FILES + 1);
    if (found.length > MAX_FILES) {
      this.#host.log.warn(
        `The workspace has more than ${MAX_FILES} YAML and JSON files; the others are not read. ` +
          'Narrow it by `podsage.files.exclude`.',
      );
    }
    const files: WorkspaceFile[] = [];
    const uris = found.slice(0, MAX_FILES);
    for (let from = 0; from < uris.length && !this.#disposed; from += BATCH) {
      files.push(...(await this.#readAll(uris.slice(from, from + BATCH))));
    }
    if (this.#disposed) return;
    this.#known.clear();
    const present = files.filter((it) => it.text !== null);
    for (const { uri } of present) this.#known.add(uri);
    this.#host.log.info(`${present.length} workspace files with manifests or settings.`);
    await this.#host.send({ files: present, complete: true });
  }

  dispose(): void {
    this.#disposed = true;
    clearTimeout(this.#timer);
    for (const it of this.#disposables) it.dispose();
  }

  #excludeGlob(): string | undefined {
    const globs = this.#host.exclude;
    if (globs.length === 0) return undefined;
    return globs.length === 1 ? globs[0] : `{${globs.join(',')}}`;
  }

  #note(uri: vscode.Uri): void {
    if (this.#isExcluded(uri)) return;
    this.#pending.set(uri.toString(), uri);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#sendPending(), GATHER_MILLISECONDS);
  }

  #noteBelow(folder: vscode.Uri): void {
    const prefix = `${folder.toString()}/`;
    for (const known of this.#known) {
      if (known.startsWith(prefix)) this.#note(vscode.Uri.parse(known));
    }
  }

  /** The watcher has no exclusions: folders that hold no manifests of the user are passed over. */
  #isExcluded(uri: vscode.Uri): boolean {
    const glob = this.#excludeGlob();
    if (glob === undefined) return false;
    const path = vscode.workspace.asRelativePath(uri, false);
    return this.#host.exclude.some((it) => {
      const folder = /^\*\*\/([^*{}]+)\/\*\*$/.exec(it)?.[1];
      return folder !== undefined && `/${path}`.includes(`/${folder}/`);
    });
  }

  async #sendPending(): Promise<void> {
    const uris = [...this.#pending.values()];
    this.#pending.clear();
    const files: WorkspaceFile[] = [];
    for (let from = 0; from < uris.length; from += BATCH) {
      files.push(...(await this.#readAll(uris.slice(from, from + BATCH))));
    }
    // What the server has never had need not be taken back.
    const news = files.filter((it) => it.text !== null || this.#known.delete(it.uri));
    for (const it of news) if (it.text !== null) this.#known.add(it.uri);
    if (news.length > 0 && !this.#disposed) {
      await this.#host.send({ files: news, complete: false });
    }
  }

  #readAll(uris: readonly vscode.Uri[]): Promise<WorkspaceFile[]> {
    return Promise.all(
      uris.map(async (uri) => ({ uri: uri.toString(), text: await this.#read(uri) })),
    );
  }

  /** The text of a file that may matter to the server; null for any other, and where there is none. */
  async #read(uri: vscode.Uri): Promise<string | null> {
    try {
      const { size } = await vscode.workspace.fs.stat(uri);
      if (size > MAX_BYTES) {
        this.#host.log.warn(`${uri.toString(true)} is larger than ${MAX_BYTES} bytes: not read.`);
        return null;
      }
      const text = new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
      const wanted = uri.path.endsWith(`/${SETTINGS_FILE}`) || text.includes(MANIFEST_WORD);
      return wanted ? text : null;
    } catch {
      return null;
    }
  }
}
