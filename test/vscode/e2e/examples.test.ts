import path from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { Workbench, type Theme } from './workbench.ts';

/** The examples as a newcomer opens them; docs/screenshots holds what is photographed here. */
describe('The examples in the workbench', () => {
  let workbench: Workbench;

  beforeAll(async () => {
    const folder = path.join(inject('workspace'), '..', 'examples');
    workbench = await Workbench.open(folder, 'shop/web.yaml');
    await workbench.editor('web.yaml');
    await workbench.run('View: Close Primary Side Bar').catch(() => undefined);
  });
  afterAll(async () => {
    await workbench?.[Symbol.asyncDispose]();
  });

  for (const theme of ['dark', 'light', 'high-contrast'] satisfies readonly Theme[]) {
    it(`shows the shutdown beside the manifest in the ${theme} theme`, async () => {
      await workbench.theme(theme);
      const editor = await workbench.openFile('web.yaml');
      await editor.goToLine(19);
      await workbench.run('Podsage: Show Shutdown Order');
      const panel = await workbench.webview(/shop\/web/);
      await panel
        .getByText(/has forgotten/)
        .first()
        .waitFor();
      await workbench.page.waitForTimeout(800);
      await workbench.screenshot(`shutdown-${theme}`);
    });
  }

  it('says in the panel where a pod runs as the lens above it does', async () => {
    const editor = await workbench.openFile('web.yaml');
    await editor.goToLine(1);
    const lens = editor.root.locator('.codelens-decoration', { hasText: 'feasible' }).first();
    const title = ((await lens.textContent()) ?? '').replaceAll('\u00A0', ' ');
    const [, lands = ''] = /^→ (.+?) \(/.exec(title) ?? [];
    expect(lands).toMatch(/node-/);
    await workbench.run('Podsage: Explain Pod');
    const panel = await workbench.webview(/shop\/web/);
    await panel.getByRole('tab', { name: /Overview/ }).click();
    await panel.locator('.verdict-head', { hasText: `runs on ${lands}` }).waitFor();
  });

  it('shows the life of a pod', async () => {
    await workbench.theme('dark');
    // The panel has the focus: a file would come up in its place.
    await workbench.run('View: Focus First Editor Group');
    const editor = await workbench.openFile('checkout.yaml');
    await editor.goToLine(5);
    await workbench.run('Podsage: Show Lifecycle');
    const panel = await workbench.webview(/shop\/checkout/);
    await panel
      .getByText(/kube-scheduler/)
      .first()
      .waitFor();
    await workbench.page.waitForTimeout(800);
    await workbench.screenshot('lifecycle-dark');
  });

  it('says why a pod fits on no node', async () => {
    // The panel has the focus: a file would come up in its place.
    await workbench.run('View: Focus First Editor Group');
    const editor = await workbench.openFile('recommend.yaml');
    await editor.goToLine(5);
    await workbench.run('Podsage: Explain Scheduling');
    const panel = await workbench.webview(/shop\/recommend/);
    await panel
      .getByText(/refuses/)
      .first()
      .waitFor();
    await workbench.page.waitForTimeout(800);
    await workbench.screenshot('scheduling-dark');
  });

  it('explains a probe where the mouse is', async () => {
    const editor = await workbench.openFile('web.yaml');
    await editor.hover('readinessProbe:', 'readinessProbe', /Taken out of the endpoints/);
    await workbench.page.screenshot({ path: 'out/screenshots/hover-dark.png' });
  });
});
