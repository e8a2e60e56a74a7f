import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFailed } from 'vitest';
import { Workbench, type Theme } from './workbench.ts';

describe('Podsage in the workbench', () => {
  let workbench: Workbench;

  beforeAll(async () => {
    workbench = await Workbench.open(undefined, 'web.yaml');
    await workbench.editor('web.yaml');
  });
  afterAll(async () => {
    await workbench?.[Symbol.asyncDispose]();
  });
  afterEach(({ task }) => {
    onTestFailed(async () => {
      await workbench.screenshot(`failed-${task.name.replaceAll(/\W+/g, '-')}`);
    });
  });

  it('underlines what the API server refuses, and lists it among the problems', async () => {
    const editor = await workbench.openFile('refused.yaml');
    await editor.squiggle('error').waitFor();
    const problems = await workbench.problems();
    await problems
      .filter({ hasText: /must be between 1 and 65535/ })
      .first()
      .waitFor();
    await workbench.run('View: Toggle Panel Visibility');
  });

  it('underlines a container that stops before clients have forgotten it', async () => {
    const editor = await workbench.openFile('web.yaml');
    await editor.goToLine(30);
    await editor.squiggle('warning').waitFor();
  });

  it('explains a field where the mouse is', async () => {
    const editor = await workbench.openFile('web.yaml');
    const field = 'terminationGracePeriodSeconds';
    await editor.hover(`${field}:`, field, /terminate gracefully/);
  });

  it('shows what is defaulted between the lines', async () => {
    const editor = await workbench.openFile('worker.yaml');
    await editor.line(/terminationGracePeriodSeconds:\s30/).waitFor();
  });

  it('opens the panel from the lens above a workload', async () => {
    const editor = await workbench.openFile('web.yaml');
    await editor.goToLine(14);
    await (await editor.lens(/Lifecycle/)).click();
    const panel = await workbench.webview(/Deployment.*web/);
    await panel
      .getByText(/Deployment.*web/)
      .first()
      .waitFor();
  });

  it('opens the panel from the palette, and a click in it reveals the line', async () => {
    const editor = await workbench.openFile('web.yaml');
    await editor.goToLine(20);
    await workbench.run('Podsage: Show Lifecycle');
    const panel = await workbench.webview(/Deployment.*web/);
    await panel
      .getByRole('button', { name: /^Manifest/ })
      .first()
      .click();
    const cursor = workbench.page.locator('.part.statusbar').getByText(/^Ln 16,/);
    await cursor.waitFor();
  });

  it('follows the cursor to another workload', async () => {
    const editor = await workbench.openFile('worker.yaml');
    await editor.click('kind:', 'Pod');
    // Its heading: a pod's kubelet has workers too.
    const panel = await workbench.webview(/Pod default\/worker/);
    await panel.getByRole('heading', { level: 1, name: 'Pod default/worker' }).waitFor();
  });

  it('mends the race by its quick fix', async () => {
    const editor = await workbench.openFile('web.yaml');
    await editor.goToLine(30);
    await editor.quickFix('- name: app', 'app', /Sleep \d+s before SIGTERM/);
    await editor.line(/preStop:/).waitFor();
    await editor.squiggle('warning').waitFor({ state: 'detached' });
    await workbench.run('File: Revert File');
    await editor.squiggle('warning').waitFor();
  });

  it('says in the status bar that it is up to date, and writes its log to a channel', async () => {
    await workbench.statusItem(/Podsage/).waitFor();
    const log = await workbench.output('Podsage');
    await log.getByText('The Podsage server is ready').waitFor();
    await workbench.run('View: Toggle Panel Visibility');
  });

  for (const theme of ['light', 'high-contrast', 'dark'] satisfies Theme[]) {
    it(`is readable in the ${theme} theme`, async () => {
      const editor = await workbench.openFile('web.yaml');
      await editor.goToLine(24);
      await workbench.run('Podsage: Explain Pod');
      await workbench.webview(/Deployment.*web/);
      await workbench.theme(theme);
      await workbench.screenshot(theme);
    });
  }

  it('asks nothing outside this machine', () => {
    expect(workbench.external).toEqual([]);
  });
});
