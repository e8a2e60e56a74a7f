// Deep links: `vscode://podsage.podsage/show?file=shop/web.yaml&subject=…&section=shutdown&at=3.1`.
// A link names a file of the workspace, so that it works for everyone who has the repository open.
import * as vscode from 'vscode';
import type { FromWebview, Moment, Section } from '../../server/src/protocol/index.ts';
import { fileExists } from './file-exists.ts';
import type { PredictionPanels } from './prediction-panels.ts';

const AUTHORITY = 'podsage.podsage';
const SECTIONS: Readonly<Record<Section, true>> = {
  overview: true,
  lifecycle: true,
  shutdown: true,
  admission: true,
  scheduling: true,
  endpoints: true,
  rollout: true,
  findings: true,
};

/** Puts a link to what the panel shows on the clipboard. */
export async function copyLink(
  { uri, subject }: { readonly uri: string; readonly subject: string },
  { section, cause, at }: Extract<FromWebview, { type: 'copyLink' }>,
): Promise<void> {
  const file = vscode.workspace.asRelativePath(vscode.Uri.parse(uri), false);
  const query = new URLSearchParams({ file, subject, section });
  if (cause !== undefined) query.set('cause', cause);
  if (at !== undefined) query.set('at', String(Math.round(at * 1000) / 1000));
  const link = vscode.Uri.from({
    scheme: vscode.env.uriScheme,
    authority: AUTHORITY,
    path: '/show',
    query: query.toString(),
  });
  const external = await vscode.env.asExternalUri(link);
  await vscode.env.clipboard.writeText(external.toString());
  vscode.window.setStatusBarMessage('Podsage: the link is on the clipboard.', 4000);
}

export class LinkHandler implements vscode.UriHandler {
  readonly #panels: Pick<PredictionPanels, 'show'>;

  constructor(panels: Pick<PredictionPanels, 'show'>) {
    this.#panels = panels;
  }

  async handleUri({ query }: vscode.Uri): Promise<void> {
    const asked = new URLSearchParams(query);
    const file = asked.get('file') ?? '';
    const uri = await findFile(file);
    if (!uri) {
      void vscode.window.showInformationMessage(
        `Podsage: the link is about ${file || 'no file'}, which this workspace does not have.`,
      );
      return;
    }
    const subject = asked.get('subject');
    const target = { uri: uri.toString(), ...(subject === null ? {} : { subject }) };
    await this.#panels.show(target, sectionOf(asked.get('section')), momentOf(asked));
  }
}

async function findFile(file: string): Promise<vscode.Uri | undefined> {
  // A link comes from anywhere: it may name what is in the workspace, and nothing above it.
  if (file === '' || file.split(/[\\/]/).includes('..')) return undefined;
  for (const folder of vscode.workspace.workspaceFolders ?? []) {
    const uri = vscode.Uri.joinPath(folder.uri, file);
    if (await fileExists(uri)) return uri;
  }
  return undefined;
}

function sectionOf(text: string | null): Section {
  return text !== null && Object.hasOwn(SECTIONS, text) ? (text as Section) : 'overview';
}

function momentOf(asked: URLSearchParams): Moment {
  const cause = asked.get('cause');
  const at = Number.parseFloat(asked.get('at') ?? '');
  return {
    ...(cause === null ? {} : { cause }),
    ...(Number.isFinite(at) && at >= 0 ? { at } : {}),
  };
}
