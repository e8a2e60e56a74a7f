import { describe, expect, it } from 'vitest';
import type { PredictionView } from '../../server/src/protocol/index.ts';
import { hasChromium, WebviewPage } from '../support/webview-page.ts';

const PLACE = {
  uri: 'file:///shop/web.yaml',
  range: { start: { line: 3, character: 0 }, end: { line: 3, character: 4 } },
};

const VIEW: PredictionView = {
  subject: 'Pod/shop/web',
  title: 'Pod shop/web',
  kind: 'Pod',
  name: 'web',
  namespace: 'shop',
  place: PLACE,
  assumptions: [],
  kubernetesVersion: '1.36',
  admission: {
    allowed: true,
    code: 201,
    reason: '',
    message: '',
    causes: [],
    warnings: [],
    mutations: [],
    submitted: '',
    stored: '',
    webhooks: [],
  },
  scheduling: null,
  startup: null,
  shutdowns: [],
  endpoints: { services: [], slices: [], nearMisses: [] },
  rollout: null,
  findings: [],
  calculator: null,
  knobs: [],
  siblings: [],
};
const STATE = {
  uri: PLACE.uri,
  subject: VIEW.subject,
  section: 'overview',
  pinned: false,
} as const;

describe.skipIf(!hasChromium)('the page of the panel', () => {
  it('says that it is ready, draws the view, and keeps its state', async () => {
    await using webview = await WebviewPage.open();
    expect(await webview.sent('ready')).toHaveLength(1);
    await webview.post({ type: 'view', view: VIEW, state: STATE });
    await webview.page.getByText('Pod shop/web').first().waitFor();
    expect(await webview.state()).toMatchObject(STATE);
    expect(webview.faults).toEqual([]);
  });

  it('says why there is nothing to draw', async () => {
    await using webview = await WebviewPage.open('light');
    await webview.post({ type: 'empty', message: 'No workload here.' });
    await webview.page.getByText('No workload here.').waitFor();
    expect(webview.faults).toEqual([]);
  });

  it('runs no script and loads nothing but its own', async () => {
    await using webview = await WebviewPage.open();
    const ran = await webview.page.evaluate(() => {
      const script = document.createElement('script');
      script.textContent = 'window.ran = true';
      document.body.append(script);
      return Reflect.get(window, 'ran') as unknown;
    });
    expect(ran).toBeUndefined();
    expect(webview.faults.join()).toContain('Content Security Policy');
  });
});
