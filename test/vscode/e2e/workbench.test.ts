import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFailed } from 'vitest';
import { Workbench, type Theme } from './workbench.ts';

describe('Podsage in the workbench', () => {
  let workbench: Workbench;

  beforeAll(async () => {
    workbench = await Workbench.open(undefined, 'web.yaml');
  });
  afterAll(async () => {
    await workbench?.[Symbol.asyncDispose]();
  });
  afterEach(({ task }) => {
    onTestFailed(async () => {
      await workbench.screenshot(`failed-${task.name.replaceAll(/\W+/g, '-')}`);
    });
  });

  it('underlines the hook that outlives the grace period, and lists it among the problems', async () => {
    const editor = await workbench.editor('web.yaml');
    await editor.goToLine(39);
    await editor.squiggle('error').waitFor();
    const problems = await workbench.problems();
    await problems
      .filter({ hasText: /grace period/ })
      .first()
      .waitFor();
    await workbench.run('View: Toggle Panel Visibility');
  });

  it('explains a field where the mouse is', async () => {
    const editor = await workbench.editor('web.yaml');
    const field = 'terminationGracePeriodSeconds';
    await editor.hover(`${field}:`, field, field);
  });

  it('shows what is defaulted between the lines', async () => {
    const editor = await workbench.openFile('worker.yaml');
    await editor.line(/terminationGracePeriodSeconds:\s30/).waitFor();
  });

  it('opens the panel from the lens above a workload', async () => {
    const editor = await workbench.openFile('web.yaml');
    await editor.goToLine(13);
    await (await editor.lens(/Explain/)).click();
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
      .getByRole('button', { name: /manifest/ })
      .first()
      .click();
    const cursor = workbench.page.locator('.part.statusbar').getByText('Ln 13,');
    await cursor.waitFor();
  });

  it('follows the cursor to another workload', async () => {
    const editor = await workbench.openFile('worker.yaml');
    await editor.click('kind:', 'Pod');
    const panel = await workbench.webview(/worker/);
    await panel
      .getByText(/Pod.*worker/)
      .first()
      .waitFor();
  });

  it('mends the problem by its quick fix', async () => {
    const editor = await workbench.openFile('web.yaml');
    await editor.goToLine(39);
    await editor.quickFix('seconds: 15', '15', /terminationGracePeriodSeconds/);
    await editor.squiggle('error').waitFor({ state: 'detached' });
    await workbench.run('File: Revert File');
    await editor.squiggle('error').waitFor();
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
