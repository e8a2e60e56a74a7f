import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { PodsageApi } from '../../../client/src/extension.ts';
import { LinkHandler } from '../../../client/src/moment-link.ts';
import { openAt, podsage, replaceText, until } from './editor.ts';

describe('the panel', () => {
  let api: PodsageApi;

  before(async () => {
    await openAt('web.yaml', 'kind: Deployment');
    api = await podsage();
  });
  after(() => vscode.commands.executeCommand('workbench.action.closeAllEditors'));

  const panel = (title: RegExp) => api.panels().find((it) => title.test(it.title));

  it('opens on the workload at the cursor, and its page answers', async () => {
    await openAt('web.yaml', 'kind: Deployment');
    await vscode.commands.executeCommand('podsage.showShutdown');
    const found = await until('the page', () => {
      const it = panel(/web/);
      return it?.ready && it;
    });
    assert.equal(found.section, 'shutdown');
  });

  it('follows the cursor into another file', async () => {
    await openAt('worker.yaml', 'kind: Pod');
    await until('the other workload', () => panel(/worker/));
    assert.equal(api.panels().length, 1);
  });

  it('is drawn anew when the text changes', async () => {
    const { document } = await openAt('worker.yaml', 'kind: Pod');
    await replaceText(document, 'name: worker', 'name: renamed');
    await openAt('worker.yaml', 'name: renamed');
    await until('the new name', () => panel(/renamed/));
    await replaceText(document, 'name: renamed', 'name: worker');
    await until('the old name', () => panel(/worker/));
  });

  it('stays on its workload when it is pinned, beside one that follows', async () => {
    await vscode.commands.executeCommand('podsage.pinPanel');
    await until('the pin', () => api.panels().some((it) => it.pinned));
    await openAt('web.yaml', 'kind: Deployment');
    await vscode.commands.executeCommand('podsage.explainPod');
    await until('a second panel', () => panel(/web/));
    assert.match(panel(/worker/)?.title ?? '', /worker/);
    assert.equal(api.panels().length, 2);
  });
});

describe('a link to a moment', () => {
  const shown: unknown[] = [];
  const links = new LinkHandler({
    show: async (...asked: unknown[]) => void shown.push(asked),
  });
  const open = (query: string) =>
    links.handleUri(vscode.Uri.parse(`vscode://podsage.podsage/show?${query}`));

  beforeEach(() => void shown.splice(0));

  it('turns to the section, the end of the pod and the second that it names', async () => {
    const subject = encodeURIComponent('Deployment/default/web');
    await open(`file=web.yaml&subject=${subject}&section=shutdown&cause=drain&at=3.1`);
    const [[target, section, moment]] = shown as [
      [{ uri: string; subject: string }, string, object],
    ];
    assert.match(target.uri, /\/web\.yaml$/);
    assert.equal(target.subject, 'Deployment/default/web');
    assert.equal(section, 'shutdown');
    assert.deepEqual(moment, { cause: 'drain', at: 3.1 });
  });

  it('opens nothing outside the workspace, and nothing that is not there', async () => {
    await open('file=../secret.yaml&section=shutdown');
    await open('file=none.yaml');
    await open('');
    assert.deepEqual(shown, []);
  });

  it('with a section nobody knows shows the overview', async () => {
    await open('file=web.yaml&section=__proto__&at=-1');
    const [[, section, moment]] = shown as [[unknown, string, object]];
    assert.equal(section, 'overview');
    assert.deepEqual(moment, {});
  });
});
