import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { PodsageApi } from '../../../client/src/extension.ts';
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
